package integration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// at is a record of partition p whose title is title.
func at(t *testing.T, p int32, title string, when time.Time) *kgo.Record {
	t.Helper()
	rec := raw(t, p, int(p), title)
	rec.Timestamp = when
	return rec
}

// A new group on a topic that is kept for long handled all of it, and could be told
// nothing else.
func TestC17_WhereANewGroupBegins(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		start eventbus.Start
		want  []string
	}{
		"by default":          {eventbus.Start{}, []string{"11:00", "12:00", "13:00", "new"}},
		"earliest":            {eventbus.StartEarliest(), []string{"11:00", "12:00", "13:00", "new"}},
		"latest":              {eventbus.StartLatest(), []string{"new"}},
		"a time":              {eventbus.StartAtTime(noon), []string{"12:00", "13:00", "new"}},
		"after all":           {eventbus.StartAtTime(noon.Add(24 * time.Hour)), []string{"new"}},
		"before all":          {eventbus.StartAtTime(time.Unix(0, 0)), []string{"11:00", "12:00", "13:00", "new"}},
		"between, by 1 ms":    {eventbus.StartAtTime(noon.Add(time.Millisecond)), []string{"13:00", "new"}},
		"in another location": {eventbus.StartAtTime(noon.In(time.FixedZone("", 3600))), []string{"12:00", "13:00", "new"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t)
			c := client(t, b.Brokers())
			produce(t, c, at(t, 0, "11:00", noon.Add(-time.Hour)), at(t, 1, "12:00", noon), at(t, 0, "13:00", noon.Add(time.Hour)))
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{StartAt: row.start, Handlers: []eventbus.Handler{j.handler()}})
			eventually(t, "it is ready", func() bool { return r.Health().Ready })
			if row.start != eventbus.StartEarliest() {
				eventually(t, "the starts are committed", func() bool { return len(b.Committed(group, "todos")) == 3 })
			}
			produce(t, c, at(t, 2, "new", noon.Add(48*time.Hour)))
			eventually(t, "all that is wanted is handled", func() bool { return j.len() >= len(row.want) })
			b.WaitCommitted(group, "todos")
			got := j.titles()
			slices.Sort(got)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("handled (-want +got):\n%s", diff)
			}
			if s := r.Stats(); s.LostRecords != 0 || s.Truncations != 0 {
				t.Errorf("%d lost, %d truncations are counted", s.LostRecords, s.Truncations)
			}
		})
	}
}

// What is published while a group that began at the end is down is not passed over,
// though it has handled nothing before.
func TestC17_AGroupBeginsOnce(t *testing.T) {
	t.Parallel()
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t)
			c := client(t, b.Brokers())
			produce(t, c, raw(t, 0, 0, "old"))
			var j journal
			cfg := eventbus.ConsumerConfig{Config: protocol, StartAt: eventbus.StartLatest(), Handlers: []eventbus.Handler{j.handler()}}
			r := consume(t, b, cfg)
			eventually(t, "it has begun", func() bool { return len(b.Committed(group, "todos")) == 3 })
			if err := r.end(); err != nil {
				t.Fatal(err)
			}
			produce(t, c, raw(t, 0, 0, "while it was down"), raw(t, 1, 1, "here too"))
			consume(t, b, cfg)
			eventually(t, "both are handled", func() bool { return j.len() >= 2 })
			b.WaitCommitted(group, "todos")
			got := j.titles()
			slices.Sort(got)
			if diff := cmp.Diff([]string{"here too", "while it was down"}, got); diff != "" {
				t.Errorf("handled (-want +got):\n%s", diff)
			}
		})
	}
}

// A group that has any commit of the topic is not new: a partition without one was
// added later, or had no record before.
func TestC17_APartitionThatIsAddedLaterIsReadFromItsStart(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		start   eventbus.Start
		running bool
	}{
		"latest":             {eventbus.StartLatest(), false},
		"latest, running":    {eventbus.StartLatest(), true},
		"a time":             {eventbus.StartAtTime(time.Now().Add(time.Hour)), false},
		"a time, running":    {eventbus.StartAtTime(time.Now().Add(time.Hour)), true},
		"earliest":           {eventbus.StartEarliest(), false},
		"by default running": {eventbus.Start{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t)
			c := client(t, b.Brokers(), kgo.MetadataMinAge(100*time.Millisecond), kgo.MetadataMaxAge(200*time.Millisecond))
			var j journal
			cfg := eventbus.ConsumerConfig{
				Config:  map[string]string{"topic.metadata.refresh.interval.ms": "500"},
				StartAt: row.start, Handlers: []eventbus.Handler{j.handler()},
			}
			r := consume(t, b, cfg)
			eventually(t, "it is ready", func() bool { return r.Health().Ready })
			produce(t, c, raw(t, 0, 0, "first"))
			eventually(t, "the first is handled", func() bool { return j.len() == 1 })
			b.WaitCommitted(group, "todos")
			if !row.running {
				if err := r.end(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := b.admin.UpdatePartitions(b.ctx(), 5, "todos"); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the new partitions can be written to", func() bool {
				return c.ProduceSync(t.Context(), raw(t, 3, 3, "second")).FirstErr() == nil
			})
			produce(t, c, raw(t, 4, 4, "third"))
			if !row.running {
				consume(t, b, cfg)
			}
			eventually(t, "the others are handled", func() bool { return j.len() >= 3 })
		})
	}
}

