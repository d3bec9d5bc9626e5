package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// rawConsume polls in a loop that does nothing.
func rawConsume(t measure.Task) (measure.Result, error) {
	client, err := kafka.NewConsumer(rawConsumerSettings(t.Addr, t.Group))
	if err != nil {
		return measure.Result{}, fmt.Errorf("start the raw consumer: %w", err)
	}
	if err := client.Subscribe(measure.Topic, nil); err != nil {
		return measure.Result{}, fmt.Errorf("raw subscribe: %w", err)
	}
	var count atomic.Int64
	var stop atomic.Bool
	failed := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n := int64(0)
		for !stop.Load() {
			switch ev := client.Poll(100).(type) {
			case *kafka.Message:
				n++
				if n%64 == 0 {
					count.Store(n)
				}
			case kafka.Error:
				failed <- ev
				return
			}
		}
	}()
	r, err := measure.Consume(t, func() int { return int(count.Load()) })
	stop.Store(true)
	<-ended
	select {
	case err = <-failed:
	default:
	}
	if closeErr := client.Close(); err == nil {
		err = closeErr
	}
	return r, err
}

func consumerConfig(t measure.Task) eventbus.ConsumerConfig {
	return eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Group: t.Group, Logger: slog.New(slog.DiscardHandler),
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return nil })},
	}
}

// ourConsume measures the bus with its codec and a handler that does nothing.
func ourConsume(t measure.Task) (measure.Result, error) {
	c, err := eventbus.NewConsumer(consumerConfig(t))
	if err != nil {
		return measure.Result{}, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	r, err := measure.Consume(t, func() int { return int(c.Stats().Handled) })
	stats := c.Stats()
	cancel()
	if runErr := <-ended; err == nil {
		err = runErr
	}
	if n := stats.Retries + stats.Skipped + uint64(len(stats.Dead)); err == nil && n > 0 {
		err = fmt.Errorf("%d records were not simply handled", n)
	}
	return r, err
}
