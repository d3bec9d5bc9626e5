package integration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"google.golang.org/protobuf/types/known/timestamppb"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// gated is a handler that waits for its gate, for keys that shut says.
func gated(j *journal, gate <-chan struct{}, shut func(key string) bool) eventbus.Handler {
	return gatedBy(j, func(key string) <-chan struct{} {
		if shut(key) {
			return gate
		}
		return nil
	})
}

// gatedBy is gated with a gate for each key; nil is none.
func gatedBy(j *journal, gate func(key string) <-chan struct{}) eventbus.Handler {
	return eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
		if g := gate(e.GetTodoId()); g != nil {
			select {
			case <-g:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		j.add(ctx, e)
		return nil
	})
}

// pausedTodos counts the partitions of todos that are paused.
func pausedTodos(r *runner) (n int) {
	for _, p := range r.Stats().Partitions {
		if p.Topic == "todos" && p.Paused {
			n++
		}
	}
	return n
}

// A handler may take many times max.poll.interval.ms: the consumer goes on
// polling, so that the group never takes its partitions away.
func TestC2_ALongHandlerCausesNoRebalance(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "slow")
	gate := make(chan struct{})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		// Longer than a busy machine holds up a thread.
		Config:   map[string]string{"max.poll.interval.ms": "3000", "session.timeout.ms": "3000"},
		Handlers: []eventbus.Handler{gated(&j, gate, func(string) bool { return true })},
	})
	eventually(t, "the handler runs", func() bool { return r.Stats().InFlight == 1 })
	began := time.Now()
	eventually(t, "four times max.poll.interval.ms passed", func() bool { return time.Since(began) > 12*time.Second })
	if got := r.Stats().Rebalances; got != 1 {
		t.Errorf("%d rebalances, want the first assignment alone", got)
	}
	close(gate)
	eventually(t, "handled", func() bool { return j.len() == 1 })
	b.WaitCommitted(group, "todos")
	if j.len() != 1 {
		t.Errorf("handled %d times", j.len())
	}
}

// Memory is bounded: however much the log holds, no more than the limits is
// taken in, and everything is handled once there is room.
func TestC8_IntakeStopsAtTheLimits(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var recs []*kgo.Record
	for i := range 9000 {
		recs = append(recs, raw(t, int32(i%3), i, "x"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	gate := make(chan struct{})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		MaxInFlight: 64, Concurrency: 2,
		Handlers: []eventbus.Handler{gated(&j, gate, func(string) bool { return true })},
	})
	eventually(t, "the partitions are paused", func() bool { return pausedTodos(r) == 3 })
	received := r.Stats().Received
	if limit := uint64(64 + 3*(1024+1)); received > limit {
		t.Errorf("%d records are taken in, the limits allow %d", received, limit)
	}
	if in := r.Stats().InFlight; in > 64 {
		t.Errorf("%d records are in flight", in)
	}
	eventually(t, "Health names what blocks", func() bool {
		for _, reason := range r.Health().Reasons {
			if reason.Code == eventbus.HealthBlocked && reason.Topic == "todos" && reason.Offset == 0 {
				return true
			}
		}
		return false
	})
	close(gate)
	eventually(t, "all handled", func() bool { return j.len() == 9000 })
	b.WaitCommitted(group, "todos")
	eventually(t, "ready again", func() bool { return r.Health().Ready })
}

// A partition that stands still is paused alone: the others go on.
func TestC8_R3_ABlockedPartitionDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var recs []*kgo.Record
	for i := range 6000 {
		partition := int32(i % 3)
		key := i
		if partition == 0 {
			key = -1 // one key, the one that waits
		}
		recs = append(recs, raw(t, partition, key&0xffff, "x"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	gate := make(chan struct{})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		MaxInFlight: 256, MaxAhead: 64,
		Handlers: []eventbus.Handler{gated(&j, gate, func(key string) bool { return key == todoID(0xffff) })},
	})
	eventually(t, "the other partitions are handled", func() bool { return j.len() == 4000 })
	eventually(t, "Health names the partition and its first record", func() bool {
		for _, reason := range r.Health().Reasons {
			if reason.Code == eventbus.HealthBlocked && reason.Partition == 0 && reason.Offset == 0 {
				return !r.Health().Ready && r.Health().Live
			}
		}
		return false
	})
	close(gate)
	eventually(t, "all handled", func() bool { return j.len() == 6000 })
	b.WaitCommitted(group, "todos")
}

// A blocked partition once kept all of them paused for good, after the others had
// filled all limits for a while.
func TestC8_R3_ABlockedPartitionDoesNotKeepAllPaused(t *testing.T) {
	t.Parallel()
	b := startCluster(t, withPartitions("todos", 6))
	var recs []*kgo.Record
	for i := range 6000 {
		key := i
		if i%6 == 0 {
			key = 0xffff
		}
		recs = append(recs, raw(t, int32(i%6), key, "x"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	held, slow := make(chan struct{}), make(chan struct{})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		MaxInFlight: 256, MaxAhead: 64,
		Handlers: []eventbus.Handler{gatedBy(&j, func(key string) <-chan struct{} {
			if key == todoID(0xffff) {
				return held
			}
			return slow
		})},
	})
	eventually(t, "all are paused", func() bool { return pausedTodos(r) == 6 })
	close(slow) // and partition 0's key still waits
	eventually(t, "the other partitions are handled", func() bool { return j.len() == 5000 })
	close(held)
	eventually(t, "all handled", func() bool { return j.len() == 6000 })
}

// A record that is larger than the byte limits passes alone.
func TestC8_ARecordAboveTheByteLimitPasses(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var want int64
	var recs []*kgo.Record
	for i := range 30 {
		rec := raw(t, 0, i, "x")
		if i%10 == 5 { // fields that the contract does not know are ignored
			rec.Value = append([]byte(`{"filling":"`+strings.Repeat("y", 100_000)+`",`), rec.Value[1:]...)
		}
		recs = append(recs, rec)
		want++
	}
	produce(t, client(t, b.Brokers()), recs...)
	var handled atomic.Int64
	consume(t, b, eventbus.ConsumerConfig{
		MaxInFlightBytes: 8192,
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
			handled.Add(1)
			return nil
		})},
	})
	eventually(t, "all handled", func() bool { return handled.Load() == want })
	b.WaitCommitted(group, "todos")
}

