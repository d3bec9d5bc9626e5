package peers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill"
	watermillkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/components/cqrs"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// watermillCQRS is watermill's event bus and event processor, with its own marshaler for
// protobuf: binary, and not validated. Its publisher waits for each event.
var watermillCQRS = Peer{
	Name:    "watermill-kafka, CQRS",
	Source:  "https://watermill.io/docs/cqrs/ and https://watermill.io/pubsubs/kafka/: EventBus, EventProcessor, ProtoMarshaler, NewWithPartitioningMarshaler, sarama's Config",
	Format:  watermillFormat.Name,
	Publish: watermillPublish,
	Callers: syncCallers, Beat: 3, Publishes: 60_000, Consumes: 60_000,
	Consume: watermillConsume,
}

var watermillMarshaler = cqrs.ProtoMarshaler{GenerateName: cqrs.StructName}

var watermillFormat = Format{
	Name: "watermill",
	Headers: []kafka.Header{
		{Key: watermillkafka.UUIDHeaderKey, Value: []byte("4f0f6d1c-9d5c-4f5e-8d2f-0a7f0f6f3b11")},
		{Key: "name", Value: []byte(watermillMarshaler.Name(&todov1.TodoCreated{}))},
	},
	Encode: func(n int) ([]byte, error) { return proto.Marshal(NewTodo(n)) },
}

// watermillSender publishes through the event bus.
type watermillSender struct {
	bus    *cqrs.EventBus
	events []*todov1.TodoCreated
}

// Caller waits for each event.
func (s *watermillSender) Caller() func(ctx context.Context, n int) error {
	return func(ctx context.Context, n int) error {
		return s.bus.Publish(ctx, s.events[n%len(s.events)])
	}
}

// Settle has nothing to wait for.
func (s *watermillSender) Settle(context.Context) error { return nil }

func watermillPublish(t measure.Task) (r measure.Result, err error) {
	publisher, err := watermillkafka.NewPublisher(watermillkafka.PublisherConfig{
		Brokers:               []string{t.Addr},
		Marshaler:             watermillkafka.NewWithPartitioningMarshaler(func(_ string, m *message.Message) (string, error) { return m.Metadata.Get("key"), nil }),
		OverwriteSaramaConfig: saramaSettings(t),
	}, watermill.NopLogger{})
	if err != nil {
		return r, fmt.Errorf("start watermill's publisher: %w", err)
	}
	defer func() { err = errors.Join(err, publisher.Close()) }()
	eventBus, err := cqrs.NewEventBusWithConfig(publisher, cqrs.EventBusConfig{
		GeneratePublishTopic: func(cqrs.GenerateEventPublishTopicParams) (string, error) { return t.Topic, nil },
		OnPublish: func(p cqrs.OnEventSendParams) error {
			p.Message.Metadata.Set("key", p.Event.(*todov1.TodoCreated).GetTodoId())
			return nil
		},
		Marshaler: watermillMarshaler,
	})
	if err != nil {
		return r, fmt.Errorf("make watermill's event bus: %w", err)
	}
	return measure.Publish(t, &watermillSender{bus: eventBus, events: someTodos()})
}

func watermillConsume(t measure.Task) (measure.Result, error) {
	return consuming(t, func(ctx context.Context, handled *atomic.Int64) error {
		router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
		if err != nil {
			return fmt.Errorf("make watermill's router: %w", err)
		}
		processor, err := cqrs.NewEventProcessorWithConfig(router, cqrs.EventProcessorConfig{
			GenerateSubscribeTopic: func(cqrs.EventProcessorGenerateSubscribeTopicParams) (string, error) { return t.Topic, nil },
			SubscriberConstructor: func(cqrs.EventProcessorSubscriberConstructorParams) (message.Subscriber, error) {
				return watermillkafka.NewSubscriber(watermillkafka.SubscriberConfig{
					Brokers: []string{t.Addr}, ConsumerGroup: t.Group,
					Unmarshaler: watermillkafka.DefaultMarshaler{}, OverwriteSaramaConfig: saramaSettings(t),
				}, watermill.NopLogger{})
			},
			Marshaler: watermillMarshaler,
		})
		if err != nil {
			return fmt.Errorf("make watermill's event processor: %w", err)
		}
		if err := processor.AddHandlers(cqrs.NewEventHandler("todo", func(context.Context, *todov1.TodoCreated) error {
			handled.Add(1)
			return nil
		})); err != nil {
			return fmt.Errorf("add a handler to watermill: %w", err)
		}
		return router.Run(ctx)
	})
}
