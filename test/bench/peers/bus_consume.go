package peers

import (
	"context"
	"fmt"
	"log/slog"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// ConsumerConfig is a consumer with a handler that does nothing.
func ConsumerConfig(t measure.Task) eventbus.ConsumerConfig {
	return eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Group: t.Group, Logger: slog.New(slog.DiscardHandler),
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return nil })},
	}
}

// busConsume measures the bus with its codec and a handler that does nothing.
func busConsume(t measure.Task) (measure.Result, error) {
	c, err := eventbus.NewConsumer(ConsumerConfig(t))
	if err != nil {
		return measure.Result{}, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	r, err := measure.Consume(t, func() int { return int(c.Stats().Handled) })
	cancel()
	if runErr := <-ended; err == nil {
		err = runErr
	}
	stats := c.Stats()
	r.Done = int(stats.Handled)
	if n := stats.Retries + stats.Skipped + uint64(len(stats.Dead)); err == nil && n > 0 {
		err = fmt.Errorf("%d records were not simply handled", n)
	}
	return r, err
}
