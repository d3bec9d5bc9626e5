package main

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/seam"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// numbered is a message that knows its place in the corpus.
type numbered struct {
	*todov1.TodoCreated
	n int
}

// copyEncoder is the codec of the bus alone: a copy of bytes.
func copyEncoder(c corpus) seam.Encoder {
	return func(_ context.Context, msg proto.Message) (event.Record, string, error) {
		key, value := c.record(msg.(*numbered).n)
		buf := make([]byte, len(key)+len(value))
		copy(buf, key)
		copy(buf[len(key):], value)
		return event.Record{Topic: topicName, Key: buf[:len(key):len(key)], Value: buf[len(key):]},
			unsafe.String(unsafe.SliceData(key), len(key)), nil
	}
}

// publisher is our producer and what it is given to publish.
type publisher struct {
	producer *eventbus.Producer
	series   series
	events   []*todov1.TodoCreated // few, so that they are no headroom
}

const distinctEvents = 1000

func newPublisher(t task) (*publisher, error) {
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Source: source, Linger: time.Duration(t.Series.LingerMs) * time.Millisecond,
		Events: []proto.Message{(*todov1.TodoCreated)(nil)},
	})
	if err != nil {
		return nil, err
	}
	out := &publisher{producer: p, series: t.Series}
	if t.Series.BusAlone {
		c, err := openCorpus(t.Corpus)
		if err != nil {
			return nil, err
		}
		seam.ReplaceEncoder(p, copyEncoder(c))
		return out, nil
	}
	for n := range distinctEvents {
		out.events = append(out.events, newTodo(n))
	}
	return out, nil
}

// messages fills outs with the events from the n-th on.
func (p *publisher) messages(outs []eventbus.Out, n int) {
	for i := range outs {
		if !p.series.BusAlone {
			outs[i].Message = p.events[(n+i)%len(p.events)]
			continue
		}
		if outs[i].Message == nil {
			outs[i].Message = &numbered{}
		}
		outs[i].Message.(*numbered).n = n + i
	}
}

// publish publishes about n events from the series' number of callers, and
// returns how many when all are acknowledged.
func (p *publisher) publish(n int) (int, error) {
	ctx := context.Background()
	share := max(n/(p.series.Callers*p.series.Batch), 1)
	errs := make([]error, p.series.Callers)
	var callers sync.WaitGroup
	for i := range errs {
		callers.Go(func() { errs[i] = p.caller(ctx, i*share*p.series.Batch, share) })
	}
	callers.Wait()
	if err := p.producer.Flush(ctx); err != nil {
		return 0, err
	}
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	if s := p.producer.Stats(); s.Failed > 0 {
		return 0, fmt.Errorf("%d events failed", s.Failed)
	}
	return share * p.series.Batch * p.series.Callers, nil
}

// caller makes calls calls, from the n-th event on.
func (p *publisher) caller(ctx context.Context, n, calls int) error {
	outs := make([]eventbus.Out, p.series.Batch)
	for range calls {
		p.messages(outs, n)
		n += len(outs)
		switch p.series.Call {
		case callBatch:
			if err := eventbus.FirstError(p.producer.PublishBatch(ctx, outs...)); err != nil {
				return err
			}
		case callAsync:
			p.producer.PublishAsync(ctx, outs[0].Message)
		case callPublish:
			if _, err := p.producer.Publish(ctx, outs[0].Message); err != nil {
				return err
			}
		}
	}
	return nil
}

func ourPublish(t task) (r result, err error) {
	p, err := newPublisher(t)
	if err != nil {
		return result{}, err
	}
	defer func() {
		if closeErr := p.producer.Close(context.Background()); err == nil {
			err = closeErr
		}
	}()
	if _, err := p.publish(t.Warm); err != nil {
		return result{}, err
	}
	m, err := start(t.Profile)
	if err != nil {
		return result{}, err
	}
	n, err := p.publish(t.Records)
	if err != nil {
		return result{}, err
	}
	return m.stop(n)
}
