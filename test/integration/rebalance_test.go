package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// ledger is what several members of a group handled, in the order of its end.
type ledger struct {
	mu      sync.Mutex
	entries []ledgerEntry
}

type ledgerEntry struct {
	partition int32
	offset    int64
	key       string
}

func (l *ledger) add(ctx context.Context, key string) {
	d, _ := eventbus.DeliveryFrom(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, ledgerEntry{d.Partition, d.Offset, key})
}

// distinct counts the occurrences that were handled at least once, and all.
func (l *ledger) distinct() (occurrences, all int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := map[[2]int64]bool{}
	for _, e := range l.entries {
		seen[[2]int64{int64(e.partition), e.offset}] = true
	}
	return len(seen), len(l.entries)
}

// inOrder reports the first key whose first successes are out of order.
func (l *ledger) inOrder() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := map[string]int64{}
	seen := map[[2]int64]bool{}
	for _, e := range l.entries {
		occurrence := [2]int64{int64(e.partition), e.offset}
		if seen[occurrence] {
			continue
		}
		seen[occurrence] = true
		id := fmt.Sprint(e.partition, "/", e.key)
		if before, ok := last[id]; ok && e.offset < before {
			return fmt.Errorf("key %s: offset %d was handled after %d", id, e.offset, before)
		}
		last[id] = e.offset
	}
	return nil
}

// protocols are the settings of the ways in which a group shares partitions.
func protocols() map[string]map[string]string {
	return map[string]map[string]string{
		"cooperative-sticky": {},
		"range":              {"partition.assignment.strategy": "range"},
		"KIP-848":            {"group.protocol": "consumer"},
	}
}

// Members come and go under load: nothing is lost, no commit covers what is not
// settled, the order per key holds, and a clean hand-over repeats nothing.
func TestC9_C22_MembersComeAndGo(t *testing.T) {
	t.Parallel()
	for name, config := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			membersComeAndGo(t, startWatched, config)
		})
	}
}

func membersComeAndGo(t *testing.T, start func(*testing.T, func(commit)) *cluster, config map[string]string) {
	t.Helper()
	config["auto.commit.interval.ms"] = "100"
	const records = 6000
	var settled settledSet
	b := start(t, func(c commit) {
		if c.topic != "todos" {
			return
		}
		if open := settled.firstOpen(c.partition); c.offset > open {
			t.Errorf("partition %d: %d is committed while %d is not settled", c.partition, c.offset, open)
		}
	})
	var recs []*kgo.Record
	for i := range records {
		recs = append(recs, raw(t, int32(i%3), i%500, "x"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	var done ledger
	member := func() *runner {
		return consume(t, b, eventbus.ConsumerConfig{
			Config: config,
			Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
				time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond) //nolint:forbidigo // an uneven handler
				settled.add(ctx)
				done.add(ctx, e.GetTodoId())
				return nil
			})},
		})
	}
	progress := func(n int) func() bool {
		return func() bool { got, _ := done.distinct(); return got >= n }
	}
	members := []*runner{member()}
	for i := 1; i <= 4; i++ {
		eventually(t, "progress", progress(i*records/10))
		members = append(members, member())
	}
	for i := 0; len(members) > 1; i++ {
		eventually(t, "progress", progress((5+i)*records/10))
		if err := members[0].end(); err != nil {
			t.Error(err)
		}
		members = members[1:]
	}
	eventually(t, "all handled", progress(records))
	if err := members[0].end(); err != nil {
		t.Error(err)
	}
	got, all := done.distinct()
	if got != records || all != records {
		t.Errorf("%d records were handled %d times, want %d once each", got, all, records)
	}
	if err := done.inOrder(); err != nil {
		t.Error(err)
	}
	if at := b.Committed(group, "todos"); at[0] != 2000 || at[1] != 2000 || at[2] != 2000 {
		t.Errorf("committed %v", at)
	}
}

