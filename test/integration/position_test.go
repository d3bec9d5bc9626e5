package integration_test

import (
	"errors"
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

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// numbered writes records whose titles are their numbers to partition 0.
func numbered(t *testing.T, c *kgo.Client, from, to int) (titles []string) {
	t.Helper()
	var recs []*kgo.Record
	for i := from; i < to; i++ {
		titles = append(titles, fmt.Sprint(i))
		recs = append(recs, raw(t, 0, 1, fmt.Sprint(i)))
	}
	produce(t, c, recs...)
	return titles
}

// hasReason reports whether Health tells of a kind of reason for a partition.
func hasReason(h eventbus.Health, code eventbus.HealthCode, topic string, partition int32, offset int64) bool {
	return slices.ContainsFunc(h.Reasons, func(r eventbus.HealthReason) bool {
		return r.Code == code && r.Topic == topic && r.Partition == partition && r.Offset == offset
	})
}

// A broker that says OFFSET_OUT_OF_RANGE of an offset that is in its log does not
// have the log begun again. (500 of 500 records below the commit came again.)
func TestC17_AnOffsetThatIsInRangeIsReadAgain(t *testing.T) {
	t.Parallel()
	for _, protocol := range []map[string]string{
		{},
		{"partition.assignment.strategy": "range"},
		{"group.protocol": "consumer"},
	} {
		t.Run(fmt.Sprint(protocol), func(t *testing.T) {
			t.Parallel()
			b := startFaulty(t)
			c := client(t, b.Brokers())
			numbered(t, c, 0, 500)
			b.commitByHand(0, 490, "")
			refused := b.fake.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "todos", Partitions: []int32{0}, Err: kerr.OffsetOutOfRange, Count: 2})
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{Config: protocol, Handlers: []eventbus.Handler{j.handler()}})
			eventually(t, "all behind the commit are handled", func() bool { return j.len() >= 10 })
			want := numbered(t, c, 500, 510)
			eventually(t, "the next ones are handled", func() bool { return j.len() >= 20 })
			b.WaitCommitted(group, "todos")
			if got := j.titles(); len(got) != 20 || got[0] != "490" || !slices.Equal(got[10:], want) {
				t.Errorf("handled %v", got)
			}
			if refused.Hits() == 0 {
				t.Error("no fetch was refused")
			}
			if s := r.Stats(); s.LostRecords != 0 || s.Truncations != 0 || s.OffsetGaps != 0 {
				t.Errorf("%d lost, %d truncations, %d gaps are counted", s.LostRecords, s.Truncations, s.OffsetGaps)
			}
		})
	}
}

// stallFetches has the broker answer fetches of topic todos with a passing error.
func stallFetches(b *faulty) (resume func()) {
	return b.fake.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "todos", Err: kerr.NotLeaderForPartition, Count: -1}).Remove
}

// Retention overtakes a consumer that has come to the end of its log before: what it
// could not read is lost, and not a gap. (It was counted as transaction markers.)
func TestC17_WhatRetentionTakesWhileReadingIsLost(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	c := client(t, b.Brokers())
	book := &logBook{}
	numbered(t, c, 0, 5)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Logger: book.logger(), Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "the first are handled", func() bool { return j.len() == 5 })
	b.WaitCommitted(group, "todos") // the log's end was seen
	resume := stallFetches(b)
	numbered(t, c, 5, 4000)
	deleteRecords(t, c, 0, 3980)
	resume()
	eventually(t, "the rest is handled", func() bool { return j.len() == 25 })
	b.WaitCommitted(group, "todos")
	if s := r.Stats(); s.LostRecords != 3975 || s.OffsetGaps != 0 || s.Truncations != 0 {
		t.Errorf("%d lost, %d gaps, %d truncations are counted, want 3975, 0, 0", s.LostRecords, s.OffsetGaps, s.Truncations)
	}
	if got := book.text(); !strings.Contains(got, "from=5 to=3980") {
		t.Errorf("the log does not name both ends:\n%s", got)
	}
}

