package integration_test

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// handleV2 is a consumer whose handler is one major ahead of what is written, so that
// every record goes through convert.
func handleV2(convert func(*todov1.TodoCreated) (*todov2.TodoCreated, error), handle func(context.Context, *todov2.TodoCreated) error) eventbus.ConsumerConfig {
	return eventbus.ConsumerConfig{
		Conversions: event.Conversions{event.Convert(convert)},
		Handlers:    []eventbus.Handler{eventbus.Handle(handle)},
	}
}

// converted is what a sound conversion does.
func converted(e *todov1.TodoCreated) *todov2.TodoCreated {
	return &todov2.TodoCreated{TodoId: e.GetTodoId(), UserId: e.GetUserId(), Title: e.GetTitle()}
}

// A conversion that ended its goroutine was called again at once, 29,000 times a
// second, for ever.
func TestC13_AConversionThatEndsItsGoroutineIsADeadLetter(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "ends", "goes on")
	var calls atomic.Int64
	var j journal
	cfg := handleV2(func(e *todov1.TodoCreated) (*todov2.TodoCreated, error) {
		if e.GetTitle() == "ends" {
			calls.Add(1)
			runtime.Goexit()
		}
		return converted(e), nil
	}, func(ctx context.Context, e *todov2.TodoCreated) error {
		j.add(ctx, &todov1.TodoCreated{TodoId: e.GetTodoId(), Title: e.GetTitle()})
		return nil
	})
	cfg.Concurrency = 1
	r := consume(t, b, cfg)
	letter := b.WaitDeadLetters("todos", group, 1)[0]
	if reason, _ := letter.Header("dlq-reason"); reason != string(event.ReasonConversionFailed) {
		t.Errorf("the reason is %q", reason)
	}
	eventually(t, "the next record of the key", func() bool { return j.len() == 1 })
	b.WaitCommitted(group, "todos")
	if n := calls.Load(); n > 2 { // once, and once to redact
		t.Errorf("the conversion was called %d times", n)
	}
	if s := r.Stats(); s.Panics == 0 || s.Dead[event.ReasonConversionFailed] != 1 {
		t.Errorf("%d panics, dead letters %v", s.Panics, s.Dead)
	}
}

// panicking is a log handler of the service's own that panics at one message.
type panicking struct {
	slog.Handler

	at string
}

func (h panicking) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == h.at {
		panic("the log is full")
	}
	return h.Handler.Handle(ctx, r)
}

// A logger that panics while a record is looked at would end the process.
func TestC13_ALoggerThatPanicsIsADeadLetter(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "skipped")
	consume(t, b, eventbus.ConsumerConfig{
		Logger: slog.New(panicking{slog.NewTextHandler(io.Discard, nil), "a handler skips an event"}),
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
			return eventbus.Skip("of no interest")
		})},
	})
	letter := b.WaitDeadLetters("todos", group, 1)[0]
	if reason, _ := letter.Header("dlq-reason"); reason != string(event.ReasonPanic) {
		t.Errorf("the reason is %q", reason)
	}
	b.WaitCommitted(group, "todos")
}

// What reads a record may take as long as a handler: it was neither stuck nor late.
func TestC25_ReadingThatDoesNotEndIsStuck(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "slow")
	gate := make(chan struct{})
	cfg := handleV2(func(e *todov1.TodoCreated) (*todov2.TodoCreated, error) {
		<-gate
		return converted(e), nil
	}, func(context.Context, *todov2.TodoCreated) error { return nil })
	cfg.HandlerTimeout, cfg.StuckLimit = 50*time.Millisecond, time.Hour
	r := consume(t, b, cfg)
	eventually(t, "stuck", func() bool {
		for _, reason := range r.Health().Reasons {
			if reason.Code == eventbus.HealthStuck && reason.Topic == "todos" && reason.Offset == 0 {
				return true
			}
		}
		return false
	})
	if h := r.Health(); h.Ready || !h.Live {
		t.Errorf("ready %v, live %v", h.Ready, h.Live)
	}
	close(gate)
	eventually(t, "handled", func() bool { return r.Stats().Handled == 1 })
}
