package eventbustest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

const id = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"

func todo() *todov1.TodoCreated {
	return &todov1.TodoCreated{TodoId: id, UserId: id, Title: "Buy milk"}
}

func TestDeliverGivesTheHandlerWhatAConsumerDoes(t *testing.T) {
	t.Parallel()
	var got *todov2.TodoCreated
	var calls []string
	cfg := eventbus.ConsumerConfig{
		Middleware: []eventbus.Middleware{func(next eventbus.HandlerFunc) eventbus.HandlerFunc {
			return func(ctx context.Context, msg proto.Message) error {
				calls = append(calls, "middleware")
				return next(ctx, msg)
			}
		}},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov2.TodoCreated) error {
			calls = append(calls, "handler")
			got = e
			md, ok := event.MetadataFrom(ctx)
			d, _ := eventbus.DeliveryFrom(ctx)
			if !ok || md.CorrelationID != id || d.Topic != "todos" || d.Attempt != 1 {
				t.Errorf("metadata %+v, delivery %+v", md, d)
			}
			return nil
		})},
	}
	// Written as 1.0, handled as 2.0.
	if err := eventbustest.Deliver(t.Context(), cfg, todo(), event.WithCorrelation(id)); err != nil {
		t.Fatal(err)
	}
	if got.GetTitle() != "Buy milk" || got.GetPriority() != "medium" {
		t.Errorf("the handler got %v", got)
	}
	if s := strings.Join(calls, " "); s != "middleware handler" {
		t.Errorf("calls: %s", s)
	}
}

func TestDeliverReturnsTheFailingStep(t *testing.T) {
	t.Parallel()
	refuses := errors.New("refused")
	handler := func(f func() error) eventbus.ConsumerConfig {
		return eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
			eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return f() }),
		}}
	}
	rows := []struct {
		name string
		cfg  eventbus.ConsumerConfig
		msg  proto.Message
		want func(error) bool
	}{
		{"handler's error", handler(func() error { return eventbus.Permanent(refuses) }), todo(), func(err error) bool { return errors.Is(err, refuses) }},
		{"panic", handler(func() error { panic("x") }), todo(), func(err error) bool { return err != nil }},
		{"invalid message", handler(nil), &todov1.TodoCreated{TodoId: id, UserId: id}, func(err error) bool { return errors.Is(err, event.ErrInvalid) }},
		{"no handler", handler(nil), &todov1.TodoDeleted{TodoId: id, UserId: id, DeletedAt: timestamppb.Now()}, func(err error) bool { return event.ReasonOf(err) == event.ReasonUnknownType }},
		{"no handlers at all", eventbus.ConsumerConfig{}, todo(), func(err error) bool { return errors.Is(err, eventbus.ErrConfig) }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if err := eventbustest.Deliver(t.Context(), row.cfg, row.msg); !row.want(err) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A program without a Go type of the event gets it as its registry has it.
func TestDeliverToAHandlerOfMessages(t *testing.T) {
	t.Parallel()
	changed, err := descriptor.Variant(protoregistry.GlobalFiles, func(*eventcontractsv1.TopicOptions) {}, func(protoreflect.FullName, *eventcontractsv1.EventOptions) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	r, err := event.NewRegistry(changed) // its descriptors are not those that are linked
	if err != nil {
		t.Fatal(err)
	}
	d, err := changed.FindDescriptorByName("events.todo.v1.TodoDeleted")
	if err != nil {
		t.Fatal(err)
	}
	msg := dynamicpb.NewMessage(d.(protoreflect.MessageDescriptor))
	if err := protojson.Unmarshal([]byte(`{"todo_id": "`+id+`", "user_id": "`+id+`", "deleted_at": "2026-01-02T15:04:05Z"}`), msg); err != nil {
		t.Fatal(err)
	}
	var got proto.Message
	cfg := eventbus.ConsumerConfig{Registry: r, Handlers: []eventbus.Handler{
		eventbus.HandleMessage(msg, func(_ context.Context, m proto.Message) error { got = m; return nil }),
	}}
	if err := eventbustest.Deliver(t.Context(), cfg, msg); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(msg, got) {
		t.Errorf("the handler got %v, want %v", got, msg)
	}
	// Its tombstones had no handler: HandleTombstone takes the contract from a Go type.
	var keys []string
	cfg.Handlers = append(cfg.Handlers, eventbus.HandleTombstoneMessage(msg, func(_ context.Context, key string) error {
		keys = append(keys, key)
		return nil
	}))
	if err := eventbus.Deliver(t.Context(), cfg, event.Record{Topic: "todos", Key: []byte(id)}); err != nil || len(keys) != 1 || keys[0] != id {
		t.Errorf("a tombstone: %v, keys %q", err, keys)
	}
	cfg.Handlers[0] = eventbus.HandleMessage(msg, nil)
	if err := eventbustest.Deliver(t.Context(), cfg, msg); !errors.Is(err, eventbus.ErrConfig) {
		t.Errorf("a handler without a function: %v", err)
	}
}

func TestWithConsumerNarrowsTheTopics(t *testing.T) {
	t.Parallel()
	cfg := eventbus.ConsumerConfig{Group: "mailer", Handlers: []eventbus.Handler{
		eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return nil }),
	}}
	b := eventbustest.NewBroker(t, eventbustest.WithConsumer(cfg))
	cfg.Connection.Brokers = b.Brokers()
	if _, err := eventbus.NewConsumer(cfg); err != nil {
		t.Errorf("a consumer does not start on the topics that it needs: %v", err)
	}
	required, err := eventbus.RequiredTopics(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, topic := range required {
		names = append(names, topic.Name)
		if got := len(b.EndOffsets(topic.Name)); got != topic.Partitions {
			t.Errorf("%s has %d partitions, want %d", topic.Name, got, topic.Partitions)
		}
	}
	if got := strings.Join(names, " "); got != "todos todos.mailer.dlq todos.mailer.redrive" {
		t.Errorf("required topics: %s", got)
	}
	// Nothing else is there.
	other := eventbus.ConsumerConfig{Connection: kafkaconn.Connection{Brokers: b.Brokers()}, Group: "other", Handlers: cfg.Handlers}
	if _, err := eventbus.NewConsumer(other); !errors.Is(err, eventbus.ErrConfig) || !strings.Contains(err.Error(), "eventctl topics apply") {
		t.Errorf("another group starts, or its error does not say what to do: %v", err)
	}
}
