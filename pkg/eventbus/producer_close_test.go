package eventbus_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// Every call has an outcome: what was acknowledged is in the log once, what was
// not sent is not.
func TestS3_CloseBesidePublish(t *testing.T) {
	t.Parallel()
	b := producerBroker(t, event.Linked(), nil)
	const rounds, callers = 25, 6
	var mu sync.Mutex
	outcomes := map[string]error{}
	ctx := producerCtx(t, time.Minute)
	oneRound := func(round int) {
		p, err := eventbus.NewProducer(producerConfig(b))
		if err != nil {
			t.Error(err)
			return
		}
		next := round * callers * 1_000_000
		var wg sync.WaitGroup
		begun := make(chan struct{}, 1)
		for c := range callers {
			first := next
			next += 1_000_000
			note := func(n int, err error) bool {
				mu.Lock()
				defer mu.Unlock()
				outcomes[producerID(first+n)] = err
				return errors.Is(err, eventbus.ErrClosed)
			}
			wg.Go(func() {
				for n := 0; ; {
					select {
					case begun <- struct{}{}:
					default:
					}
					switch c % 3 {
					case 0:
						_, err := p.Publish(ctx, producerTodo(n), event.WithID(producerID(first+n)))
						if note(n, err) {
							return
						}
						n++
					case 1:
						_, err := p.PublishAsync(ctx, producerTodo(n), event.WithID(producerID(first+n))).Wait(ctx)
						if note(n, err) {
							return
						}
						n++
					case 2:
						outs := make([]eventbus.Out, 150)
						for i := range outs {
							outs[i] = eventbus.Out{Message: producerTodo(i), Options: []event.Option{event.WithID(producerID(first + n + i))}}
						}
						closed := false
						for i, r := range p.PublishBatch(ctx, outs...) {
							closed = note(n+i, r.Err)
						}
						if closed {
							return
						}
						n += len(outs)
					}
				}
			})
		}
		<-begun
		closers := 1 + round%2
		errs := make(chan error, closers)
		for range closers {
			go func() { errs <- p.Close(ctx) }()
		}
		for range closers {
			if err := <-errs; err != nil {
				t.Errorf("round %d: Close = %v", round, err)
			}
		}
		wg.Wait()
		if err := p.Close(ctx); err != nil { // again is fine
			t.Errorf("round %d: the second Close = %v", round, err)
		}
		if s := p.Stats(); s.Outstanding != 0 || s.OutstandingBytes != 0 {
			t.Errorf("round %d: %d records, %d bytes are outstanding", round, s.Outstanding, s.OutstandingBytes)
		}
	}
	// A new client waits half a second for its producer id, and a tenth to close:
	// some rounds are beside one another.
	const beside = 5
	var all sync.WaitGroup
	for first := range beside {
		all.Go(func() {
			for round := first; round < rounds; round += beside {
				oneRound(round)
			}
		})
	}
	all.Wait()
	seen := map[string]int{}
	for _, id := range producerIDs(t, b, "todos") {
		seen[id]++
	}
	acked, closed := 0, 0
	for id, err := range outcomes {
		switch {
		case err == nil:
			acked++
			if seen[id] != 1 {
				t.Errorf("acknowledged event %s is in the log %d times", id, seen[id])
			}
		case errors.Is(err, eventbus.ErrClosed):
			closed++
			if seen[id] != 0 {
				t.Errorf("event %s was not sent, and is in the log", id)
			}
		default:
			producerWant(t, err, eventbus.ErrIndeterminate)
		}
	}
	if acked == 0 || closed < rounds*callers {
		t.Errorf("%d events were acknowledged, %d were not sent", acked, closed)
	}
}

