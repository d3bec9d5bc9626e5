package integration_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func TestS1_StopWaitsForWhatHasStartedAndStartsNothingElse(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	produce(t, client(t, b.Brokers()), raw(t, 0, 1, "runs"), raw(t, 0, 2, "waits for a worker"), raw(t, 0, 1, "behind it"))
	gate, running := make(chan struct{}), make(chan struct{})
	var cancelled atomic.Bool
	var a attempts
	r := consume(t, b, eventbus.ConsumerConfig{Concurrency: 1, Handlers: []eventbus.Handler{
		a.handler(func(ctx context.Context, _ string, _ int) error {
			close(running)
			<-gate
			cancelled.Store(ctx.Err() != nil)
			return nil
		}),
	}})
	<-running
	r.stop()
	// Paused partitions show that the stop is under way.
	eventually(t, "intake stopped", func() bool {
		s := r.Stats()
		return len(s.Partitions) > 0 && s.Partitions[0].Paused
	})
	close(gate)
	if err := r.end(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	if cancelled.Load() {
		t.Error("the handler's ctx ended while there was time to drain")
	}
	if len(a.calls) != 1 {
		t.Errorf("started %v", a.calls)
	}
	if got := b.Committed(group, "todos")[0]; got != 1 {
		t.Errorf("committed %d, want the one that has settled", got)
	}
	if h := r.Health(); h.Ready || len(h.Reasons) != 1 || h.Reasons[0].Code != eventbus.HealthNotRunning {
		t.Errorf("health after the end: %+v", h)
	}
}

func TestS1_StopWaitsForDeadLettersToBeAcknowledged(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var held atomic.Bool
	gate := make(chan struct{})
	answerLetters(b, func() *kerr.Error {
		held.Store(true)
		b.fake.Cluster().SleepControl(func() { <-gate })
		return nil
	})
	produce(t, client(t, b.Brokers()), raw(t, 0, 1, "dead"))
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{refuseDead(&j)}})
	eventually(t, "the dead letter is on its way", held.Load)
	r.stop()
	eventually(t, "intake stopped", func() bool { return r.Stats().Partitions[0].Paused })
	if got := b.Committed(group, "todos")[0]; got != 0 {
		t.Errorf("committed %d", got)
	}
	close(gate)
	if err := r.end(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	if got := b.Committed(group, "todos")[0]; got != 1 {
		t.Errorf("committed %d after the acknowledgement", got)
	}
}

// Run once said nothing when its last commit failed, or when the group had taken
// away what it was for.
func TestS1_ALastCommitThatFailsIsReported(t *testing.T) {
	t.Parallel()
	// Only what may still be answered otherwise is tried until the time is over.
	for answer, timeout := range map[*kerr.Error]time.Duration{
		kerr.GroupAuthorizationFailed: 20 * time.Second,
		kerr.IllegalGeneration:        20 * time.Second,
		kerr.UnknownMemberID:          20 * time.Second,
		kerr.RebalanceInProgress:      3 * time.Second,
	} {
		t.Run(answer.Message, func(t *testing.T) {
			t.Parallel()
			b := startFaulty(t)
			answerCommits(b, answer.Code, func() bool { return true })
			produce(t, client(t, b.Brokers()), raw(t, 0, 1, "x"))
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{ShutdownTimeout: timeout, Handlers: []eventbus.Handler{j.handler()}})
			eventually(t, "handled", func() bool { return j.len() == 1 })
			began := time.Now()
			err := r.end()
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("Run waited %s for an answer that cannot come", took)
			}
			// (It was told as a close that did not end in time, after 0.24 s.)
			if !errors.Is(err, eventbus.ErrCommit) || errors.Is(err, eventbus.ErrCloseTimeout) {
				t.Errorf("Run: %v, want ErrCommit and nothing else", err)
			}
		})
	}
}

