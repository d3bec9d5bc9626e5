package integration_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// Events of a slow type occupied all workers: nothing of another type was handled.
func TestASlowTypeLeavesWorkersToOthers(t *testing.T) {
	t.Parallel()
	const slow, quick = 40, 40
	b := startCluster(t)
	var recs []event.Record
	for i := range slow {
		recs = append(recs, encode(t, created(i, fmt.Sprint(i))))
	}
	for i := range quick {
		recs = append(recs, encode(t, &todov1.TodoDeleted{TodoId: todoID(100 + i), UserId: todoID(9), DeletedAt: timestamppb.Now()}))
	}
	b.Write(recs...)
	release := make(chan struct{})
	var running, most, handled, others atomic.Int64
	r := consume(t, b, eventbus.ConsumerConfig{Concurrency: 4, Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			n := running.Add(1)
			defer running.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			select {
			case <-release:
			case <-ctx.Done():
				return ctx.Err()
			}
			handled.Add(1)
			return nil
		}, eventbus.WithConcurrency(2)),
		eventbus.Handle(func(context.Context, *todov1.TodoDeleted) error { others.Add(1); return nil }),
	}})
	eventually(t, "all of the other type are handled", func() bool { return others.Load() == quick && running.Load() == 2 })
	close(release)
	eventually(t, "all of the slow type are handled", func() bool { return handled.Load() == slow })
	if most.Load() != 2 {
		t.Errorf("%d calls ran at once, want 2", most.Load())
	}
	b.WaitCommitted(group, "todos")
	if s := r.Stats(); s.Attempts != slow+quick || s.Retries != 0 {
		t.Errorf("%d attempts, %d retries are counted", s.Attempts, s.Retries)
	}
}

// What waits for its turn is not waited for at the end, and is delivered again.
func TestWhatWaitsForItsTurnIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	const records = 20
	b := startCluster(t)
	var recs []event.Record
	for i := range records {
		recs = append(recs, encode(t, created(i, fmt.Sprint(i))))
	}
	b.Write(recs...)
	var handled atomic.Int64
	begun := make(chan struct{}, 10*records)
	release := make(chan struct{})
	cfg := eventbus.ConsumerConfig{Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
		begun <- struct{}{}
		<-release
		handled.Add(1)
		return nil
	}, eventbus.WithConcurrency(1))}}
	r := consume(t, b, cfg)
	<-begun
	eventually(t, "the others wait", func() bool { return r.Stats().Waiting >= records-1 })
	time.AfterFunc(2*time.Second, func() { close(release) }) // when the stop is long noticed
	began := time.Now()
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %s", took)
	}
	if n := handled.Load(); n < 1 || n >= records {
		t.Errorf("%d were handled", n)
	}
	consume(t, b, cfg)
	b.WaitCommitted(group, "todos")
	if n := handled.Load(); n < records {
		t.Errorf("%d calls, want at least %d", n, records)
	}
}

// A handler that panics or ends its goroutine gives its turn back.
func TestATurnIsGivenBackWhateverTheHandlerDoes(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "panic")
	write(t, b, 2, "goexit")
	write(t, b, 3, "error")
	write(t, b, 4, "well")
	var j journal
	consume(t, b, eventbus.ConsumerConfig{
		Retry: eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxAttempts: 3},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			switch e.GetTitle() {
			case "panic":
				panic("on purpose")
			case "goexit":
				runtime.Goexit()
			case "error":
				return errors.New("on purpose")
			}
			j.add(ctx, e)
			return nil
		}, eventbus.WithConcurrency(1))},
	})
	b.WaitCommitted(group, "todos")
	if got := j.titles(); len(got) != 1 || got[0] != "well" {
		t.Errorf("handled %v", got)
	}
	b.WaitDeadLetters("todos", group, 3)
}