// As above, with a Close that gives up at once on a broker that does not answer.
func TestS3_CloseThatGivesUpBesidePublish(t *testing.T) {
	t.Parallel()
	b := producerBroker(t, event.Linked(), nil)
	stall := producerStallOn(b)
	const rounds = 10
	took := make([]time.Duration, rounds)
	for round := range rounds {
		stall.on.Store(false)
		p, err := eventbus.NewProducer(producerConfig(b))
		if err != nil {
			t.Fatal(err)
		}
		ctx := producerCtx(t, time.Minute)
		if _, err := p.Publish(ctx, producerTodo(0)); err != nil {
			t.Fatal(err)
		}
		stall.on.Store(true)
		var wg sync.WaitGroup
		for c := range 6 {
			wg.Go(func() {
				for {
					var err error
					switch c % 3 {
					case 0:
						_, err = p.Publish(ctx, producerTodo(1))
					case 1:
						_, err = p.PublishAsync(ctx, producerTodo(1)).Wait(ctx)
					case 2:
						outs := make([]eventbus.Out, 500)
						for i := range outs {
							outs[i].Message = producerTodo(i)
						}
						results := p.PublishBatch(ctx, outs...)
						err = results[len(results)-1].Err
					}
					switch {
					case errors.Is(err, eventbus.ErrClosed):
						return
					case err == nil, errors.Is(err, eventbus.ErrIndeterminate):
					default:
						t.Errorf("round %d: %v", round, err)
						return
					}
				}
			})
		}
		producerWaitFor(t, "something to be outstanding", func() bool { return p.Stats().Outstanding > 500 })
		gone, cancel := context.WithCancel(ctx)
		cancel()
		end := time.Now()
		if err := p.Close(gone); !errors.Is(err, eventbus.ErrCloseTimeout) {
			t.Errorf("round %d: Close = %v, want ErrCloseTimeout", round, err)
		}
		took[round] = time.Since(end)
		wg.Wait()
		if err := p.Close(ctx); !errors.Is(err, eventbus.ErrCloseTimeout) {
			t.Errorf("round %d: the second Close = %v, want that of the first", round, err)
		}
	}
	// The callers want all processors, and may have them for a while: a single
	// round says little, unless Close waited for something.
	if slices.Sort(took); took[rounds/2] > 250*time.Millisecond || took[rounds-1] > time.Second {
		t.Errorf("Close returned after its context's end by %s: mostly above 250 ms, or once above 1 s", took)
	}
}

// Not parallel, so that no other test's goroutines are counted.
func TestS5_GoroutinesEndWithTheProducer(t *testing.T) { //nolint:paralleltest // it counts goroutines
	ours := func() int {
		buf := make([]byte, 1<<20)
		stacks := string(buf[:runtime.Stack(buf, true)])
		return strings.Count(stacks, "eventbus.(*") + strings.Count(stacks, "kafkaclient.(*")
	}
	b, p := producerLinked(t, func(c *eventbus.ProducerConfig) { c.OnFailure = func(eventbus.Failure) {} })
	ctx := producerCtx(t, time.Minute)
	for ours() == 0 { // the stack of one that has not begun does not show its methods
		if ctx.Err() != nil {
			t.Fatal("no goroutine of a running producer was found")
		}
		runtime.Gosched()
	}
	if err := eventbus.FirstError(p.PublishBatch(ctx, eventbus.Outs(producerTodo(1), producerTodo(2))...)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if n := ours(); n != 0 {
		t.Errorf("%d goroutines are left after Close", n)
	}
	cfg := producerConfig(b)
	producerStallOn(b).on.Store(true)
	stalled, err := eventbus.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	stalled.PublishAsync(ctx, producerTodo(1))
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := stalled.Close(gone); !errors.Is(err, eventbus.ErrCloseTimeout) {
		t.Errorf("Close = %v, want ErrCloseTimeout", err)
	}
	b.Close()
	if p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: cfg.Connection.Brokers}, Source: "x", ConnectTimeout: 100 * time.Millisecond, Logger: cfg.Logger}); err == nil {
		t.Errorf("a producer without a broker was made: %v", p)
	}
	producerWaitFor(t, "the goroutines to end", func() bool { return ours() == 0 })
}

func TestOnFailure_IsToldOfEachFailedPublishAsyncOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	told := map[string]eventbus.Failure{}
	b, p := producerLinked(t, func(c *eventbus.ProducerConfig) {
		c.OnFailure = func(f eventbus.Failure) {
			mu.Lock()
			_, again := told[f.EventID]
			told[f.EventID] = f
			mu.Unlock()
			if again {
				t.Errorf("told of %s twice", f.EventID)
			}
			if f.EventID == producerID(0) {
				panic("of the user") // the others are told all the same
			}
		}
	})
	ctx := producerCtx(t, time.Minute)
	b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "todos", Err: kerr.InvalidRecord, Count: -1})
	want := map[string]error{}
	var pending []*eventbus.Pending
	publish := func(n int, msg *todov1.TodoCreated, ctx context.Context, kind error) {
		want[producerID(n)] = kind
		pending = append(pending, p.PublishAsync(ctx, msg, event.WithID(producerID(n))))
	}
	for n := range 5 {
		publish(n, producerTodo(n), ctx, eventbus.ErrRejected)
	}
	publish(5, &todov1.TodoCreated{}, ctx, eventbus.ErrInvalid)
	if _, err := p.Publish(ctx, producerTodo(6)); err == nil { // its caller is told, nobody else
		t.Error("published")
	}
	for _, one := range pending {
		_, _ = one.Wait(ctx) // a wait takes nothing from OnFailure
	}
	if err := p.Close(ctx); err != nil { // everything was told when it returns
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(told) != len(want) {
		t.Errorf("told of %d failures, want %d", len(told), len(want))
	}
	for id, kind := range want {
		f := told[id]
		producerWant(t, f.Err, kind)
		if f.EventID != id || f.Type != "TodoCreated" {
			t.Errorf("failure %+v, want that of %s", f, id)
		}
		if md, err := event.Head(f.Record); errors.Is(kind, eventbus.ErrRejected) && (err != nil || md.ID != id) {
			t.Errorf("the record of failure %s is %v, %v", id, md, err)
		}
	}
}

