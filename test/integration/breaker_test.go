package integration_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// todosOf are records of so many keys, one each.
func todosOf(t *testing.T, keys int) []event.Record {
	t.Helper()
	var recs []event.Record
	for i := range keys {
		recs = append(recs, encode(t, created(i, fmt.Sprint(i))))
	}
	return recs
}

func has(h eventbus.Health, code eventbus.HealthCode) bool {
	return slices.ContainsFunc(h.Reasons, func(r eventbus.HealthReason) bool { return r.Code == code })
}

// Without the breaker each record would use up its two attempts.
func TestR4_AnOutageUsesUpNoAttempts(t *testing.T) {
	t.Parallel()
	const keys = 40 // few enough for each to probe more often than it may be tried
	b := startCluster(t)
	b.Write(todosOf(t, keys)...)
	var down atomic.Bool
	down.Store(true)
	var j journal
	var others atomic.Int64
	r := consume(t, b, eventbus.ConsumerConfig{
		Breaker: eventbus.BreakerPolicy{ProbeDelay: 50 * time.Millisecond, MaxProbeDelay: 100 * time.Millisecond},
		Retry:   eventbus.RetryPolicy{InitialDelay: 500 * time.Millisecond, MaxAttempts: 2},
		Handlers: []eventbus.Handler{
			eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
				if down.Load() {
					return errors.New("connection refused")
				}
				j.add(ctx, e)
				return nil
			}),
			eventbus.Handle(func(context.Context, *todov1.TodoDeleted) error { others.Add(1); return nil }),
		},
	})
	eventually(t, "the breaker is open, and probes", func() bool { s := r.Stats(); return s.BreakersOpen == 1 && s.Attempts > 30 })
	if h := r.Health(); h.Ready || !h.Live || !has(h, eventbus.HealthBreakerOpen) {
		t.Errorf("health while it is open: %+v", h)
	}
	b.Write(encode(t, &todov1.TodoDeleted{TodoId: todoID(900), UserId: todoID(9), DeletedAt: timestamppb.Now()}))
	eventually(t, "the other handler goes on", func() bool { return others.Load() == 1 })
	// Far more attempts than would exhaust the first records.
	eventually(t, "further probes", func() bool { return r.Stats().Attempts >= 3*keys })
	if s := r.Stats(); len(s.Dead) != 0 {
		t.Errorf("dead letters during the outage: %v", s.Dead)
	}
	down.Store(false)
	eventually(t, "all is handled", func() bool { return j.len() == keys })
	b.WaitCommitted(group, "todos")
	if s := r.Stats(); len(s.Dead) != 0 || s.BreakersOpen != 0 || s.BreakersOpened != 1 {
		t.Errorf("dead %v, open now %d, opened %d", s.Dead, s.BreakersOpen, s.BreakersOpened)
	}
	eventually(t, "ready again", func() bool { return r.Health().Ready })
}

func TestR4_FewKeysThatFailOpenNothing(t *testing.T) {
	t.Parallel()
	const bad, good = 4, 40
	b := startCluster(t)
	b.Write(todosOf(t, bad+good)...)
	var handled atomic.Int64
	r := consume(t, b, eventbus.ConsumerConfig{
		Retry: eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxAttempts: 20, Multiplier: 1},
		Handlers: []eventbus.Handler{eventbus.Handle(func(_ context.Context, e *todov1.TodoCreated) error {
			if e.GetTodoId() < todoID(bad) {
				return errors.New("no")
			}
			handled.Add(1)
			return nil
		})},
	})
	b.WaitDeadLetters("todos", group, bad)
	b.WaitCommitted(group, "todos")
	if s := r.Stats(); s.BreakersOpened != 0 || handled.Load() != good {
		t.Errorf("opened %d times, %d handled", s.BreakersOpened, handled.Load())
	}
}

// What the handler answers, even if it refuses, is no sign of an outage.
func TestR4_PermanentErrorsAndSkipsOpenNothing(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]error{"skip": eventbus.Skip("not ours"), "permanent": eventbus.Permanent(errors.New("no"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const keys = 60
			b := startCluster(t)
			b.Write(todosOf(t, keys)...)
			r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
				eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return answer }),
			}})
			b.WaitCommitted(group, "todos")
			if s := r.Stats(); s.BreakersOpened != 0 || s.Attempts != keys {
				t.Errorf("opened %d times, %d attempts", s.BreakersOpened, s.Attempts)
			}
		})
	}
}

// A stop while the breaker is open is not held up, and loses nothing.
func TestR4_WhatWaitsForABreakerIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	const keys = 100
	b := startCluster(t)
	b.Write(todosOf(t, keys)...)
	cfg := eventbus.ConsumerConfig{
		Breaker: eventbus.BreakerPolicy{ProbeDelay: time.Hour},
		Retry:   eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxAttempts: 5},
		Handlers: []eventbus.Handler{
			eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return errors.New("connection refused") }),
		},
	}
	r := consume(t, b, cfg)
	eventually(t, "all wait", func() bool { return r.Stats().Waiting == keys })
	began := time.Now()
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %s", took)
	}
	var j journal
	cfg.Handlers = []eventbus.Handler{j.handler()}
	consume(t, b, cfg)
	eventually(t, "all is handled", func() bool { return j.len() == keys })
}