// The end of Run's ctx is seen where its owner waits for something else: for
// handlers while partitions are given back, for a coordinator that does not answer
// while partitions come. Each of these waits alone would take 7 s and more.
func TestG4_S2_RunEndsInTimeBesideARebalance(t *testing.T) {
	t.Parallel()
	waits := func(running chan<- struct{}) eventbus.Handler {
		return eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			running <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
	}
	holdOffsets := func(t *testing.T, b *faulty) (asked chan struct{}) {
		t.Helper()
		asked, answer := make(chan struct{}, 100), make(chan struct{})
		t.Cleanup(func() { close(answer) })
		b.fake.Cluster().ControlKey(int16(kmsg.OffsetFetch), func(kmsg.Request) (kmsg.Response, error, bool) {
			b.fake.Cluster().KeepControl()
			asked <- struct{}{}
			b.fake.Cluster().SleepControl(func() { <-answer })
			return nil, nil, false
		})
		return asked
	}
	end := func(t *testing.T, r *runner, limit time.Duration) error {
		t.Helper()
		began := time.Now()
		err := r.end()
		if took := time.Since(began); took > limit {
			t.Errorf("Run ended after %s: %v", took, err)
		}
		return err
	}
	t.Run("a revocation waits for handlers", func(t *testing.T) {
		t.Parallel()
		b := startCluster(t)
		produce(t, client(t, b.Brokers()), raw(t, 0, 1, "a"), raw(t, 1, 2, "b"), raw(t, 2, 3, "c"))
		running := make(chan struct{}, 3)
		r := consume(t, b, eventbus.ConsumerConfig{ShutdownTimeout: time.Second, Handlers: []eventbus.Handler{waits(running)}})
		for range 3 {
			<-running
		}
		before := r.Stats().Rebalances
		consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{(&journal{}).handler()}})
		eventually(t, "partitions are asked back", func() bool { return r.Stats().Rebalances > before })
		if err := end(t, r, 6*time.Second); !errors.Is(err, eventbus.ErrDrainTimeout) {
			t.Errorf("Run: %v, want ErrDrainTimeout", err)
		}
	})
	t.Run("an assignment asks for offsets", func(t *testing.T) {
		t.Parallel()
		b := startFaulty(t)
		asked := holdOffsets(t, b)
		r := consume(t, b, eventbus.ConsumerConfig{ShutdownTimeout: time.Second, Handlers: []eventbus.Handler{(&journal{}).handler()}})
		<-asked
		_ = end(t, r, 6*time.Second) // the client may wait for the answer in the background
	})
	t.Run("an assignment comes during the drain", func(t *testing.T) {
		t.Parallel()
		b := startFaulty(t)
		running := make(chan struct{}, 10)
		other := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{(&journal{}).handler()}})
		r := consume(t, b, eventbus.ConsumerConfig{ShutdownTimeout: 4 * time.Second, Handlers: []eventbus.Handler{waits(running)}})
		eventually(t, "the partitions are shared", func() bool { return other.Stats().Assigned == 3 && r.Stats().Assigned == 3 })
		for p := range 3 {
			produce(t, client(t, b.Brokers()), raw(t, int32(p), 10+p, "x"))
		}
		<-running
		holdOffsets(t, b)
		r.stop()
		other.stop()                 // its partitions come to the one that is stopping
		_ = end(t, r, 6*time.Second) // as above
	})
}

// A rebalance while stopping once cut the drain short: what ran then was
// delivered again.
func TestS1_ARebalanceWhileStoppingKeepsTheDrain(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	produce(t, client(t, b.Brokers()), raw(t, 0, 1, "a"), raw(t, 1, 2, "b"), raw(t, 2, 3, "c"))
	gate := make(chan struct{})
	var j journal
	var running atomic.Int32
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			running.Add(1)
			select {
			case <-gate:
				j.add(ctx, e)
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}),
	}})
	eventually(t, "all run", func() bool { return running.Load() == 3 })
	r.stop()
	eventually(t, "intake stopped", func() bool { return r.Stats().Partitions[0].Paused })
	before := r.Stats().Rebalances
	var again journal
	next := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{again.handler()}})
	eventually(t, "a partition is asked back", func() bool { return r.Stats().Rebalances > before })
	close(gate)
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
	eventually(t, "the next member has everything", func() bool { return next.Stats().Assigned >= 6 })
	if j.len() != 3 || again.len() != 0 {
		t.Errorf("%d handled before, delivered again: %v", j.len(), again.titles())
	}
	for p := range 3 {
		if got := b.Committed(group, "todos")[p]; got != 1 {
			t.Errorf("partition %d: committed %d", p, got)
		}
	}
}