// A member that ends while it has no partitions leaves its group, which does not
// wait for it afterwards.
func TestC22_AMemberWithoutPartitionsLeaves(t *testing.T) {
	t.Parallel()
	for name, config := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t, withPartitions("todos", 1), withPartitions("todos.notifier.redrive", 1))
			if name != "KIP-848" { // there it is the broker's, 45 s
				config["session.timeout.ms"] = "150000" // beyond all patience
			}
			var j journal
			member := func() *runner {
				return consume(t, b, eventbus.ConsumerConfig{Config: config, Handlers: []eventbus.Handler{j.handler()}})
			}
			members := []*runner{member(), member(), member()}
			assigned := func(m *runner) int { return m.Stats().Assigned }
			eventually(t, "the members have the two partitions", func() bool {
				for _, m := range members {
					if m.Stats().Rebalances == 0 && name != "KIP-848" { // which tells a member nothing of nothing
						return false
					}
				}
				return assigned(members[0])+assigned(members[1])+assigned(members[2]) == 2
			})
			slices.SortFunc(members, func(a, b *runner) int { return assigned(a) - assigned(b) })
			if err := errors.Join(members[0].end(), members[2].end()); err != nil {
				t.Error(err)
			}
			eventually(t, "the last member has everything", func() bool { return assigned(members[1]) == 2 })
		})
	}
}

// A handler that outlives its assignment keeps its key blocked in this process
// when the partition comes back, and its result is ignored.
func TestC11_AnOldHandlerBlocksItsKeyInTheNextAssignment(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	for p := range int32(3) {
		produce(t, c, raw(t, p, int(p), "old"))
	}
	config := map[string]string{"max.poll.interval.ms": "1500", "session.timeout.ms": "1500"} // drains for 0.5 s
	gate := make(chan struct{})
	var stubborn, a, z journal
	var again atomic.Bool
	first := consume(t, b, eventbus.ConsumerConfig{
		Config: config,
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if e.GetTitle() == "old" {
				<-gate // it ignores its ctx
				stubborn.add(ctx, e)
				return nil
			}
			if !again.Load() && e.GetTitle() == "new" {
				t.Errorf("key %s starts while its old handler runs", e.GetTodoId())
			}
			a.add(ctx, e)
			return nil
		})},
	})
	eventually(t, "three handlers run", func() bool { return first.Stats().InFlight == 3 })
	second := consume(t, b, eventbus.ConsumerConfig{Config: config, Handlers: []eventbus.Handler{z.handler()}})
	eventually(t, "the second member handles what the first gave back", func() bool {
		todos := 0
		for _, p := range second.Stats().Partitions {
			if p.Topic == "todos" {
				todos++
			}
		}
		return second.Stats().Assigned == 3 && todos > 0 && z.len() == todos
	})
	moved := z.all()
	if err := second.end(); err != nil {
		t.Error(err)
	}
	eventually(t, "the first member has all partitions again", func() bool { return first.Stats().Assigned == 6 })
	for _, e := range moved {
		produce(t, c, raw(t, e.delivery.Partition, int(e.delivery.Partition), "new"), raw(t, e.delivery.Partition, 77, "other"))
	}
	eventually(t, "other keys are handled", func() bool { return a.len() == len(moved) })
	again.Store(true)
	close(gate)
	eventually(t, "the new records are handled", func() bool { return a.len() == 2*len(moved) })
	if got := first.Stats().Late; got != uint64(len(moved)) {
		t.Errorf("%d late results are counted, want %d", got, len(moved))
	}
	if titles := a.titles(); slices.Contains(titles, "old") {
		t.Errorf("the first member handled %v", titles)
	}
}