func TestR4_DeadLettersOfExhaustedRetriesAreLimited(t *testing.T) {
	t.Parallel()
	const limit, bad, invalid = 10, 30, 20
	b := startCluster(t)
	b.Write(todosOf(t, bad)...)
	cfg := eventbus.ConsumerConfig{
		Breaker:        eventbus.BreakerPolicy{MinAttempts: eventbus.NoLimit},
		MaxDeadLetters: limit,
		Retry:          eventbus.RetryPolicy{MaxAttempts: 1},
		Handlers: []eventbus.Handler{
			eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return errors.New("no") }),
		},
	}
	r := consume(t, b, cfg)
	b.WaitDeadLetters("todos", group, limit)
	eventually(t, "the others wait", func() bool { s := r.Stats(); return s.DeadLettersDelayed == bad-limit && s.Waiting >= bad-limit-2 })
	// What cannot be read is not limited.
	for i := range invalid {
		b.Write(event.Record{Topic: "todos", Key: []byte(todoID(500 + i)), Value: []byte("{")})
	}
	eventually(t, "what cannot be read is dead at once", func() bool { return r.Stats().Dead[event.ReasonNotAnEvent] == invalid })
	if dead := r.Stats().Dead[event.ReasonRetriesExhausted]; dead < limit || dead > limit+10 {
		t.Errorf("%d exhausted ones are dead, want about %d", dead, limit)
	}
	began := time.Now()
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %s", took)
	}
	cfg.MaxDeadLetters = eventbus.NoLimit
	consume(t, b, cfg)
	b.WaitCommitted(group, "todos")
	seen := map[string]bool{}
	for _, rec := range b.WaitDeadLetters("todos", group, bad+invalid) {
		seen[string(rec.Key)] = true
	}
	if len(seen) != bad+invalid {
		t.Errorf("%d of %d keys are dead letters", len(seen), bad+invalid)
	}
}

// Handlers that never return, as many as there are places, once stopped all others.
func TestC14_HandlersThatDoNotReturnGiveTheirPlacesToOthers(t *testing.T) {
	t.Parallel()
	const places, good = 3, 30
	b := startCluster(t)
	b.Write(todosOf(t, places+good)...)
	release := make(chan struct{})
	var handled atomic.Int64
	r := consume(t, b, eventbus.ConsumerConfig{
		Concurrency: places, HandlerTimeout: 200 * time.Millisecond,
		Handlers: []eventbus.Handler{eventbus.Handle(func(_ context.Context, e *todov1.TodoCreated) error {
			if e.GetTodoId() < todoID(places) {
				<-release
				return nil
			}
			handled.Add(1)
			return nil
		})},
	})
	eventually(t, "the others are handled", func() bool { return handled.Load() == good })
	eventually(t, "all of them are stuck", func() bool { return r.Stats().Stuck == places })
	if h := r.Health(); h.Ready || !has(h, eventbus.HealthStuck) {
		t.Errorf("health %+v", h)
	}
	close(release)
	b.WaitCommitted(group, "todos")
}

// A probe whose end nobody tells, because the service's own code beside the handler panics,
// once left the breaker open for good.
func TestR4_AProbeThatEndsInAPanicBesideTheHandlerIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	const keys = 40
	b := startCluster(t)
	b.Write(todosOf(t, keys)...)
	var mode atomic.Int32 // 0: down; 1: the next call panics; 2: up
	var handled atomic.Int64
	r := consume(t, b, eventbus.ConsumerConfig{
		Breaker: eventbus.BreakerPolicy{ProbeDelay: 50 * time.Millisecond, MaxProbeDelay: 100 * time.Millisecond},
		Retry:   eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxAttempts: eventbus.NoLimit},
		Logger:  slog.New(panicking{slog.NewTextHandler(io.Discard, nil), "a handler panicked"}),
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
			switch {
			case mode.Load() == 0:
				return errors.New("connection refused")
			case mode.CompareAndSwap(1, 2):
				panic("the probe") // and so does the logger that is told of it
			}
			handled.Add(1)
			return nil
		})},
	})
	eventually(t, "all wait", func() bool { s := r.Stats(); return s.BreakersOpen == 1 && s.Waiting >= keys-1 })
	mode.Store(1)
	eventually(t, "the others are handled", func() bool { return handled.Load() == keys-1 })
	letter := b.WaitDeadLetters("todos", group, 1)[0]
	if reason, _ := letter.Header("dlq-reason"); reason != string(event.ReasonPanic) {
		t.Errorf("the reason is %q", reason)
	}
	b.WaitCommitted(group, "todos")
}
