package integration_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func TestMiddleware_TheFirstIsOutermost(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "x")
	var mu sync.Mutex
	var order []string
	say := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, what)
	}
	named := func(name string) eventbus.Middleware {
		return func(next eventbus.HandlerFunc) eventbus.HandlerFunc {
			return func(ctx context.Context, msg proto.Message) error {
				say(name + " begins")
				defer say(name + " ends")
				return next(ctx, msg)
			}
		}
	}
	consume(t, b, eventbus.ConsumerConfig{
		Middleware: []eventbus.Middleware{named("first"), named("second")},
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error {
			say("handler")
			return nil
		})},
	})
	b.WaitCommitted(group, "todos")
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"first begins", "second begins", "handler", "second ends", "first ends"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
}

// A service may run its consumer in a context that has a correlation id, such as that
// of its start. What handlers publish belongs to the event that they handle.
func TestC21_TheCorrelationIDOfRunsContextIsNotTheEvents(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	rec := encode(t, created(1, "x"), event.WithCorrelation(todoID(77)))
	b.Write(rec)
	got := make(chan string, 1)
	c, err := eventbus.NewConsumer(quiet(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			_, md, err := event.Linked().EncodeMetadata(ctx, created(2, "follows"))
			got <- md.CorrelationID
			return err
		}),
	}}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(event.WithCorrelationID(context.Background(), todoID(66)))
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	if id := <-got; id != todoID(77) {
		t.Errorf("correlation id %s, want that of the handled event, %s", id, todoID(77))
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
