package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// orderCheck fails a test when two handlers of one key overlap or overtake.
type orderCheck struct {
	t *testing.T

	mu      sync.Mutex
	running map[string]int64
	settled map[string]int64 // by partition and key: the last offset that succeeded
	count   int
}

func newOrderCheck(t *testing.T) *orderCheck {
	return &orderCheck{t: t, running: map[string]int64{}, settled: map[string]int64{}}
}

func (o *orderCheck) begin(ctx context.Context, key string) string {
	d, _ := eventbus.DeliveryFrom(ctx)
	id := fmt.Sprint(d.Topic, "/", d.Partition, "/", key)
	o.mu.Lock()
	defer o.mu.Unlock()
	if other, busy := o.running[id]; busy {
		o.t.Errorf("%s: offset %d starts while %d runs", id, d.Offset, other)
	}
	if last, ok := o.settled[id]; ok && d.Offset <= last {
		o.t.Errorf("%s: offset %d starts after %d was handled", id, d.Offset, last)
	}
	o.running[id] = d.Offset
	return id
}

func (o *orderCheck) end(ctx context.Context, id string, ok bool) {
	d, _ := eventbus.DeliveryFrom(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.running, id)
	if ok {
		o.settled[id] = d.Offset
		o.count++
	}
}

func (o *orderCheck) handled() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}

// Handlers that fail at random, take long or return at once: for a key at most
// one runs, in the order of the log, and none begins before the one before it is
// settled.
func TestC3_OneHandlerPerKeyInOffsetOrder(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	const keys, each = 40, 50
	var recs []event.Record
	for i := range each {
		for k := range keys {
			recs = append(recs, encode(t, created(k, fmt.Sprint(i))))
		}
	}
	b.Write(recs...)
	order := newOrderCheck(t)
	consume(t, b, eventbus.ConsumerConfig{
		Retry: eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond, MaxAttempts: 100},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			id := order.begin(ctx, e.GetTodoId())
			dice := rand.IntN(100)
			if dice < 3 {
				time.Sleep(3 * time.Millisecond) //nolint:forbidigo // a handler that takes its time
			}
			ok := dice >= 10
			order.end(ctx, id, ok)
			if !ok {
				return errors.New("not now")
			}
			return nil
		})},
	})
	eventually(t, "all handled", func() bool { return order.handled() == keys*each })
	b.WaitCommitted(group, "todos")
}

func TestC3_KeysRunInParallel(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	for k := range 16 {
		write(t, b, k, "parallel")
	}
	var together sync.WaitGroup
	together.Add(16)
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			together.Done()
			together.Wait() // returns only when 16 handlers run at once
			j.add(ctx, e)
			return nil
		}),
	}})
	eventually(t, "16 handlers at once", func() bool { return j.len() == 16 })
}

func TestC3_NullKeyIsOneKeyPerPartition(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	var want []string
	for i := range 50 {
		rec := raw(t, 1, i, fmt.Sprint(i))
		rec.Key = nil
		produce(t, c, rec)
		want = append(want, fmt.Sprint(i))
	}
	order := newOrderCheck(t)
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			id := order.begin(ctx, "")
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond) //nolint:forbidigo // uneven handlers
			j.add(ctx, e)
			order.end(ctx, id, true)
			return nil
		}),
	}})
	eventually(t, "all handled", func() bool { return j.len() == len(want) })
	if diff := cmp.Diff(want, j.titles()); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// A key that waits must not hold up others of its partition.
func TestC3_ABlockedKeyLetsOthersPass(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	var recs []*kgo.Record
	for i := range 400 {
		recs = append(recs, raw(t, 0, i%40, fmt.Sprint(i)))
	}
	produce(t, c, recs...)
	gate := make(chan struct{})
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Concurrency: 4, Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if e.GetTodoId() == todoID(0) {
				select {
				case <-gate:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			j.add(ctx, e)
			return nil
		}),
	}})
	eventually(t, "the 390 of other keys handled", func() bool { return j.len() == 390 })
	if got := b.Committed(group, "todos")[0]; got != 0 {
		t.Errorf("committed %d while offset 0 runs", got)
	}
	close(gate)
	eventually(t, "all handled", func() bool { return j.len() == 400 })
	b.WaitCommitted(group, "todos")
}

// When a drain's time is over, a handler whose ctx ends gives its record up, and
// nothing behind it may start: the record is delivered again, after what started
// behind it. (In a drain of 48 partitions the contexts ended before the partitions
// were cut, and 396 of 960 records were handled out of order.)
func TestC3_WhatIsGivenUpAtTheEndOfADrainCutsItsPartition(t *testing.T) {
	t.Parallel()
	const partitions, behind = 48, 20
	for name, end := range map[string]func(*testing.T, *cluster, *runner, eventbus.ConsumerConfig){
		"the end of Run": func(t *testing.T, _ *cluster, r *runner, _ eventbus.ConsumerConfig) {
			if err := r.end(); !errors.Is(err, eventbus.ErrDrainTimeout) {
				t.Errorf("Run: %v, want ErrDrainTimeout", err)
			}
		},
		"a revocation": func(t *testing.T, b *cluster, r *runner, cfg eventbus.ConsumerConfig) {
			before := r.Stats().Rebalances
			other := consume(t, b, cfg)
			eventually(t, "a rebalance", func() bool { return r.Stats().Rebalances > before && other.Stats().Assigned > 0 })
			_ = other.end() // their handlers give up too
			_ = r.end()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t, withPartitions("todos", partitions))
			var recs []*kgo.Record
			for p := range int32(partitions) {
				for range behind {
					recs = append(recs, raw(t, p, int(p), "x"))
				}
				// Another key starts behind them, so that they lie below the cut.
				recs = append(recs, raw(t, p, 1000+int(p), "x"))
			}
			produce(t, client(t, b.Brokers()), recs...)
			var mu sync.Mutex
			running, late := 0, map[int32]bool{} // partitions
			cfg := eventbus.ConsumerConfig{
				Concurrency: 2 * partitions, ShutdownTimeout: 6 * time.Second, // half of it for the close
				Config: map[string]string{"partition.assignment.strategy": "range", "max.poll.interval.ms": "6000"},
				Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
					d, _ := eventbus.DeliveryFrom(ctx)
					mu.Lock()
					running++
					mu.Unlock()
					if d.Offset > 0 && d.Offset < behind {
						mu.Lock()
						late[d.Partition] = true
						mu.Unlock()
					}
					<-ctx.Done()
					return context.Cause(ctx)
				})},
			}
			r := consume(t, b, cfg)
			eventually(t, "two handlers for each partition", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return running == 2*partitions
			})
			end(t, b, r, cfg)
			mu.Lock()
			defer mu.Unlock()
			if len(late) > 0 {
				t.Errorf("in %d of %d partitions a record started although the one before it had been given up", len(late), partitions)
			}
		})
	}
}
