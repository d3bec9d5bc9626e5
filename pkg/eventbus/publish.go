package eventbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/headername"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Publish validates msg, writes it as its contract says and sends it. It
// returns nil only after all in-sync replicas have acknowledged the record;
// then the receipt says where it is. Otherwise its error is a *PublishError that
// matches exactly one of ErrInvalid, ErrBackpressure, ErrClosed, ErrRejected
// and ErrIndeterminate.
//
// Correlation and causation come from ctx, as in event.Encode, whose options it
// takes. Publishing one event at a time waits for the cluster each time: use
// PublishBatch or PublishAsync for many.
func (p *Producer) Publish(ctx context.Context, msg proto.Message, opts ...event.Option) (Receipt, error) {
	var r [1]Result
	p.publish(ctx, r[:], publishing{
		encode: func(int) (encoded, error) { return p.encode(ctx, msg, opts) },
		name:   func(int) encoded { return p.nameMessage(msg) },
	})
	return r[0].Receipt, r[0].Err
}

// PublishRecord sends a record that event.Encode made, such as one from an
// outbox: its topic, key, size and metadata are checked, its payload is not
// validated again. The record is the caller's again when it returns. Its event
// id stays, so publishing a record again after
// ErrIndeterminate writes the same event.
func (p *Producer) PublishRecord(ctx context.Context, rec event.Record) (Receipt, error) {
	var r [1]Result
	p.publish(ctx, r[:], publishing{
		encode: func(int) (encoded, error) { return p.encodeRecord(rec) },
		name: func(int) encoded {
			md, _ := event.Head(rec)
			return encoded{rec: event.Record{Topic: rec.Topic}, id: md.ID, typ: md.Type}
		},
	})
	return r[0].Receipt, r[0].Err
}

func (p *Producer) encodeRecord(rec event.Record) (encoded, error) {
	out := encoded{rec: rec}
	// Names first: what is not a valid topic must not be looked up.
	if err := topicname.Check(rec.Topic); err != nil {
		return out, err
	}
	if len(rec.Value) == 0 {
		return out, errors.New("the record has no value: use PublishTombstone")
	}
	for _, h := range rec.Headers {
		if headername.IsDeadLetter(h.Key) {
			return out, fmt.Errorf("header %.128q is reserved for dead letters and redriven records", h.Key)
		}
	}
	md, _, err := p.registry.CheckRecord(rec)
	out.id, out.typ = md.ID, md.Type
	// The caller's buffers are the caller's again when ctx ends, and a record may
	// have to be sent again after that.
	out.rec.Key, out.rec.Value = bytes.Clone(rec.Key), bytes.Clone(rec.Value)
	out.rec.Headers = slices.Clone(rec.Headers)
	for i, h := range out.rec.Headers {
		out.rec.Headers[i].Value = bytes.Clone(h.Value)
	}
	return out, err
}

// PublishAsync is Publish without the wait for the outcome. It returns when the
// event is enqueued or has failed; like Publish it waits for room until ctx
// ends. Two events with one key are in the order of their calls.
//
// The outcome is told by the Pending, and a failure by ProducerConfig.OnFailure
// too.
func (p *Producer) PublishAsync(ctx context.Context, msg proto.Message, opts ...event.Option) *Pending {
	out, kind, cause := p.prepare(ctx, msg, opts)
	pending := &Pending{id: out.id, typ: out.typ, topic: out.rec.Topic, gone: p.raw.dead}
	pd := &pending.send
	pd.out = out
	if kind == nil {
		kind, cause = p.enqueueOne(ctx, pending)
	}
	if kind != nil {
		p.counts.refused(kind)
		pending.fail(p, kind, cause)
	}
	return pending
}

func (p *Producer) prepare(ctx context.Context, msg proto.Message, opts []event.Option) (out encoded, kind, cause error) {
	if kind, cause = p.stopped(ctx); kind != nil {
		return p.nameMessage(msg), kind, cause
	}
	out, err := p.encode(ctx, msg, opts)
	if err == nil {
		err = p.check(&out, nil)
	}
	if err != nil {
		return out, ErrInvalid, err
	}
	return out, nil, nil
}