func TestS2_AHandlerThatDoesNotReturnCannotHoldTheStop(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	produce(t, client(t, b.Brokers()), raw(t, 0, 1, "stuck"), raw(t, 1, 2, "stuck too"), raw(t, 2, 3, "fine"))
	const timeout = 600 * time.Millisecond
	var took time.Duration
	// A busy machine may delay one end; what the code adds it adds each time.
	for try := range 3 {
		gate := make(chan struct{})
		var stuck atomic.Int32
		var fine atomic.Bool
		r := consume(t, b, eventbus.ConsumerConfig{ShutdownTimeout: timeout, Handlers: []eventbus.Handler{
			eventbus.Handle(func(_ context.Context, e *todov1.TodoCreated) error {
				if e.GetTitle() == "fine" {
					fine.Store(true)
					return nil
				}
				stuck.Add(1)
				<-gate // whatever its ctx says
				return nil
			}),
		}})
		eventually(t, "all started", func() bool { return stuck.Load() == 2 && (try > 0 || fine.Load()) })
		began := time.Now()
		err := r.end()
		took = time.Since(began)
		if !errors.Is(err, eventbus.ErrDrainTimeout) || !strings.Contains(err.Error(), "2 records") {
			t.Errorf("Run: %v, want ErrDrainTimeout with the count", err)
		}
		close(gate)
		eventually(t, "the handlers returned", func() bool { return r.Stats().Late == 2 })
		if got := b.Committed(group, "todos"); got[0] != 0 || got[1] != 0 {
			t.Errorf("committed %v: what was not settled in time stays open", got)
		}
		if took <= timeout+250*time.Millisecond {
			break
		}
	}
	if took > timeout+250*time.Millisecond {
		t.Errorf("Run ended %s after its ctx", took)
	}
	eventually(t, "what was settled is committed", func() bool { return b.Committed(group, "todos")[2] == 1 })
}

func TestS3_AConsumerRunsOnce(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "ready", func() bool { return r.Health().Ready })
	if err := r.Run(context.Background()); !errors.Is(err, eventbus.ErrConfig) || !strings.Contains(err.Error(), "make a new one") {
		t.Errorf("a second Run beside the first: %v", err)
	}
	r.stop()
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if err := r.Run(context.Background()); !errors.Is(err, eventbus.ErrConfig) {
		t.Errorf("a second Run after the first: %v", err)
	}
}

// ours are the stacks of goroutines of the bus and its client, or made by them,
// by the goroutines' names.
func ours() map[string]string {
	stacks := map[string]string{}
	buf := make([]byte, 4<<20)
	for _, stack := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		for _, part := range []string{"/pkg/eventbus.", "/internal/flow.", "confluent-kafka-go"} {
			if strings.Contains(stack, part) && !strings.Contains(stack, "integration_test.ours") {
				name, _, _ := strings.Cut(stack, " [")
				stacks[name] = stack
				break
			}
		}
	}
	return stacks
}

// It is not parallel: no other test's goroutines may run beside it.
func TestS5_NoGoroutineIsLeft(t *testing.T) {
	b := startCluster(t)
	before := ours() // of clients that other tests have cut off
	gone := func(after string) {
		t.Helper()
		var left map[string]string
		defer func() {
			if t.Failed() {
				t.Logf("%v", left)
			}
		}()
		eventually(t, "no goroutine left after "+after, func() bool {
			left = ours()
			maps.DeleteFunc(left, func(name, _ string) bool { return before[name] != "" })
			return len(left) == 0
		})
	}
	for i := range 4 {
		write(t, b, i, "fine", "fails", "dead")
	}
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			_, end := context.WithCancel(ctx) // as handlers do
			defer end()
			d, _ := eventbus.DeliveryFrom(ctx)
			switch {
			case e.GetTitle() == "dead":
				return eventbus.Permanent(errors.New("no"))
			case e.GetTitle() == "fails" && d.Attempt == 1:
				runtime.Goexit()
			}
			j.add(ctx, e)
			return nil
		}),
	}})
	b.WaitCommitted(group, "todos")
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	gone("a clean stop")

	write(t, b, 1, "stuck")
	gate := make(chan struct{})
	var running atomic.Bool
	r = consume(t, b, eventbus.ConsumerConfig{ShutdownTimeout: 400 * time.Millisecond, Handlers: []eventbus.Handler{
		eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
			running.Store(true)
			<-gate
			return nil
		}),
	}})
	eventually(t, "it runs", running.Load)
	if err := r.end(); !errors.Is(err, eventbus.ErrDrainTimeout) {
		t.Fatalf("Run: %v", err)
	}
	close(gate)
	gone("a stop in which a handler was stuck, once it returned")

	_, err := eventbus.NewConsumer(quiet(t, b, eventbus.ConsumerConfig{Group: "without-topics", Handlers: []eventbus.Handler{j.handler()}}))
	if err == nil {
		t.Fatal("NewConsumer found topics that do not exist")
	}
	gone("a start that failed")
}

// occurrences counts what was handled, by place.
type occurrences struct {
	mu   sync.Mutex
	seen map[string]int
}