// A log that is cut under a running consumer is read from its first record on.
func TestC17_WhereACutLogIsReadIsAPolicy(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]eventbus.LogChangePolicy{"from start": eventbus.FromStart, "stop": eventbus.StopAtLogChange} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t)
			numbered(t, client(t, b.Brokers()), 0, 3)
			b.commitByHand(0, 7, "")
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{OnLogChange: policy, Handlers: []eventbus.Handler{j.handler()}})
			if policy == eventbus.StopAtLogChange {
				if err := r.ended(); !errors.Is(err, eventbus.ErrLogChanged) || !strings.Contains(err.Error(), "ends at 3, and the group has read it up to 7") {
					t.Errorf("Run: %v", err)
				}
				if j.len() != 0 {
					t.Errorf("handled %v", j.titles())
				}
				return
			}
			eventually(t, "what is there is handled", func() bool { return j.len() == 3 })
			eventually(t, "the commit is set back", func() bool { return b.Committed(group, "todos")[0] == 3 })
			if h := r.Health(); !hasReason(h, eventbus.HealthLogChanged, "todos", 0, 0) {
				t.Errorf("Health: %+v", h)
			}
		})
	}
}

// ended waits until Run has ended by itself.
func (r *runner) ended() error {
	r.t.Helper()
	select {
	case err := <-r.done:
		close(r.done)
		return err
	case <-time.After(time.Minute):
		r.t.Fatal("Run goes on")
		return nil
	}
}

// RequireCommitted cannot be judged without the log's watermarks. (When they could
// not be asked for, the log was read from its first record on.)
func TestC17_RequireCommittedFailsClosed(t *testing.T) {
	t.Parallel()
	refuse := func(b *faulty, count int) *kfake.FaultHandle {
		return b.fake.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Topic: "todos", Err: kerr.UnknownServerError, Count: count})
	}
	rows := map[string]struct {
		refusals int
		deleted  int64
		want     string // "": the records are handled
	}{
		"never told":             {-1, 1, "cannot be told"},
		"told later: loss":       {3, 1, "whose records below 1 are gone"},
		"told later: nothing is": {3, 0, ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startFaulty(t)
			c := client(t, b.Brokers())
			numbered(t, c, 0, 2)
			deleteRecords(t, c, 0, row.deleted)
			refuse(b, row.refusals)
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{RequireCommitted: true, Handlers: []eventbus.Handler{j.handler()}})
			if row.want == "" {
				eventually(t, "both are handled", func() bool { return j.len() == 2 })
				return
			}
			if err := r.ended(); !errors.Is(err, eventbus.ErrConfig) || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "RequireCommitted") {
				t.Errorf("Run: %v", err)
			}
			if j.len() != 0 {
				t.Errorf("handled %v", j.titles())
			}
		})
	}
}

// As long as the committed offset is not known, nothing is handled: neither from
// the log's first record on nor from its end.
func TestC17_AnUnknownCommittedOffsetIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	c := client(t, b.Brokers())
	numbered(t, c, 0, 10)
	b.commitByHand(0, 4, "")
	// An error that passes is asked again by the client, until its time is over.
	refused := b.fake.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		Config:   map[string]string{"max.poll.interval.ms": "6000"}, // questions get a sixth of it
		Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "Health says what is missing", func() bool {
		return hasReason(r.Health(), eventbus.HealthPosition, "todos", 0, 0)
	})
	if j.len() != 0 {
		t.Errorf("handled %v", j.titles())
	}
	refused.Remove()
	eventually(t, "what lies behind the commit is handled", func() bool { return j.len() >= 6 })
	b.WaitCommitted(group, "todos")
	if diff := cmp.Diff([]string{"4", "5", "6", "7", "8", "9"}, j.titles()); diff != "" {
		t.Errorf("handled: %s", diff)
	}
	eventually(t, "Health says nothing", func() bool { return r.Health().Ready })
}
