package eventbus

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Producer publishes events. It is safe for concurrent use. Close it, so that
// what is outstanding gets its outcome.
//
// Every event is acknowledged by all in-sync replicas, by an idempotent client:
// a retry neither duplicates nor reorders. The exception is a new producer epoch,
// which the client begins when a broker has refused a part of what was in flight:
// a record whose acknowledgement was lost at that time may then be written twice,
// with one event id. Two publishes with the same key, the
// first returned before the second was called, are in that order in one
// partition if both are acknowledged, as long as the topic's number of
// partitions does not change.
type Producer struct {
	client         *kafkaclient.Producer
	registry       *event.Registry
	source         []event.Option
	maxRecordBytes int
	chunk          int64 // records that take room at once

	wrapped  PublishFunc // with the middleware; nil if there is none
	closed   atomic.Bool // Close has been called
	topics   sync.Map    // name → *producerTopic
	counts   producerCounts
	failures *failureQueue
}

// NewProducer checks cfg and the contracts of cfg.Events, and connects. Its
// error matches ErrConfig and names every problem; so does that of a cluster
// which does not answer within ConnectTimeout, or lacks a topic of cfg.Events.
func NewProducer(cfg ProducerConfig) (*Producer, error) {
	cfg = cfg.withDefaults()
	if err := config.Join("new producer", cfg.problems()); err != nil {
		return nil, err
	}
	clientConfig := cfg.client()
	client, limit, err := cfg.connect(clientConfig)
	if batchBytes := kafkaclient.BatchBytes(limit); err == nil && limit > 0 && batchBytes < clientConfig.Limits.BatchBytes {
		// The cluster's limit of a topic is below what its contract says, and
		// the size of batches is fixed when the client is made.
		_ = closeWithin(client, cfg.CloseTimeout) // nothing is outstanding
		clientConfig.Limits.BatchBytes = batchBytes
		client, err = kafkaclient.NewProducer(clientConfig)
	}
	if err != nil {
		return nil, config.Join("new producer", config.Problems(err))
	}
	p := &Producer{
		client: client, registry: cfg.Registry,
		source: []event.Option{event.WithSource(cfg.Source)}, maxRecordBytes: cfg.MaxRecordBytes,
		chunk: min(chunkRecords, client.Stats().Limits.Records),
	}
	p.wrapPublish(cfg.Middleware)
	if cfg.OnFailure != nil {
		p.failures = newFailureQueue(cfg.OnFailure, cfg.Logger, client.Released())
	}
	return p, nil
}

// connect starts a client and probes the cluster. limit is the smallest
// max.message.bytes of the topics of Events, 0 if unknown.
func (c ProducerConfig) connect(cfg kafkaclient.ProducerConfig) (client *kafkaclient.Producer, limit int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.ConnectTimeout)
	defer cancel()
	client, err = kafkaclient.Watch(ctx, func() (*kafkaclient.Producer, error) {
		client, err := kafkaclient.NewProducer(cfg)
		if err == nil && ctx.Err() != nil { // nobody may be waiting any more
			_ = closeWithin(client, c.CloseTimeout)
			return nil, ctx.Err()
		}
		return client, err
	})
	if err != nil {
		return nil, 0, err
	}
	limit, err = c.probe(ctx, client, cfg.Cluster)
	if err != nil {
		_ = closeWithin(client, min(c.CloseTimeout, time.Second)) // the probe's error says more
		return nil, 0, err
	}
	return client, limit, nil
}

func (c ProducerConfig) probe(ctx context.Context, client *kafkaclient.Producer, cluster *kafkaclient.Cluster) (limit int, err error) {
	topics := c.topics()
	admin, err := client.Probe(ctx)
	if err != nil || len(topics) == 0 {
		return 0, err
	}
	found, err := kafkaclient.Topics(ctx, admin, topics)
	if err != nil {
		return 0, err
	}
	var problems []error
	for _, name := range topics {
		if err := found[name].Problem(cluster, name, kafka.ACLOperationWrite); err != nil {
			problems = append(problems, config.Problemf("Events", "%w", err))
		}
	}
	if err := config.Join("", problems); err != nil {
		return 0, err
	}
	bytes, err := kafkaclient.MaxMessageBytes(ctx, admin, topics)
	if err != nil {
		// The right to read configurations is often not granted.
		c.Logger.Warn("the topics' size limits are not known: batches are kept below what the contracts declare", "error", err)
		return 0, nil
	}
	return smallest(bytes), nil
}

func smallest(m map[string]int) int {
	if len(m) == 0 {
		return 0
	}
	return slices.Min(slices.Collect(maps.Values(m)))
}

// Flush waits until nothing is outstanding, events published meanwhile
// included, or until ctx ends. It does not tell outcomes.
func (p *Producer) Flush(ctx context.Context) error { return p.client.Flush(ctx) }

// Close refuses further events, waits until everything outstanding has its
// outcome, and releases the client. When ctx ends first, what is outstanding
// becomes indeterminate and the error matches ErrCloseTimeout.
//
// It may be called beside Publish, which then returns its outcome or an error
// that matches ErrClosed or ErrIndeterminate, and more than once: every call
// waits for the same end.
func (p *Producer) Close(ctx context.Context) error {
	p.closed.Store(true)
	err := p.client.Close(ctx)
	if p.failures == nil {
		return err
	}
	return errors.Join(err, p.failures.wait(ctx))
}

// closeWithin closes a client that has nothing outstanding that matters.
func closeWithin(client *kafkaclient.Producer, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return client.Close(ctx)
}