func (o *occurrences) add(ctx context.Context) (n int) {
	d, _ := eventbus.DeliveryFrom(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen == nil {
		o.seen = map[string]int{}
	}
	o.seen[fmt.Sprintf("%d/%d", d.Partition, d.Offset)]++
	return len(o.seen)
}

func (o *occurrences) counts() (distinct, repeated int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range o.seen {
		if n > 1 {
			repeated++
		}
	}
	return len(o.seen), repeated
}

func TestS6_StopUnderLoadRedeliversNothing(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	const records = 12_000
	var recs []*kgo.Record
	for i := range records {
		recs = append(recs, raw(t, int32(i%3), i%97, "x"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	var o occurrences
	for stops := 1; ; stops++ {
		ctx, cancel := context.WithCancel(context.Background())
		var here atomic.Int32
		// A stop finishes what lies below the highest started record: low limits
		// leave more to the next consumer.
		c, err := eventbus.NewConsumer(quiet(t, b, eventbus.ConsumerConfig{MaxInFlight: 256, Handlers: []eventbus.Handler{
			eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
				all := o.add(ctx)
				if here.Add(1) == int32(500+stops*97) || all == records {
					cancel()
				}
				if d, _ := eventbus.DeliveryFrom(ctx); d.Offset%5 == 0 {
					return eventbus.Permanent(errors.New("no"))
				}
				return nil
			}),
		}}))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Run(ctx); err != nil {
			t.Fatalf("Run: %v", err)
		}
		cancel()
		distinct, repeated := o.counts()
		if repeated != 0 {
			t.Fatalf("%d of %d were delivered again after %d clean stops", repeated, distinct, stops)
		}
		if distinct == records {
			if stops < 4 {
				t.Errorf("only %d stops: there was no load", stops)
			}
			break
		}
	}
	if diff := cmp.Diff(map[int]int64{0: records / 3, 1: records / 3, 2: records / 3}, b.Committed(group, "todos")); diff != "" {
		t.Errorf("committed (-want +got):\n%s", diff)
	}
}

func TestS6_OnlyWhatLiesAboveAnOpenRecordIsRedelivered(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var recs []*kgo.Record
	for i := range 300 {
		title := "x"
		if i == 150 { // offset 50 of partition 0
			title = "open"
		}
		recs = append(recs, raw(t, int32(i%3), i, title))
	}
	produce(t, client(t, b.Brokers()), recs...)
	var o occurrences
	handler := func(open bool) eventbus.Handler {
		return eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if open && e.GetTitle() == "open" {
				return eventbus.RetryAfter(time.Hour, errors.New("later"))
			}
			o.add(ctx)
			return nil
		}, eventbus.WithRetry(eventbus.RetryPolicy{MaxElapsed: 9 * time.Hour}))
	}
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{handler(true)}})
	eventually(t, "all others handled", func() bool { return r.Stats().Handled == 299 })
	if err := r.end(); err != nil {
		t.Fatalf("Run: %v", err)
	}
	if diff := cmp.Diff(map[int]int64{0: 50, 1: 100, 2: 100}, b.Committed(group, "todos")); diff != "" {
		t.Errorf("committed (-want +got):\n%s", diff)
	}
	r = consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{handler(false)}})
	eventually(t, "everything committed", func() bool { return b.Committed(group, "todos")[0] == 100 })
	if distinct, repeated := o.counts(); distinct != 300 || repeated != 49 {
		t.Errorf("%d handled, %d of them again; want 300, and the 49 above the open one", distinct, repeated)
	}
	if s := r.Stats(); s.Received != 50 {
		t.Errorf("%d records were delivered after the restart, want 50", s.Received)
	}
}

// A handler may well succeed when its ctx ends. The next record of its key would start
// with a ctx that is over.
func TestS1_NothingStartsWhenTheDrainIsOver(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var recs []*kgo.Record
	for range 3 {
		recs = append(recs, raw(t, 0, 1, "x"))
	}
	recs = append(recs, raw(t, 0, 2, "behind")) // another key, so that the first one's lie below the cut
	produce(t, client(t, b.Brokers()), recs...)
	var started atomic.Int32
	r := consume(t, b, eventbus.ConsumerConfig{
		ShutdownTimeout: time.Second,
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			started.Add(1)
			<-ctx.Done()
			return nil
		})},
	})
	eventually(t, "both keys run", func() bool { return started.Load() == 2 })
	if err := r.end(); !errors.Is(err, eventbus.ErrDrainTimeout) {
		t.Errorf("Run: %v, want ErrDrainTimeout", err)
	}
	if got := started.Load(); got != 2 {
		t.Errorf("%d handlers were called, want 2: nothing starts once the drain is over", got)
	}
}
