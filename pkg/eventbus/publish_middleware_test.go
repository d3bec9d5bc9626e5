package eventbus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// A producer had no place for telemetry: handlers had.
func TestPublishMiddlewareWrapsEveryCall(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var calls []string
	named := func(name string) eventbus.PublishMiddleware {
		return func(next eventbus.PublishFunc) eventbus.PublishFunc {
			return func(ctx context.Context, p eventbus.Publication) []eventbus.Result {
				results := next(event.ContextWithTrace(ctx, event.Trace{Parent: aTraceParent}), p)
				ok := 0
				for _, r := range results {
					if r.Err == nil {
						ok++
					}
				}
				mu.Lock()
				defer mu.Unlock()
				calls = append(calls, fmt.Sprintf("%s: %d outs, record %t, async %t, tombstone %t: %d of %d", name, len(p.Outs), p.Record != nil, p.Async, p.Tombstone, ok, len(results)))
				return results
			}
		}
	}
	b, p := producerLinked(t, func(cfg *eventbus.ProducerConfig) {
		cfg.Middleware = []eventbus.PublishMiddleware{named("outer"), named("inner")}
	})
	ctx := producerCtx(t, time.Minute)
	if r, err := p.Publish(ctx, producerTodo(1)); err != nil || r.Topic != "todos" {
		t.Errorf("Publish: %v, %v", r, err)
	}
	if results := p.PublishBatch(ctx, eventbus.Outs(producerTodo(2), &todov1.TodoCreated{}, producerTodo(3))...); len(results) != 3 || results[0].Err != nil || !errors.Is(results[1].Err, eventbus.ErrInvalid) {
		t.Errorf("PublishBatch: %v", results)
	}
	if r, err := p.PublishAsync(ctx, producerTodo(4)).Wait(ctx); err != nil || r.Topic != "todos" {
		t.Errorf("PublishAsync: %v, %v", r, err)
	}
	if _, err := p.PublishAsync(ctx, &todov1.TodoCreated{}).Wait(ctx); !errors.Is(err, eventbus.ErrInvalid) {
		t.Errorf("PublishAsync of what is not valid: %v", err)
	}
	rec, err := event.Encode(ctx, producerTodo(5))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.PublishRecord(ctx, rec); err != nil {
		t.Errorf("PublishRecord: %v", err)
	}
	if _, err := p.PublishTombstone(ctx, producerTodo(6)); err != nil {
		t.Errorf("PublishTombstone: %v", err)
	}
	var want []string
	for _, call := range []string{
		"1 outs, record false, async false, tombstone false: 1 of 1", "3 outs, record false, async false, tombstone false: 2 of 3",
		"1 outs, record false, async true, tombstone false: 1 of 1", "1 outs, record false, async true, tombstone false: 0 of 1",
		"0 outs, record true, async false, tombstone false: 1 of 1", "1 outs, record false, async false, tombstone true: 1 of 1",
	} {
		want = append(want, "inner: "+call, "outer: "+call)
	}
	if !slices.Equal(calls, want) {
		t.Errorf("calls:\n%q\nwant\n%q", calls, want)
	}
	traced := 0
	for _, r := range producerLog(t, b, "todos") {
		if slices.ContainsFunc(r.Headers, func(h kgo.RecordHeader) bool { return h.Key == "traceparent" && string(h.Value) == aTraceParent }) {
			traced++
		}
	}
	if traced != 5 {
		t.Errorf("%d records have the trace, want those of 4 messages and the tombstone", traced)
	}
}

// What a middleware may do wrong must not hang a caller, or tell that something was
// written.
func TestPublishMiddlewareThatDoesNotPassOn(t *testing.T) {
	t.Parallel()
	own := errors.New("over quota")
	for name, row := range map[string]struct {
		middleware eventbus.PublishMiddleware
		written    int
		want       error // of each call; nil: any
	}{
		"refuses": {func(eventbus.PublishFunc) eventbus.PublishFunc {
			return func(_ context.Context, p eventbus.Publication) []eventbus.Result {
				return slices.Repeat([]eventbus.Result{{Err: own}}, max(len(p.Outs), 1))
			}
		}, 0, own},
		"drops": {func(eventbus.PublishFunc) eventbus.PublishFunc {
			return func(context.Context, eventbus.Publication) []eventbus.Result { return nil }
		}, 0, nil},
		"twice": {func(next eventbus.PublishFunc) eventbus.PublishFunc {
			return func(ctx context.Context, p eventbus.Publication) []eventbus.Result {
				next(ctx, p)
				return slices.Repeat([]eventbus.Result{{Err: own}}, len(next(ctx, p)))
			}
		}, 4 + 1, own}, // PublishAsync once
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := producerLinked(t, func(cfg *eventbus.ProducerConfig) { cfg.Middleware = []eventbus.PublishMiddleware{row.middleware} })
			ctx := producerCtx(t, time.Minute)
			check := func(what string, err error) {
				if err == nil || row.want != nil && !errors.Is(err, row.want) {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err := p.Publish(ctx, producerTodo(1))
			check("Publish", err)
			results := p.PublishBatch(ctx, eventbus.Outs(producerTodo(2))...)
			check("PublishBatch", eventbus.FirstError(results))
			_, err = p.PublishAsync(ctx, producerTodo(3)).Wait(ctx)
			if row.written > 0 {
				if err != nil {
					t.Errorf("PublishAsync: %v", err) // it was enqueued
				}
			} else {
				check("PublishAsync", err)
			}
			if err := p.Flush(ctx); err != nil {
				t.Error(err)
			}
			if got := len(producerLog(t, b, "todos")); got != row.written {
				t.Errorf("%d records were written, want %d", got, row.written)
			}
		})
	}
}

func TestPublishMiddlewareMayNotBeNil(t *testing.T) {
	t.Parallel()
	_, err := eventbus.NewProducer(eventbus.ProducerConfig{Source: "x", Middleware: []eventbus.PublishMiddleware{nil}})
	if err == nil || !errors.Is(err, eventbus.ErrConfig) {
		t.Errorf("NewProducer: %v", err)
	}
}

// A producer's probe had to be made of its counters.
func TestProducerHealth(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	if h := p.Health(); !h.Live || !h.Ready || len(h.Reasons) > 0 {
		t.Errorf("at the start: %+v", h)
	}
	ctx := producerCtx(t, time.Minute)
	producerScript(b, answered(kerr.OutOfOrderSequenceNumber))
	if _, err := p.Publish(ctx, producerTodo(1)); err == nil {
		t.Fatal("the client has not failed")
	}
	if h := p.Health(); !h.Live || h.Ready || len(h.Reasons) != 1 || h.Reasons[0].Code != eventbus.HealthFatal {
		t.Errorf("after the client has failed: %+v", h)
	}
	if _, err := p.Publish(ctx, producerTodo(2)); err != nil {
		t.Fatal(err)
	}
	if h := p.Health(); !h.Ready {
		t.Errorf("after the next one has written: %+v", h)
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if h := p.Health(); !h.Live || h.Ready || len(h.Reasons) != 1 || h.Reasons[0].Code != eventbus.HealthNotRunning {
		t.Errorf("after Close: %+v", h)
	}
}
