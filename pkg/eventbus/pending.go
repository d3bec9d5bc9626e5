package eventbus

import (
	"context"
	"sync/atomic"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// pending is one record between its enqueue and its delivery report. It is the
// client's Opaque of that record.
//
// The goroutine that enqueues writes it before the produce call; after that it
// belongs to the drain goroutine, which writes the report and then gives it to
// exactly one of batch, async and done.
type pending struct {
	batch *batch                            // one of PublishBatch's and Publish's
	async *Pending                          // one of PublishAsync's
	done  func(kafka.TopicPartition, error) // one of rawProducer.send's
	alone chan struct{}                     // set while it is sent again alone
	from  *Producer                         // nil for done

	mark uint64 // of trouble, at the enqueue
	size int64  // of its budget
	at   int64  // Kafka timestamp, ms
	out  encoded

	// The report.
	err       error
	offset    int64
	partition int32
	clean     bool // no lost connection or timeout since the enqueue
	overtaken bool // a later record of its key was acknowledged first
	settled   atomic.Bool
}

// report is called by the drain goroutine, once per enqueue. It returns false
// if the record is not settled but waits to be sent again.
func (pd *pending) report(tp *kafka.TopicPartition, clean bool) bool {
	if pd.from != nil && !pd.from.reported(pd, tp, clean) {
		return false
	}
	pd.partition, pd.offset, pd.err, pd.clean = tp.Partition, int64(tp.Offset), tp.Error, clean
	again := pd.alone
	pd.settle(tp)
	if again != nil {
		close(again)
	}
	return true
}

// settle hands the outcome to whoever wants it, and never blocks. The record
// belongs to them afterwards.
func (pd *pending) settle(tp *kafka.TopicPartition) {
	switch {
	case pd.batch != nil:
		b := pd.batch
		pd.settled.Store(true)
		if b.left.Add(-1) == 0 {
			b.wake <- struct{}{} // never blocks: one place, one wake
		}
	case pd.async != nil:
		pd.async.settle()
	case pd.done != nil:
		pd.done(*tp, classify(tp.Error, pd.clean))
	}
}

// Pending is the outcome to come of a PublishAsync. It is safe for concurrent
// use, and may be dropped.
type Pending struct {
	id, typ, topic string // as enqueued; read by anybody

	send    pending
	receipt Receipt
	err     error
	waiter  atomic.Pointer[pendingWaiter]
	gone    <-chan struct{} // closed when no report can come any more
}

// pendingWaiter is made by the first Wait that has to wait.
type pendingWaiter struct{ settled chan struct{} }

// pendingSettled marks a Pending that has its outcome.
var pendingSettled = &pendingWaiter{}

// settle fixes the outcome and wakes those who wait. It is called once.
func (p *Pending) settle() {
	from := p.send.from
	p.receipt, p.err = p.send.result()
	if p.err != nil {
		from.failed(&p.send, p.err)
	}
	p.send.out = encoded{} // the payload is no longer needed
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
	case <-p.gone:
	}
	select {
	case <-w.settled:
		return p.receipt, p.err
	default:
	}
	p.send.from.counts.abandoned.Add(1)
	if err := ctx.Err(); err != nil {
		return Receipt{}, p.unknown(p.send.from.raw.causes.Recent(err))
	}
	return Receipt{}, p.unknown(errGone)
}

func (p *Pending) unknown(cause error) error {
	return &PublishError{EventID: p.id, Type: p.typ, Topic: p.topic, Err: cause, kind: ErrIndeterminate}
}
