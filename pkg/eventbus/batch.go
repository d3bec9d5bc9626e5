package eventbus

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

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

const (
	// A lot is encoded, takes room in the budget at once, and is then enqueued.
	lotRecords = 64
	lotBytes   = 256 << 10

	// keptBatch is the largest slab that is kept for the next batch, in records.
	keptBatch = 16384
)

// batch is what one Publish or PublishBatch has outstanding: a slab of records,
// one countdown, one wake. It is used again by later calls.
type batch struct {
	recs []pending
	msg  kafka.Message // used for every record: the client copies it
	wake chan struct{}
	_    [64]byte     // the countdown has its own cache line
	left atomic.Int64 // records without outcome, plus one while they are enqueued
}

var batches = sync.Pool{New: func() any { return &batch{wake: make(chan struct{}, 1)} }}

func newBatch(n int) *batch {
	b := batches.Get().(*batch)
	if cap(b.recs) < n {
		b.recs = make([]pending, n)
	}
	b.recs = b.recs[:n]
	b.left.Store(int64(n) + 1)
	return b
}

// release may be called only when every record is settled.
func (b *batch) release() {
	if cap(b.recs) > keptBatch {
		return
	}
	clear(b.recs)
	b.msg = kafka.Message{Headers: b.msg.Headers[:0]}
	batches.Put(b)
}

// PublishBatch publishes events without waiting for one before the next, and
// returns one result for each, in order. An event that fails does not hide or
// stop the others. It returns when every event has its outcome, or when ctx
// ends: what is enqueued by then is indeterminate, and the rest was not sent.
//
// It is the fastest way to publish, from about a hundred events a call.
func (p *Producer) PublishBatch(ctx context.Context, outs ...Out) []Result {
	results := make([]Result, len(outs))
	p.publish(ctx, results, publishing{
		encode: func(i int) (encoded, error) { return p.encode(ctx, outs[i].Message, outs[i].Options) },
		name:   func(i int) encoded { return p.nameMessage(outs[i].Message) },
	})
	return results
}

// publishing makes the records of one call, by their index.
type publishing struct {
	encode func(i int) (encoded, error)
	name   func(i int) encoded // what errors tell of an event that is not encoded any more
}

// publish fills results with the outcomes of the records that l makes.
func (p *Producer) publish(ctx context.Context, results []Result, l publishing) {
	b := newBatch(len(results))
	failed := p.enqueue(ctx, b, l)
	if b.left.Add(-failed-1) != 0 {
		select {
		case <-b.wake:
		case <-ctx.Done():
			if !b.over() {
				p.abandon(ctx, b, results)
				return
			}
		case <-p.raw.dead:
			if !b.over() {
				p.abandon(ctx, b, results)
				return
			}
		}
	}
	for i := range results {
		results[i].Receipt, results[i].Err = b.recs[i].result()
	}
	b.release()
}

// over reports whether the wake has come meanwhile.
func (b *batch) over() bool {
	select {
	case <-b.wake:
		return true
	default:
		return false
	}
}

// abandon returns what is known. The batch is left to the drain goroutine and
// the garbage collector: reports may still come.
func (p *Producer) abandon(ctx context.Context, b *batch, results []Result) {
	for i := range results {
		pd := &b.recs[i]
		if pd.settled.Load() {
			results[i].Receipt, results[i].Err = pd.result()
			continue
		}
		p.counts.abandoned.Add(1)
		results[i].Err = pd.unknown(ctx)
	}
}

// enqueue sends the records of b, in order. It returns how many will have no
// report, because they failed before.
func (p *Producer) enqueue(ctx context.Context, b *batch, l publishing) (failed int64) {
	fail := func(pd *pending, kind, cause error) {
		pd.err = pd.out.failed(kind, cause)
		pd.settled.Store(true)
		p.counts.refused(kind)
		failed++
	}
	unsent := func(from int, kind, cause error) {
		for i := from; i < len(b.recs); i++ {
			b.recs[i].out = l.name(i)
			fail(&b.recs[i], kind, cause)
		}
	}
	if !p.raw.gate.enter() {
		unsent(0, ErrClosed, nil)
		return failed
	}
	defer p.raw.gate.leave()
	var last *producerTopic
	for from := 0; from < len(b.recs); {
		if kind, cause := p.stopped(ctx); kind != nil {
			unsent(from, kind, cause)
			return failed
		}
		to, records, bytes := from, int64(0), int64(0)
		now := time.Now()
		for ; to < len(b.recs) && records < p.lot && bytes < lotBytes; to++ {
			pd := &b.recs[to]
			var err error
			if pd.out, err = l.encode(to); err == nil {
				err = p.check(&pd.out, last)
			}
			if err != nil {
				fail(pd, ErrInvalid, err)
				continue
			}
			last = pd.out.topic
			pd.batch, pd.from, pd.at, pd.size = b, p, now.UnixMilli(), pd.out.size()
			records, bytes = records+1, bytes+pd.size
		}
		if records > 0 && !p.raw.budget.take(ctx, p.raw.gate.closing, records, bytes) {
			kind, cause := p.stopped(ctx)
			for i := from; i < to; i++ {
				if pd := &b.recs[i]; !pd.settled.Load() {
					fail(pd, kind, cause)
				}
			}
			unsent(to, kind, cause)
			return failed
		}
		b.msg.Timestamp = now
		var stop, why error // nothing more of this lot may be sent
		for i := from; i < to; i++ {
			pd := &b.recs[i]
			if pd.batch == nil {
				continue // it failed above
			}
			if stop != nil {
				p.raw.budget.give(1, pd.size)
				fail(pd, stop, why)
				continue
			}
			kind, cause := p.produce(ctx, &b.msg, pd)
			if kind == nil {
				continue
			}
			fail(pd, kind, cause)
			if errors.Is(kind, ErrBackpressure) || errors.Is(kind, ErrClosed) {
				stop, why = kind, cause
			}
		}
		from = to
	}
	return failed
}
