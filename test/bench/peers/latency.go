package peers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// Latency measures the time from the call that publishes to the handler, with producer and
// consumer in this process: the raw client's, or the bus's.
func Latency(t measure.Task) (measure.Percentiles, error) {
	flight := measure.NewFlight(1 + t.Warm + t.Records)
	if t.Series.Raw {
		return rawLatency(t, flight)
	}
	return busLatency(t, flight)
}

func rawLatency(t measure.Task, flight *measure.Flight) (measure.Percentiles, error) {
	client, err := kafka.NewConsumer(rawConsumerSettings(t.Addr, t.Group))
	if err != nil {
		return measure.Percentiles{}, fmt.Errorf("start the raw consumer: %w", err)
	}
	if err := client.Subscribe(t.Topic, nil); err != nil {
		return measure.Percentiles{}, fmt.Errorf("raw subscribe: %w", err)
	}
	var stop atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for !stop.Load() {
			if m, ok := client.Poll(100).(*kafka.Message); ok {
				flight.Arrived(measure.Number(m.Key))
			}
		}
	}()
	p, err := rawPaced(t, flight)
	stop.Store(true)
	<-ended
	return p, errors.Join(err, closeRaw(client))
}

func rawPaced(t measure.Task, flight *measure.Flight) (measure.Percentiles, error) {
	c, err := measure.OpenCorpus(t.Corpus)
	if err != nil {
		return measure.Percentiles{}, err
	}
	s, err := newRawSender(t, func(n int) (key, value []byte, err error) {
		_, value = c.Record(n)
		return []byte(measure.Key(n)), value, nil
	})
	if err != nil {
		return measure.Percentiles{}, err
	}
	defer s.close()
	p, err := measure.Latency(t, flight, func(int) error { return s.enqueue() })
	return p, errors.Join(err, s.settle())
}

func busLatency(t measure.Task, flight *measure.Flight) (p measure.Percentiles, err error) {
	cfg := ConsumerConfig(t)
	cfg.Handlers = []eventbus.Handler{eventbus.Handle(func(_ context.Context, msg *todov1.TodoCreated) error {
		flight.Arrived(measure.Number([]byte(msg.GetTodoId())))
		return nil
	})}
	consumer, err := eventbus.NewConsumer(cfg)
	if err != nil {
		return p, err
	}
	producer, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Source: source, Linger: time.Duration(t.Series.LingerMs) * time.Millisecond,
		Events: []proto.Message{(*todov1.TodoCreated)(nil)},
	})
	if err != nil {
		return p, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- consumer.Run(ctx) }()
	events := someTodos()
	p, err = measure.Latency(t, flight, func(n int) error {
		like := events[n%len(events)]
		producer.PublishAsync(ctx, &todov1.TodoCreated{
			TodoId: measure.Key(n), UserId: like.UserId, Title: like.Title, Description: like.Description, Priority: like.Priority, DueDate: like.DueDate,
		}, event.WithSource(source))
		return nil
	})
	err = errors.Join(err, producer.Close(context.Background()))
	cancel()
	return p, errors.Join(err, <-ended)
}