// Without a limit of its own a blocked key lets MaxAhead offsets pass, and no
// more: that bounds what a crash delivers again.
func TestC7_MaxAheadBoundsWhatRunsAheadOfABlockedKey(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var recs []*kgo.Record
	for i := range 1000 {
		recs = append(recs, raw(t, 0, i, fmt.Sprint(i)))
	}
	produce(t, client(t, b.Brokers()), recs...)
	gate := make(chan struct{})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		MaxAhead: 256,
		Handlers: []eventbus.Handler{gated(&j, gate, func(key string) bool { return key == todoID(0) })},
	})
	eventually(t, "the partition is blocked", func() bool {
		for _, reason := range r.Health().Reasons {
			if reason.Code == eventbus.HealthBlocked {
				return true
			}
		}
		return false
	})
	if got := j.len(); got != 255 {
		t.Errorf("%d records ran ahead, want 255", got)
	}
	close(gate)
	eventually(t, "all handled", func() bool { return j.len() == 1000 })
}

// While commits fail for long, no more is taken in than MaxUncommitted: that
// bounds what a crash would deliver again.
func TestC7_IntakeStopsWhileCommitsFailForLong(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var failing atomic.Bool
	failing.Store(true)
	answerCommits(b, kerr.CoordinatorLoadInProgress.Code, failing.Load)
	kafka := client(t, b.Brokers())
	var recs []*kgo.Record
	for i := range 10 {
		recs = append(recs, raw(t, 0, i, "x"))
	}
	produce(t, kafka, recs...)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		Config: map[string]string{"auto.commit.interval.ms": "200"}, MaxUncommitted: 10,
		Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "handled", func() bool { return j.len() == 10 })
	eventually(t, "the commit ages", func() bool { return r.Stats().CommitAge > 15*time.Second })
	paused := func() bool {
		for _, p := range r.Stats().Partitions {
			if p.Topic == "todos" && p.Partition == 0 {
				return p.Paused
			}
		}
		return false
	}
	if paused() {
		t.Error("intake stops before commits have failed for long")
	}
	eventually(t, "intake stops", paused)
	if h := r.Health(); h.Ready || !slices.ContainsFunc(h.Reasons, func(r eventbus.HealthReason) bool { return r.Code == eventbus.HealthCommit }) {
		t.Errorf("health %+v", h)
	}
	produce(t, kafka, raw(t, 0, 1, "after"))
	failing.Store(false)
	eventually(t, "intake goes on once a commit is confirmed", func() bool { return j.len() == 11 })
}

// Four blocked partitions, each with a quarter of MaxInFlight, stopped every topic
// of the consumer: 0 of 20 events of another one in 20 s.
func TestC8_R3_BlockedPartitionsLeaveTheOthersTheirMinimum(t *testing.T) {
	t.Parallel()
	b := startCluster(t, withPartitions("todos", 8))
	kafka := client(t, b.Brokers())
	var recs []*kgo.Record
	for i := range 8 * 400 {
		recs = append(recs, raw(t, int32(i%8), i%8, "x")) // one key for each partition
	}
	produce(t, kafka, recs...)
	gate := make(chan struct{})
	var blocked journal
	var others atomic.Int64
	r := consume(t, b, eventbus.ConsumerConfig{
		MaxInFlight: 1024,
		Handlers: []eventbus.Handler{
			// Retries hold no worker.
			eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
				select {
				case <-gate:
					blocked.add(ctx, e)
					return nil
				default:
					return eventbus.RetryAfter(20*time.Millisecond, errors.New("not yet"))
				}
			}, eventbus.WithRetry(eventbus.RetryPolicy{MaxAttempts: 1_000_000})),
			eventbus.Handle(func(context.Context, *reminderv1.ReminderCancelled) error {
				others.Add(1)
				return nil
			}),
		},
	})
	eventually(t, "all room is taken", func() bool { return r.Stats().InFlight >= 1000 && pausedTodos(r) == 8 })
	for i := range 20 {
		var more []*kgo.Record
		for range 100 {
			rec := encode(t, &reminderv1.ReminderCancelled{ReminderId: todoID(i), TodoId: todoID(i), UserId: todoID(9), CancelledAt: timestamppb.Now()})
			more = append(more, &kgo.Record{Topic: rec.Topic, Partition: 0, Key: rec.Key, Value: rec.Value})
		}
		produce(t, kafka, more...)
		began := time.Now()
		eventually(t, "the other topic is handled", func() bool { return others.Load() == int64(100*(i+1)) })
		if took := time.Since(began); took > 20*time.Second {
			t.Fatalf("100 events of another topic took %s", took)
		}
	}
	if n := r.Stats().InFlight; n > 1024+100 {
		t.Errorf("%d records are in flight", n)
	}
	close(gate)
	eventually(t, "all handled", func() bool { return blocked.len() == 8*400 })
	b.WaitCommitted(group, "todos")
	b.WaitCommitted(group, "reminders")
}
