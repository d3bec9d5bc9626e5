package eventbus_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// attemptContext is the context of an attempt, after it or, with look, seen by
// several goroutines of the handler first.
func attemptContext(t *testing.T, look bool) context.Context {
	t.Helper()
	var kept context.Context
	cfg := eventbus.ConsumerConfig{Group: "g", HandlerTimeout: time.Hour, Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			kept = ctx
			if !look {
				return nil
			}
			var seen sync.WaitGroup
			for range 8 {
				seen.Go(func() {
					if err := ctx.Err(); err != nil {
						t.Errorf("during the attempt: %v", err)
					}
				})
			}
			seen.Wait()
			return nil
		}),
	}}
	msg := &todov1.TodoCreated{TodoId: "a5c0a3f0-5a43-4a5e-9d63-3f3f1d0c9c01", UserId: "a5c0a3f0-5a43-4a5e-9d63-3f3f1d0c9c02", Title: "x"}
	if err := eventbustest.Deliver(t.Context(), cfg, msg); err != nil {
		t.Fatal(err)
	}
	return kept
}

// The context of an attempt ends with it, whether or not anybody had asked for
// its end before.
func TestAttemptContextEndsWithTheAttempt(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]bool{"asked only later": false, "asked during the attempt": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := attemptContext(t, look)
			select {
			case <-ctx.Done():
			default:
				t.Error("Done is open after the attempt")
			}
			if err := ctx.Err(); !errors.Is(err, context.Canceled) {
				t.Errorf("Err is %v after the attempt, want context.Canceled", err)
			}
			if md, ok := event.MetadataFrom(ctx); !ok || md.Type != "TodoCreated" {
				t.Errorf("the metadata is %v, %t", md, ok)
			}
			if d, ok := ctx.Deadline(); !ok || time.Until(d) < 50*time.Minute {
				t.Errorf("the deadline is %v, %t", d, ok)
			}
		})
	}
}