// Members that join at the same time decide for the whole topic: none of them takes the
// others' partitions for new ones.
func TestC17_AllMembersBeginAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t)
			c := client(t, b.Brokers())
			for p := range int32(3) {
				for i := range 20 {
					produce(t, c, raw(t, p, int(p), fmt.Sprint("old ", p, i)))
				}
			}
			var j journal
			cfg := eventbus.ConsumerConfig{Config: protocol, StartAt: eventbus.StartLatest(), Handlers: []eventbus.Handler{j.handler()}}
			members := []*runner{consume(t, b, cfg), consume(t, b, cfg), consume(t, b, cfg)}
			eventually(t, "each has a partition", func() bool {
				return !slices.ContainsFunc(members, func(r *runner) bool { return r.Stats().Assigned == 0 || !r.Health().Ready })
			})
			eventually(t, "the starts are committed", func() bool { return len(b.Committed(group, "todos")) == 3 })
			produce(t, c, raw(t, 0, 0, "a"), raw(t, 1, 1, "b"), raw(t, 2, 2, "c"))
			eventually(t, "the new ones are handled", func() bool { return j.len() >= 3 })
			b.WaitCommitted(group, "todos")
			got := j.titles()
			slices.Sort(got)
			if diff := cmp.Diff([]string{"a", "b", "c"}, slices.Compact(got)); diff != "" {
				t.Errorf("handled (-want +got):\n%s", diff)
			}
			// One after the other, each when the group has settled: the embedded broker
			// miscounts members that leave while another one joins, and that is not
			// what is tested here.
			for i, r := range members {
				left := members[i:]
				eventually(t, "the group has settled", func() bool {
					n := 0
					for _, r := range left {
						n += r.Stats().Assigned
					}
					return n == 6
				})
				if err := r.end(); err != nil {
					t.Errorf("Run: %v", err)
				}
			}
		})
	}
}

// What the group has committed decides first.
func TestC17_ACommitComesBeforeStartAt(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	numbered(t, c, 0, 10)
	produce(t, c, raw(t, 1, 1, "a partition without a commit"))
	b.commitByHand(0, 8, "")
	var j journal
	consume(t, b, eventbus.ConsumerConfig{StartAt: eventbus.StartLatest(), Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "what lies behind the commit is handled", func() bool { return j.len() >= 3 })
	b.WaitCommitted(group, "todos")
	got := j.titles()
	slices.Sort(got)
	if diff := cmp.Diff([]string{"8", "9", "a partition without a commit"}, got); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
}

// A redriven record is meant for the group, whenever it was sent.
func TestC17_RedrivenEventsAreNotPassedOver(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	rec := encode(t, created(1, "redriven"))
	rec.Topic = event.RedriveTopic("todos", group)
	for _, h := range [][2]string{{"dlq-topic", "todos"}, {"dlq-group", group}, {"dlq-id", group + "/todos/0/0"}, {"redrive-count", "1"}} {
		rec.Headers = append(rec.Headers, event.Header{Key: h[0], Value: []byte(h[1])})
	}
	b.Write(rec)
	write(t, b, 1, "old")
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{StartAt: eventbus.StartLatest(), Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "the redriven one is read", func() bool { s := r.Stats(); return j.len()+int(s.SkippedForeign) > 0 })
	if slices.Contains(j.titles(), "old") {
		t.Errorf("handled %v", j.titles())
	}
}

// A log in the place of another one is read from its first record on: the group is not
// new.
func TestC17_ATopicThatIsMadeAgainIsReadFromItsStart(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "old")
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		Config:  map[string]string{"topic.metadata.refresh.interval.ms": "500"},
		StartAt: eventbus.StartLatest(), Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "it has begun", func() bool { return len(b.Committed(group, "todos")) == 3 && r.Health().Ready })
	b.recreate("todos", 3)
	eventually(t, "the new log can be written to", func() bool {
		c := client(t, b.Brokers())
		defer c.Close()
		return c.ProduceSync(t.Context(), raw(t, 0, 1, "new")).FirstErr() == nil
	})
	eventually(t, "it is handled", func() bool { return slices.Contains(j.titles(), "new") })
	if slices.Contains(j.titles(), "old") {
		t.Errorf("handled %v", j.titles())
	}
}

// As long as the starts are not committed nothing is handled: a restart would begin
// again elsewhere.
func TestC17_AStartThatCannotBeCommittedIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	c := client(t, b.Brokers())
	refused := b.fake.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{StartAt: eventbus.StartLatest(), Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "Health says what is missing", func() bool {
		return slices.ContainsFunc(r.Health().Reasons, func(r eventbus.HealthReason) bool {
			return r.Code == eventbus.HealthPosition && strings.Contains(r.Detail, "StartAt")
		})
	})
	numbered(t, c, 0, 3) // before the group has begun
	refused.Remove()
	eventually(t, "it has begun", func() bool { return len(b.Committed(group, "todos")) == 3 && r.Health().Ready })
	want := numbered(t, c, 3, 6)
	eventually(t, "the rest is handled", func() bool { return j.len() >= 3 })
	b.WaitCommitted(group, "todos")
	if diff := cmp.Diff(want, j.titles()); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
}
