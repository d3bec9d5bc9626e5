package eventbus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

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
	raw            *rawProducer
	registry       *event.Registry
	encode         encodeFunc
	source         event.Option
	maxRecordBytes int
	lot            int64 // records that take room at once

	topics   sync.Map // name → *producerTopic
	counts   producerCounts
	failures *failureQueue
	resend   resend
}

// NewProducer checks cfg and the contracts of cfg.Events, and connects. Its
// error matches ErrConfig and names every problem; so does that of a cluster
// which does not answer within ConnectTimeout, or lacks a topic of cfg.Events.
func NewProducer(cfg ProducerConfig) (*Producer, error) {
	cfg = cfg.withDefaults()
	if err := joinConfig("new producer", cfg.problems()); err != nil {
		return nil, err
	}
	limits := rawLimits{maxBytes: cfg.MaxRecordBytes, batchBytes: batchBytes(cfg.declaredLimit())}
	rawCfg := cfg.raw()
	raw, limit, err := cfg.connect(rawCfg, limits)
	if err == nil && limit > 0 && batchBytes(limit) < limits.batchBytes {
		// The cluster's limit of a topic is below what its contract says, and
		// the size of batches is fixed when the client is made.
		_ = raw.close(cfg.CloseTimeout) // nothing is outstanding
		limits.batchBytes = batchBytes(limit)
		raw, err = newRawProducer(rawCfg, limits)
	}
	if err != nil {
		problems := []error{err}
		if several := (*configError)(nil); errors.As(err, &several) {
			problems = several.problems
		}
		return nil, joinConfig("new producer", problems)
	}
	p := &Producer{
		raw: raw, registry: cfg.Registry,
		source: event.WithSource(cfg.Source), maxRecordBytes: cfg.MaxRecordBytes,
		lot: min(lotRecords, raw.limits.records),
	}
	p.encode = p.encodeMessage
	p.resend.init(p)
	if cfg.OnFailure != nil {
		p.failures = newFailureQueue(cfg.OnFailure, cfg.Logger, raw.dead)
	}
	return p, nil
}

func (c ProducerConfig) raw() rawConfig {
	return rawConfig{
		security: c.security(), overrides: c.Config, logger: c.Logger, clientID: c.Source,
		messageTimeout: c.MessageTimeout, closeTimeout: c.CloseTimeout, linger: c.Linger,
	}
}

// connect starts a client and probes the cluster. limit is the smallest
// max.message.bytes of the topics of Events, 0 if unknown.
func (c ProducerConfig) connect(cfg rawConfig, limits rawLimits) (raw *rawProducer, limit int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.ConnectTimeout)
	defer cancel()
	raw, err = watched(ctx, func() (*rawProducer, error) {
		raw, err := newRawProducer(cfg, limits)
		if err == nil && ctx.Err() != nil { // nobody may be waiting any more
			_ = raw.close(c.CloseTimeout)
			return nil, ctx.Err()
		}
		return raw, err
	})
	if err != nil {
		return nil, 0, err
	}
	limit, err = c.probe(ctx, raw)
	if err != nil {
		_ = raw.close(min(c.CloseTimeout, time.Second)) // the probe's error says more
		return nil, 0, err
	}
	return raw, limit, nil
}

func (c ProducerConfig) probe(ctx context.Context, raw *rawProducer) (limit int, err error) {
	topics := c.topics()
	if err := probeBrokers(ctx, raw.client, raw.security, &raw.causes, func() {}); err != nil {
		return 0, err
	}
	if len(topics) == 0 {
		return 0, nil
	}
	admin, err := kafka.NewAdminClientFromProducer(raw.client)
	if err != nil {
		return 0, fmt.Errorf("ask about topics: %w", err)
	}
	found, err := probeTopics(ctx, admin, topics)
	if err != nil {
		return 0, err
	}
	var problems []error
	for _, name := range topics {
		if err := found[name].problem(raw.security, name, kafka.ACLOperationWrite); err != nil {
			problems = append(problems, configProblem("Events", "%w", err))
		}
	}
	if len(problems) > 0 {
		return 0, &configError{problems: problems}
	}
	bytes, err := probeMaxBytes(ctx, admin, topics)
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
func (p *Producer) Flush(ctx context.Context) error { return p.raw.flush(ctx) }

// Close refuses further events, waits until everything outstanding has its
// outcome, and releases the client. When ctx ends first, what is outstanding
// becomes indeterminate and the error matches ErrCloseTimeout.
//
// It may be called beside Publish, which then returns its outcome or an error
// that matches ErrClosed or ErrIndeterminate, and more than once: every call
// waits for the same end.
func (p *Producer) Close(ctx context.Context) error {
	err := p.raw.shutdown(ctx)
	if p.failures == nil {
		return err
	}
	return errors.Join(err, p.failures.wait(ctx))
}