// A partition whose pause ended while an assignment came in once stayed paused
// for good: the owner took for forgotten what the client had kept.
func TestC8_APauseThatEndsDuringAnAssignmentIsResumed(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	type member struct {
		*runner
		gate chan struct{}
		j    *journal
	}
	start := func() member {
		m := member{gate: make(chan struct{}), j: &journal{}}
		m.runner = consume(t, b, eventbus.ConsumerConfig{
			Config:   map[string]string{"session.timeout.ms": "60000"}, // heartbeats wait behind the question below
			Handlers: []eventbus.Handler{gated(m.j, m.gate, func(string) bool { return true })},
		})
		return m
	}
	keeps, leaves := start(), start()
	eventually(t, "the partitions are shared", func() bool {
		return keeps.Stats().Assigned == 3 && leaves.Stats().Assigned == 3
	})
	owns := func(m member) bool {
		return slices.ContainsFunc(m.Stats().Partitions, func(p eventbus.PartitionStats) bool { return p.Topic == "todos" && p.Partition == 0 })
	}
	if !owns(keeps) {
		keeps, leaves = leaves, keeps
	}
	// 2048 in flight and 1024 beyond fill the partition's share.
	var recs []*kgo.Record
	for i := range 3100 {
		recs = append(recs, raw(t, 0, i, "x"))
	}
	kafka := client(t, b.Brokers())
	produce(t, kafka, recs...)
	eventually(t, "the partition stands still", func() bool {
		return slices.ContainsFunc(keeps.Health().Reasons, func(r eventbus.HealthReason) bool { return r.Code == eventbus.HealthBlocked })
	})
	// The assignment of what the other member leaves is held up at its question
	// for committed offsets, until the pause has no more reason.
	asked, answer := make(chan struct{}, 16), make(chan struct{})
	b.fake.Cluster().ControlKey(int16(kmsg.OffsetFetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.fake.Cluster().KeepControl()
		asked <- struct{}{}
		b.fake.Cluster().SleepControl(func() { <-answer })
		return nil, nil, false
	})
	close(leaves.gate)
	if err := leaves.end(); err != nil {
		t.Error(err)
	}
	<-asked
	close(keeps.gate)
	eventually(t, "what was in flight is handled", func() bool { return keeps.j.len() == 2048 })
	close(answer)
	eventually(t, "all handled", func() bool { return keeps.j.len() == 3100 })
	produce(t, kafka, raw(t, 0, 1, "after"))
	eventually(t, "what comes later too", func() bool { return keeps.j.len() == 3101 })
}

// A dead letter that cannot be written held every revocation for its whole 20 s. It
// is given up when its partition is taken back, and nothing behind it starts: the
// record and what follows of its key are delivered to the next owner, in order.
func TestC9_ADeadLetterThatFailsHoldsUpNoRevocation(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var refusing atomic.Bool
	refusing.Store(true)
	answerLetters(b, func() *kerr.Error {
		if refusing.Load() {
			return kerr.InvalidRecord
		}
		return nil
	})
	var recs []*kgo.Record
	for p := range int32(3) {
		recs = append(recs, raw(t, p, int(p), "dead"), raw(t, p, int(p), "behind it"), raw(t, p, 10+int(p), "another key"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	cfg := func(j *journal) eventbus.ConsumerConfig {
		return eventbus.ConsumerConfig{
			Config:   map[string]string{"partition.assignment.strategy": "range"},
			Handlers: []eventbus.Handler{refuseDead(j)},
		}
	}
	var first, second journal
	r := consume(t, b, cfg(&first))
	eventually(t, "letters that fail", func() bool { return r.Stats().DeadLetterRetries >= 3 && first.len() == 3 })
	before := r.Stats().Rebalances
	began := time.Now()
	other := consume(t, b, cfg(&second))
	eventually(t, "the group has two members", func() bool {
		return r.Stats().Rebalances > before && r.Stats().Assigned > 0 && other.Stats().Assigned > 0
	})
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("the rebalance took %s", took)
	}
	for _, e := range first.all() {
		if e.title == "behind it" {
			t.Errorf("%d/%d started although the record before it had been given up", e.delivery.Partition, e.delivery.Offset)
		}
	}
	refusing.Store(false)
	b.WaitDeadLetters("todos", group, 3)
	eventually(t, "the rest is handled", func() bool {
		n := 0
		for _, e := range append(first.all(), second.all()...) {
			if e.title == "behind it" {
				n++
			}
		}
		return n == 3
	})
}
