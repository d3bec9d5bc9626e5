package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// publishTime is how long the publishing of a stream is spread over, so that the
// faults happen in its midst whatever its size.
const publishTime = 8 * time.Second

// publishing is a stream on its way.
type publishing struct {
	published atomic.Int64 // acknowledged
	done      chan struct{}
	acked     []account.Position // read after done
	err       error              // read after done
}

// startPublishing publishes items: events with a Producer, records of other
// programs with a raw client.
func startPublishing(ctx context.Context, c cluster, log *slog.Logger, items []item) (*publishing, error) {
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: c.Connection, Source: "eventcontracts-demo", Logger: log,
	})
	if err != nil {
		return nil, err
	}
	raw := c.raw()
	(*raw)["partitioner"] = "murmur2_random"
	other, err := kafka.NewProducer(raw)
	if err != nil {
		return nil, fmt.Errorf("the other program's producer: %w", err)
	}
	stop, err := c.authenticate(other)
	if err != nil {
		other.Close()
		return nil, fmt.Errorf("the other program's producer: %w", err)
	}
	pub := &publishing{done: make(chan struct{})}
	go func() {
		defer close(pub.done)
		defer other.Close()
		defer stop()
		pub.err = pub.run(ctx, p, other, items)
		closing, cancel := context.WithTimeout(context.Background(), answerTimeout)
		defer cancel()
		if err := p.Close(closing); pub.err == nil {
			pub.err = err
		}
	}()
	return pub, nil
}

func (pub *publishing) run(ctx context.Context, p *eventbus.Producer, other *kafka.Producer, items []item) error {
	sent := make(chan *eventbus.Pending, len(items))
	waited := make(chan error, 1)
	go func() { waited <- pub.wait(ctx, sent) }()
	start := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var err error
	for i := 0; i < len(items) && err == nil; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			err = ctx.Err()
		}
		due := int(float64(len(items)) * float64(time.Since(start)) / float64(publishTime))
		for ; i < min(due+1, len(items)) && err == nil; i++ {
			it := &items[i]
			if it.record != nil {
				err = pub.write(other, *it.record)
				continue
			}
			// What an event follows from is told by ctx alone, as in a handler.
			from := ctx
			if it.cause.ID != "" {
				from = event.ContextWith(ctx, it.cause)
			}
			sent <- p.PublishAsync(from, it.msg, event.WithID(it.id), event.WithTime(it.at))
		}
	}
	close(sent)
	if waitErr := <-waited; err == nil {
		err = waitErr
	}
	return err
}

// wait keeps the position of each event once all in-sync replicas have it.
func (pub *publishing) wait(ctx context.Context, sent <-chan *eventbus.Pending) error {
	var first error
	for pending := range sent {
		r, err := pending.Wait(ctx)
		if err != nil && first == nil {
			first = err
		}
		if err == nil {
			pub.published.Add(1)
			// The broker tells no offset when it only confirms an earlier attempt.
			if r.Offset >= 0 {
				pub.acked = append(pub.acked, account.Position{
					TopicPartition: account.TopicPartition{Topic: r.Topic, Partition: r.Partition}, Offset: r.Offset,
				})
			}
		}
	}
	return first
}

// write writes a record as another program does.
func (pub *publishing) write(other *kafka.Producer, r event.Record) error {
	reports := make(chan kafka.Event, 1)
	err := other.Produce(&kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &r.Topic, Partition: kafka.PartitionAny}, Key: r.Key, Value: r.Value,
	}, reports)
	if err == nil {
		err = (<-reports).(*kafka.Message).TopicPartition.Error
	}
	if err != nil {
		return fmt.Errorf("write a foreign record to topic %q: %w", r.Topic, err)
	}
	pub.published.Add(1)
	return nil
}
