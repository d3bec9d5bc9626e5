package eventbustest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// publisher is what a service takes in the place of a producer: all that one has.
type publisher interface {
	Publish(ctx context.Context, msg proto.Message, opts ...event.Option) (eventbus.Receipt, error)
	PublishAsync(ctx context.Context, msg proto.Message, opts ...event.Option) *eventbus.Pending
	PublishBatch(ctx context.Context, outs ...eventbus.Out) []eventbus.Result
	PublishRecord(ctx context.Context, rec event.Record) (eventbus.Receipt, error)
	PublishTombstone(ctx context.Context, msg proto.Message) (eventbus.Receipt, error)
	Flush(ctx context.Context) error
	Close(ctx context.Context) error
	Health() eventbus.Health
}

var _, _ publisher = (*eventbus.Producer)(nil), (*eventbustest.Producer)(nil)

// A unit test of what publishes needed a broker.
func TestTheFakeProducerKeepsWhatIsPublished(t *testing.T) {
	t.Parallel()
	var p eventbustest.Producer
	ctx := event.WithCorrelationID(t.Context(), id)
	r, err := p.Publish(ctx, todo(), event.WithHeader("tenant", "a"))
	if err != nil || r.Topic != "todos" || r.Offset != 0 || r.EventID == "" || r.Timestamp.IsZero() {
		t.Errorf("Publish: %+v, %v", r, err)
	}
	if r, err := p.PublishAsync(ctx, todo()).Wait(ctx); err != nil || r.Offset != 1 {
		t.Errorf("PublishAsync: %+v, %v", r, err)
	}
	results := p.PublishBatch(ctx, eventbus.Outs(todo(), &todov1.TodoCreated{})...)
	if results[0].Err != nil || !errors.Is(results[1].Err, eventbus.ErrInvalid) {
		t.Errorf("PublishBatch: %v", results)
	}
	var failed *eventbus.PublishError
	if !errors.As(results[1].Err, &failed) || failed.Type != "TodoCreated" || failed.Topic != "todos" || failed.Error() == "" {
		t.Errorf("an event that is not valid: %+v", failed)
	}
	rec, err := event.Encode(ctx, todo())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.PublishRecord(ctx, rec); err != nil {
		t.Errorf("PublishRecord: %v", err)
	}
	if _, err := p.PublishRecord(ctx, event.Record{Topic: "todos", Value: []byte("x")}); !errors.Is(err, eventbus.ErrInvalid) {
		t.Errorf("a record that is no event: %v", err)
	}
	if _, err := p.PublishTombstone(ctx, todo()); err != nil {
		t.Errorf("PublishTombstone: %v", err)
	}
	for _, msg := range []proto.Message{&todov1.TodoCreated{}, (*todov1.TodoCreated)(nil), nil} {
		if _, err := p.PublishTombstone(ctx, msg); !errors.Is(err, eventbus.ErrInvalid) {
			t.Errorf("a tombstone without a key: %v", err)
		}
	}
	kept := p.Published()
	if len(kept) != 5 {
		t.Fatalf("%d events are kept, want 5", len(kept))
	}
	first := kept[0]
	if first.Metadata.CorrelationID != id || first.Metadata.Source != "test" || string(first.Record.Key) != id || first.Record.Headers[0].Key != "tenant" {
		t.Errorf("the first: %+v", first)
	}
	want := todo()
	want.Priority = proto.String("medium") // the default, as readers see it
	if diff := cmp.Diff([]*todov1.TodoCreated{want, want, want, want}, eventbustest.PublishedOf[*todov1.TodoCreated](&p), protocmp.Transform()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if last := kept[4]; last.Message != nil || last.Record.Value != nil || string(last.Record.Key) != id {
		t.Errorf("the tombstone: %+v", last)
	}
}

func TestTheFakeProducerFailsAsItIsTold(t *testing.T) {
	t.Parallel()
	var told []eventbustest.Published
	p := eventbustest.Producer{Source: "todo-api", Fail: func(one eventbustest.Published) error {
		told = append(told, one)
		return eventbus.ErrIndeterminate
	}}
	_, err := p.Publish(t.Context(), todo())
	var failed *eventbus.PublishError
	if !errors.Is(err, eventbus.ErrIndeterminate) || errors.Is(err, eventbus.ErrInvalid) || !errors.As(err, &failed) || failed.EventID == "" || !errors.Is(failed.Outcome, eventbus.ErrIndeterminate) {
		t.Errorf("Publish: %v", err)
	}
	if len(told) != 1 || told[0].Metadata.Source != "todo-api" || len(p.Published()) != 0 {
		t.Errorf("told %v, kept %v", told, p.Published())
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Publish(over, todo()); !errors.Is(err, eventbus.ErrBackpressure) {
		t.Errorf("a context that has ended: %v", err)
	}
}

// A handler's second attempt, its headers, a redriven event: none could be had without
// a broker.
func TestDeliverTakesADeliveryFromItsContext(t *testing.T) {
	t.Parallel()
	var got eventbus.Delivery
	cfg := eventbus.ConsumerConfig{Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
		got, _ = eventbus.DeliveryFrom(ctx)
		return nil
	})}}
	given := []event.Header{{Key: "tenant", Value: []byte("a")}}
	ctx := eventbus.ContextWithDelivery(t.Context(), eventbus.Delivery{Topic: "todos.mailer.redrive", Attempt: 3, Redriven: true, Offset: 9, Headers: given})
	if err := eventbustest.Deliver(ctx, cfg, todo(), event.WithHeader("own", "b")); err != nil {
		t.Fatal(err)
	}
	want := eventbus.Delivery{Topic: "todos.mailer.redrive", Offset: 9, Key: id, Attempt: 3, Redriven: true, Headers: append(given, event.Header{Key: "own", Value: []byte("b")})}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delivery (-want +got):\n%s", diff)
	}
}
