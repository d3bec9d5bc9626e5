package peers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/client"
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	googleuuid "github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// cloudEvents is the CloudEvents SDK in structured mode, with protojson as data and without
// validation, on its binding for sarama. Its sender waits for each event.
var cloudEvents = Peer{
	Name:    "CloudEvents SDK, structured, kafka_sarama",
	Source:  "https://cloudevents.github.io/sdk-go/ and its samples/kafka: NewSender, NewConsumer, WithMessageKey, one poll goroutine for each partition whose callback blocks",
	Format:  cloudEventsFormat.Name,
	Publish: cloudEventsPublish,
	Callers: syncCallers, Beat: 3, Publishes: 40_000, Consumes: 40_000,
	Consume: cloudEventsConsume,
}

var cloudEventsFormat = Format{
	Name:    "cloudevents",
	Headers: []kafka.Header{{Key: "content-type", Value: []byte(cloudevents.ApplicationCloudEventsJSON)}},
	Encode: func(n int) ([]byte, error) {
		e, err := cloudEvent(NewTodo(n))
		if err != nil {
			return nil, err
		}
		return e.MarshalJSON()
	},
}

func cloudEvent(msg *todov1.TodoCreated) (cloudevents.Event, error) {
	e := cloudevents.NewEvent()
	id, err := googleuuid.NewV7()
	if err != nil {
		return e, fmt.Errorf("make an id: %w", err)
	}
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(msg)
	if err != nil {
		return e, fmt.Errorf("write the payload: %w", err)
	}
	e.SetID(id.String())
	e.SetType("TodoCreated")
	e.SetSource(source)
	e.SetTime(msg.GetDueDate().AsTime())
	return e, e.SetData(cloudevents.ApplicationJSON, data)
}

// cloudEventsSender publishes through the SDK's client.
type cloudEventsSender struct {
	client cloudevents.Client
	events []*todov1.TodoCreated
}

// Caller waits for each event.
func (s *cloudEventsSender) Caller() func(ctx context.Context, n int) error {
	return func(ctx context.Context, n int) error {
		msg := s.events[n%len(s.events)]
		e, err := cloudEvent(msg)
		if err != nil {
			return err
		}
		ctx = kafka_sarama.WithMessageKey(binding.WithForceStructured(ctx), sarama.StringEncoder(msg.GetTodoId()))
		if result := s.client.Send(ctx, e); cloudevents.IsUndelivered(result) {
			return result
		}
		return nil
	}
}

// Settle has nothing to wait for.
func (s *cloudEventsSender) Settle(context.Context) error { return nil }

func cloudEventsPublish(t measure.Task) (r measure.Result, err error) {
	sender, err := kafka_sarama.NewSender([]string{t.Addr}, saramaSettings(t), t.Topic)
	if err != nil {
		return r, fmt.Errorf("start the CloudEvents sender: %w", err)
	}
	defer func() { err = errors.Join(err, sender.Close(context.Background())) }()
	c, err := cloudevents.NewClient(sender)
	if err != nil {
		return r, fmt.Errorf("make the CloudEvents client: %w", err)
	}
	return measure.Publish(t, &cloudEventsSender{client: c, events: someTodos()})
}

func cloudEventsConsume(t measure.Task) (measure.Result, error) {
	return consuming(t, func(ctx context.Context, handled *atomic.Int64) error {
		consumer, err := kafka_sarama.NewConsumer([]string{t.Addr}, saramaSettings(t), t.Group, t.Topic)
		if err != nil {
			return fmt.Errorf("start the CloudEvents consumer: %w", err)
		}
		receiver, err := cloudevents.NewClient(consumer, client.WithPollGoroutines(measure.Partitions), client.WithBlockingCallback())
		if err != nil {
			return fmt.Errorf("make the CloudEvents client: %w", err)
		}
		var failed atomic.Pointer[error]
		err = receiver.StartReceiver(ctx, func(e cloudevents.Event) error {
			if err := protojson.Unmarshal(e.Data(), new(todov1.TodoCreated)); err != nil {
				failed.Store(&err)
				return err
			}
			handled.Add(1)
			return nil
		})
		if f := failed.Load(); f != nil {
			err = errors.Join(err, *f)
		}
		return errors.Join(err, consumer.Close(context.WithoutCancel(ctx)))
	})
}
