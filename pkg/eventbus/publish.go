package eventbus

import (
	"context"
	"errors"
	"sync"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

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
	if p.wrapped != nil {
		var r [1]Result
		p.throughMiddleware(ctx, r[:], Publication{Outs: []Out{{Message: msg, Options: opts}}})
		return r[0].Receipt, r[0].Err
	}
	outs := [1]Out{{Message: msg, Options: opts}}
	var r [1]Result
	p.publishBatch(ctx, r[:], outs[:])
	return r[0].Receipt, r[0].Err
}

// Out is one event of a batch, with its options.
type Out struct {
	Message proto.Message
	Options []event.Option
}

// Outs makes a batch of messages without options:
//
//	p.PublishBatch(ctx, eventbus.Outs(created...)...)
//	p.PublishBatch(ctx, eventbus.Outs[proto.Message](created, completed)...)
func Outs[M proto.Message](msgs ...M) []Out {
	outs := make([]Out, len(msgs))
	for i, m := range msgs {
		outs[i].Message = m
	}
	return outs
}

// PublishBatch publishes events without waiting for one before the next, and
// returns one result for each, in order. An event that fails does not hide or
// stop the others. It returns when every event has its outcome, or when ctx
// ends: what is enqueued by then is indeterminate, and the rest was not sent.
//
// It is the fastest way to publish, from about a hundred events a call.
func (p *Producer) PublishBatch(ctx context.Context, outs ...Out) []Result {
	results := make([]Result, len(outs))
	if p.wrapped != nil {
		p.throughMiddleware(ctx, results, Publication{Outs: outs})
		return results
	}
	p.publishBatch(ctx, results, outs)
	return results
}

func (p *Producer) publishBatch(ctx context.Context, results []Result, outs []Out) {
	b := newBatch(len(outs))
	b.outs = messages{p, outs}
	p.publish(ctx, b, results, &b.outs)
}

// PublishRecord sends a record that event.Encode made, such as one from an
// outbox: its topic, key, size and metadata are checked, its payload is not
// validated again. The record is the caller's again when it returns. Its event
// id stays, so publishing a record again after
// ErrIndeterminate writes the same event.
func (p *Producer) PublishRecord(ctx context.Context, rec event.Record) (Receipt, error) {
	var r [1]Result
	if p.wrapped != nil {
		p.throughMiddleware(ctx, r[:], Publication{Record: &rec})
		return r[0].Receipt, r[0].Err
	}
	p.publish(ctx, newBatch(1), r[:], &encodedRecord{p, rec})
	return r[0].Receipt, r[0].Err
}

// PublishTombstone sends a record without value for the key of msg, of which
// only the key field needs to be set: on a compacted topic it deletes the key's
// records. A tombstone is not an event: it has no id and no metadata, and readers
// get it through HandleTombstone.
func (p *Producer) PublishTombstone(ctx context.Context, msg proto.Message) (Receipt, error) {
	var r [1]Result
	if p.wrapped != nil {
		p.throughMiddleware(ctx, r[:], Publication{Outs: []Out{{Message: msg}}, Tombstone: true})
		return r[0].Receipt, r[0].Err
	}
	p.publish(ctx, newBatch(1), r[:], &tombstone{p, msg})
	return r[0].Receipt, r[0].Err
}

// PublishAsync is Publish without the wait for the outcome. It returns when the
// event is enqueued or has failed; like Publish it waits for room until ctx
// ends. Two events with one key are in the order of their calls.
//
// The outcome is told by the Pending, and a failure by ProducerConfig.OnFailure
// too.
func (p *Producer) PublishAsync(ctx context.Context, msg proto.Message, opts ...event.Option) *Pending {
	pending := &Pending{event: Out{Message: msg, Options: opts}}
	pd := &pending.send[0]
	pd.from, pd.async = p, pending
	if p.wrapped == nil {
		p.enqueueAsync(ctx, pending)
		return pending
	}
	var r [1]Result
	p.throughMiddleware(ctx, r[:], Publication{Outs: []Out{pending.event}, Async: true, pending: pending})
	if !pending.begun { // next was not called
		pending.refuse(r[0].Err)
	}
	return pending
}

// enqueueAsync enqueues the event of pending, or settles it.
func (p *Producer) enqueueAsync(ctx context.Context, pending *Pending) {
	pd := &pending.send[0]
	scratch := scratches.Get().(*kafka.Message)
	failed := p.enqueue(ctx, pending.send[:], nil, scratch, pending)
	scratch.Opaque = nil
	scratches.Put(scratch)
	if failed > 0 {
		if errors.Is(pd.unsent, ErrInvalid) {
			pd.out.rec = event.Record{} // OnFailure has nothing to send again
		}
		pending.settle()
	}
}

// scratches are reused: the client copies what it is given.
var scratches = sync.Pool{New: func() any { return new(kafka.Message) }}