func (p *Producer) enqueueOne(ctx context.Context, pending *Pending) (kind, cause error) {
	if !p.raw.gate.enter() {
		return ErrClosed, nil
	}
	defer p.raw.gate.leave()
	pd := &pending.send
	now := time.Now()
	pd.async, pd.from, pd.at, pd.size = pending, p, now.UnixMilli(), pd.out.size()
	if !p.raw.budget.take(ctx, p.raw.gate.closing, 1, pd.size) {
		return p.stopped(ctx)
	}
	msg := messages.Get().(*kafka.Message)
	msg.Timestamp = now
	kind, cause = p.produce(ctx, msg, pd)
	msg.Opaque = nil
	messages.Put(msg)
	return kind, cause
}

// stopped says why nothing more may be sent, if so.
func (p *Producer) stopped(ctx context.Context) (kind, cause error) {
	select {
	case <-p.raw.gate.closing:
		return ErrClosed, nil
	default:
	}
	if err := ctx.Err(); err != nil {
		return ErrBackpressure, err
	}
	return nil, nil
}

// queueFull is how long a full client queue is left alone if no report comes.
const queueFull = 20 * time.Millisecond

// produce enqueues one record, whose room in the budget is taken. A full queue
// is waited out. On a failure it gives the room back.
func (p *Producer) produce(ctx context.Context, msg *kafka.Message, pd *pending) (kind, cause error) {
	fill(msg, &pd.out)
	for {
		err := p.raw.produce(msg, pd)
		if err == nil {
			return nil, nil
		}
		if kafkaCode(err) == kafka.ErrQueueFull && p.awaitQueue(ctx) {
			continue
		}
		p.raw.budget.give(1, pd.size)
		kind = notEnqueuedKind(err)
		switch {
		case errors.Is(kind, ErrBackpressure):
			kind, cause = p.stopped(ctx)
		case isUnknownTopic(kafkaCode(err)):
			cause = unknownTopic(pd.out.rec.Topic, err)
		case kafkaFatal(err) != nil:
			p.raw.noteFatal()
			cause = p.fatal(err, pd.out.rec.Topic)
		default:
			cause = p.denied(err, pd.out.rec.Topic)
		}
		return kind, cause
	}
}

// awaitQueue waits for a report or a moment. It returns false when nothing more
// may be sent.
func (p *Producer) awaitQueue(ctx context.Context) bool {
	moment, cancel := context.WithTimeout(ctx, queueFull)
	defer cancel()
	before := p.raw.budget.records.Load()
	p.raw.budget.await(moment.Done(), p.raw.gate.closing, func() bool { return p.raw.budget.records.Load() < before })
	kind, _ := p.stopped(ctx)
	return kind == nil
}

// fatal explains a client that failed for good.
func (p *Producer) fatal(err error, topic string) error {
	if first := p.raw.fatal.Load(); first != nil {
		err = *first
	}
	return fmt.Errorf("the Kafka client failed for good: close this producer and make a new one: %w", p.denied(err, topic))
}

// denied explains a right that is missing to publish to a topic.
func (p *Producer) denied(err error, topic string) error {
	return p.raw.security.client().Denied(err, kafka.ACLOperationWrite, topic, "")
}

func unknownTopic(name string, err error) error {
	return fmt.Errorf("%w: %w", missingTopic(name), err)
}

// missingTopic says what to do about a topic that does not exist.
func missingTopic(name string) error {
	return fmt.Errorf("topic %q does not exist: create it with eventctl topics apply", name)
}

// fill makes msg the record. The client copies it in the produce call.
func fill(msg *kafka.Message, out *encoded) {
	msg.TopicPartition = kafka.TopicPartition{Topic: &out.topic.name, Partition: kafka.PartitionAny}
	msg.Key, msg.Value = out.rec.Key, out.rec.Value
	msg.Headers = msg.Headers[:0]
	for _, h := range out.rec.Headers {
		msg.Headers = append(msg.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
}

// messages are reused: the client copies what it is given.
var messages = sync.Pool{New: func() any { return new(kafka.Message) }}
