package eventbus

import (
	"context"
	"sync/atomic"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// pending is one record from its encoding to its outcome.
//
// The goroutine that enqueues writes it before the enqueue; after that it belongs
// to the goroutine that drains reports, which writes the report and gives it to
// exactly one of batch and async.
type pending struct {
	kafkaclient.Entry

	from  *Producer
	batch *batch   // of Publish, PublishBatch and their like
	async *Pending // of PublishAsync
	at    int64    // Kafka timestamp, ms
	out   encoded

	unsent  *PublishError // it never reached the client
	report  kafkaclient.Report
	settled atomic.Bool
}

// Fill makes msg the record. The client copies it in the produce call.
func (pd *pending) Fill(msg *kafka.Message) {
	msg.TopicPartition = kafka.TopicPartition{Topic: &pd.out.topic.name, Partition: kafka.PartitionAny}
	msg.Key, msg.Value = pd.out.rec.Key, pd.out.rec.Value
	msg.Headers = msg.Headers[:0]
	for _, h := range pd.out.rec.Headers {
		msg.Headers = append(msg.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
}

// Settle hands the outcome to whoever wants it, and never blocks. The record
// belongs to them afterwards.
func (pd *pending) Settle(r kafkaclient.Report) {
	if r.Err == nil && !pd.out.topic.used.Load() { // loaded first: a write is seen by every processor
		pd.out.topic.used.Store(true)
	}
	pd.report = r
	if b := pd.batch; b != nil {
		pd.settled.Store(true)
		if b.left.Add(-1) == 0 {
			b.wake <- struct{}{} // never blocks: one place, one wake
		}
		return
	}
	pd.async.settle()
}

// Pending is the outcome to come of a PublishAsync. It is safe for concurrent
// use, and may be dropped.
type Pending struct {
	id, typ, topic string // as enqueued; read by anybody

	event   Out  // until it is encoded
	begun   bool // by a middleware's next: read and written by the goroutine of the call
	send    [1]pending
	receipt Receipt
	err     error
	waiter  atomic.Pointer[pendingWaiter]
}

// SettledPending is a Pending that has this outcome, for fakes of a Producer in tests.
func SettledPending(r Receipt, err error) *Pending {
	p := &Pending{id: r.EventID, topic: r.Topic, receipt: r, err: err}
	p.waiter.Store(pendingSettled)
	return p
}

// pendingWaiter is made by the first Wait that has to wait.
type pendingWaiter struct{ settled chan struct{} }

// pendingSettled marks a Pending that has its outcome.
var pendingSettled = &pendingWaiter{}

// begin takes the event over from a middleware, once.
func (p *Pending) begin(outs []Out) bool {
	if p.begun || len(outs) != 1 {
		return false
	}
	p.begun, p.event = true, outs[0]
	return true
}

// refuse settles an event that a middleware has not passed on.
func (p *Pending) refuse(err error) {
	p.event = Out{}
	if p.err = err; err == nil {
		p.err = errNoResult
	}
	pd := &p.send[0]
	pd.from.tell(pd, p.err)
	if w := p.waiter.Swap(pendingSettled); w != nil {
		close(w.settled)
	}
}

// encode makes a Pending the encoder of its one record.
func (p *Pending) encode(ctx context.Context, _ int) (encoded, error) {
	out, err := p.send[0].from.encode(ctx, p.event.Message, p.event.Options)
	p.event = Out{}
	p.id, p.typ, p.topic = out.id, out.typ, out.rec.Topic
	return out, err
}

func (p *Pending) name(int) encoded {
	out := p.send[0].from.nameMessage(p.event.Message)
	p.id, p.typ, p.topic = out.id, out.typ, out.rec.Topic
	return out
}

// settle fixes the outcome and wakes those who wait. It is called once.
func (p *Pending) settle() {
	pd := &p.send[0]
	p.receipt, p.err = pd.result()
	if p.err != nil {
		pd.from.tell(pd, p.err)
	}
	pd.out = encoded{} // the payload is no longer needed
	if w := p.waiter.Swap(pendingSettled); w != nil {
		close(w.settled)
	}
}

// Wait returns the event's outcome, or an error that matches ErrIndeterminate
// when ctx ends first. It may be called again, and then returns what is known
// by then.
func (p *Pending) Wait(ctx context.Context) (Receipt, error) {
	w := p.waiter.Load()
	if w == nil {
		mine := &pendingWaiter{settled: make(chan struct{})}
		if p.waiter.CompareAndSwap(nil, mine) {
			w = mine
		} else {
			w = p.waiter.Load()
		}
	}
	if w == pendingSettled {
		return p.receipt, p.err
	}
	select {
	case <-w.settled:
		return p.receipt, p.err
	case <-ctx.Done():
	case <-p.send[0].from.client.Released():
	}
	select {
	case <-w.settled:
		return p.receipt, p.err
	default:
	}
	// The record is still the drain goroutine's: what it tells of itself is here.
	own := pending{from: p.send[0].from, out: encoded{id: p.id, typ: p.typ}}
	own.out.rec.Topic = p.topic
	return Receipt{}, own.unknown(ctx.Err())
}