func TestOnFailure_OverflowIsCounted(t *testing.T) {
	t.Parallel()
	machine := producerOnMachine(t)
	var told atomic.Int64
	first, free := make(chan struct{}), make(chan struct{})
	_, p := producerLinked(t, func(c *eventbus.ProducerConfig) {
		c.OnFailure = func(eventbus.Failure) {
			if told.Add(1) == 1 {
				close(first)
			}
			<-free
		}
	})
	fail := func() { p.PublishAsync(t.Context(), &todov1.TodoCreated{}) }
	fail()
	<-first
	for range 1024 + 77 {
		fail()
	}
	if got := p.Stats().FailuresDropped; got != 77 {
		t.Errorf("%d failures were dropped, want 77", got)
	}
	short := producerCtx(t, 50*time.Millisecond)
	if err := p.Close(short); !errors.Is(err, eventbus.ErrCloseTimeout) || !strings.Contains(err.Error(), "OnFailure") {
		t.Errorf("Close beside a blocked OnFailure = %v, want ErrCloseTimeout that says so", err)
	}
	end, _ := short.Deadline()
	machine.late(t, "Close", end)
	close(free)
	if err := p.Close(producerCtx(t, time.Minute)); err != nil {
		t.Error(err)
	}
	if got := told.Load(); got != 1025 {
		t.Errorf("told of %d failures, want 1025", got)
	}
	fail() // nobody is there to be told
	if got := p.Stats().FailuresDropped; got != 78 {
		t.Errorf("%d failures were dropped, want 78", got)
	}
}

// producerBlocking is a slog handler that blocks, as one that writes to a full
// pipe does.
type producerBlocking struct {
	slog.Handler
	entered chan struct{}
	free    chan struct{}
	once    *sync.Once
}

func (h producerBlocking) Enabled(context.Context, slog.Level) bool { return true }

func (h producerBlocking) Handle(context.Context, slog.Record) error {
	h.once.Do(func() { close(h.entered) })
	<-h.free
	return nil
}

func TestP7_UserCodeNeverHoldsUpDeliveryReports(t *testing.T) {
	t.Parallel()
	log := producerBlocking{Handler: slog.DiscardHandler, entered: make(chan struct{}), free: make(chan struct{}), once: &sync.Once{}}
	failing := make(chan struct{})
	var once sync.Once
	b := producerBroker(t, event.Linked(), nil)
	p := producerOn(t, b, func(c *eventbus.ProducerConfig) {
		c.Config = map[string]string{"debug": "msg"}
		c.Logger = slog.New(log)
		c.OnFailure = func(eventbus.Failure) {
			once.Do(func() { close(failing) })
			<-log.free
		}
	})
	t.Cleanup(func() { close(log.free) }) // before the producer is closed
	ctx := producerCtx(t, time.Minute)
	p.PublishAsync(ctx, &todov1.TodoCreated{})
	<-failing
	<-log.entered
	// Nobody waits for these, either.
	for n := range 2000 {
		p.PublishAsync(ctx, &todov1.TodoCreated{})
		p.PublishAsync(ctx, producerTodo(n))
	}
	outs := make([]eventbus.Out, 500)
	for n := range outs {
		outs[n].Message = producerTodo(n)
	}
	if err := eventbus.FirstError(p.PublishBatch(ctx, outs...)); err != nil {
		t.Error(err)
	}
	if err := p.Flush(ctx); err != nil {
		t.Error(err)
	}
}
