package peers

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// publisher is our producer and what it is given to publish.
type publisher struct {
	producer *eventbus.Producer
	series   measure.Series
	events   []*todov1.TodoCreated
}

// Caller publishes by the series' call.
func (p *publisher) Caller() func(ctx context.Context, n int) error {
	event := func(n int) proto.Message { return p.events[n%len(p.events)] }
	outs := make([]eventbus.Out, p.series.Batch)
	return func(ctx context.Context, n int) error {
		switch p.series.Call {
		case measure.CallBatch:
			for i := range outs {
				outs[i].Message = event(n + i)
			}
			return eventbus.FirstError(p.producer.PublishBatch(ctx, outs...))
		case measure.CallAsync:
			p.producer.PublishAsync(ctx, event(n)) // Settle tells failures
			return nil
		case measure.CallPublish:
			_, err := p.producer.Publish(ctx, event(n))
			return err
		}
		return fmt.Errorf("there is no call %q", p.series.Call)
	}
}

// Settle waits for the outcomes.
func (p *publisher) Settle(ctx context.Context) error {
	if err := p.producer.Flush(ctx); err != nil {
		return err
	}
	if s := p.producer.Stats(); s.Failed > 0 {
		return fmt.Errorf("%d events failed", s.Failed)
	}
	return nil
}

// busPublish measures the bus with its codec.
func busPublish(t measure.Task) (r measure.Result, err error) {
	producer, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Source: source, Linger: time.Duration(t.Series.LingerMs) * time.Millisecond,
		Events: []proto.Message{(*todov1.TodoCreated)(nil)},
	})
	if err != nil {
		return r, err
	}
	defer func() {
		if closeErr := producer.Close(context.Background()); err == nil {
			err = closeErr
		}
	}()
	p := &publisher{producer: producer, series: t.Series}
	p.events = someTodos()
	return measure.Publish(t, p)
}
