package peers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

const franzSource = "https://pkg.go.dev/github.com/twmb/franz-go/pkg/kgo: idempotent and acks of all replicas by default; docs/producing-and-consuming.md"

// franz is franz-go, a client without C, with bytes that were encoded before.
var franz = Peer{
	Name:    "franz-go, bytes encoded before",
	Source:  franzSource,
	Callers: 1, Publishes: 500_000, Consumes: 800_000,
	Publish: func(t measure.Task) (measure.Result, error) {
		c, err := measure.OpenCorpus(t.Corpus)
		if err != nil {
			return measure.Result{}, err
		}
		return franzPublish(t, func(n int) (key, value []byte, err error) {
			key, value = c.Record(n)
			return key, value, nil
		})
	},
	Consume: func(t measure.Task) (measure.Result, error) {
		return franzConsume(t, func([]byte) error { return nil })
	},
}

// franzByHand is what byHand is, on franz-go.
var franzByHand = Peer{
	Name:    "franz-go, protojson and protovalidate by hand",
	Source:  franzSource,
	Callers: 1, Publishes: 100_000, Consumes: 80_000,
	Publish: func(t measure.Task) (measure.Result, error) {
		events := someTodos()
		return franzPublish(t, func(n int) (key, value []byte, err error) {
			msg := events[n%len(events)]
			value, err = handEncode(msg)
			return []byte(msg.GetTodoId()), value, err
		})
	},
	Consume: func(t measure.Task) (measure.Result, error) {
		return franzConsume(t, func(value []byte) error {
			_, err := handDecode(value)
			return err
		})
	},
}

// franzSender gives records to the client, whose promises count what became of them.
type franzSender struct {
	client *kgo.Client
	record func(n int) (key, value []byte, err error)
	failed atomic.Pointer[error]
}

func franzPublish(t measure.Task, record func(n int) (key, value []byte, err error)) (measure.Result, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(t.Addr),
		kgo.DefaultProduceTopic(t.Topic),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()),
		kgo.ProducerLinger(time.Duration(t.Series.LingerMs)*time.Millisecond),
		kgo.MaxBufferedRecords(65536), // as queue.buffering.max.messages
	)
	if err != nil {
		return measure.Result{}, fmt.Errorf("start franz-go: %w", err)
	}
	defer client.Close()
	return measure.Publish(t, &franzSender{client: client, record: record})
}

// Caller hands over one record a call.
func (s *franzSender) Caller() func(ctx context.Context, n int) error {
	return func(ctx context.Context, n int) error {
		key, value, err := s.record(n)
		if err != nil {
			return err
		}
		s.client.Produce(ctx, &kgo.Record{Key: key, Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				s.failed.Store(&err)
			}
		})
		return nil
	}
}

// Settle waits for the promises.
func (s *franzSender) Settle(ctx context.Context) error {
	if err := s.client.Flush(ctx); err != nil {
		return err
	}
	if err := s.failed.Load(); err != nil {
		return fmt.Errorf("franz-go produce: %w", *err)
	}
	return nil
}

func franzConsume(t measure.Task, handle func(value []byte) error) (measure.Result, error) {
	return consuming(t, func(ctx context.Context, handled *atomic.Int64) error {
		client, err := kgo.NewClient(
			kgo.SeedBrokers(t.Addr),
			kgo.ConsumeTopics(t.Topic),
			kgo.ConsumerGroup(t.Group),
			kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()),
			kgo.FetchMaxWait(50*time.Millisecond),
			kgo.AutoCommitInterval(time.Second),
		)
		if err != nil {
			return fmt.Errorf("start franz-go: %w", err)
		}
		defer client.Close()
		for ctx.Err() == nil {
			fetches := client.PollFetches(ctx)
			if err := fetches.Err0(); err != nil && !errors.Is(err, context.Canceled) {
				return fmt.Errorf("franz-go poll: %w", err)
			}
			var failed error
			fetches.EachRecord(func(r *kgo.Record) {
				if err := handle(r.Value); err != nil {
					failed = err
				}
			})
			if failed != nil {
				return failed
			}
			handled.Add(int64(fetches.NumRecords()))
		}
		return client.CommitUncommittedOffsets(context.WithoutCancel(ctx))
	})
}
