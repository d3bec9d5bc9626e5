package eventbus

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// A chunk of events is encoded, takes room in the budget at once, and is then
	// enqueued.
	chunkRecords = 64
	chunkBytes   = 256 << 10

	// keptBatch is the largest slab that is kept for the next batch, in records.
	keptBatch = 16384
)

// encoder makes the records of one call, by their index.
type encoder interface {
	// encode validates and encodes. Its errors match ErrInvalid.
	encode(ctx context.Context, i int) (encoded, error)

	// name is what errors tell of an event that is not encoded any more.
	name(i int) encoded
}

// batch is what one Publish or PublishBatch has outstanding: a slab of records,
// one countdown, one wake. It is used again by later calls.
type batch struct {
	recs []pending
	outs messages
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
	b.outs = messages{}
	b.msg = kafka.Message{Headers: b.msg.Headers[:0]}
	batches.Put(b)
}

// publish fills results with the outcomes of the records of src, which may be in
// b.
func (p *Producer) publish(ctx context.Context, b *batch, results []Result, src encoder) {
	failed := p.enqueue(ctx, b.recs, b, &b.msg, src)
	if b.left.Add(-failed-1) != 0 {
		select {
		case <-b.wake:
		case <-ctx.Done():
			if !b.woken() {
				p.abandon(ctx, b, results)
				return
			}
		case <-p.client.Released():
			if !b.woken() {
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

// woken reports whether the wake has come meanwhile.
func (b *batch) woken() bool {
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
		results[i].Err = pd.unknown(ctx.Err())
	}
}

// enqueue sends the records of src, in order, as recs, chunk by chunk. It is the
// one way to the client: b is nil for PublishAsync. It returns how many records
// will have no report, because they failed before. msg is scratch.
func (p *Producer) enqueue(ctx context.Context, recs []pending, b *batch, msg *kafka.Message, src encoder) (failed int64) {
	fail := func(pd *pending, outcome, cause error) {
		pd.unsent = pd.out.failed(outcome, cause)
		pd.settled.Store(true)
		p.counts.refused(outcome)
		failed++
	}
	unsent := func(from int, outcome, cause error) {
		for i := from; i < len(recs); i++ {
			recs[i].from, recs[i].out = p, src.name(i)
			fail(&recs[i], outcome, cause)
		}
	}
	turn, ok := p.client.Enter()
	if !ok {
		unsent(0, ErrClosed, nil)
		return failed
	}
	defer turn.Leave()
	var last *producerTopic
	for from := 0; from < len(recs); {
		if outcome, cause := p.client.Stopped(ctx); outcome != nil {
			unsent(from, outcome, cause)
			return failed
		}
		to, records, bytes := from, int64(0), int64(0)
		now := time.Now()
		for ; to < len(recs) && records < p.chunk && bytes < chunkBytes; to++ {
			pd := &recs[to]
			pd.from, pd.batch, pd.at = p, b, now.UnixMilli()
			var err error
			if pd.out, err = src.encode(ctx, to); err == nil {
				err = p.check(&pd.out, last)
			}
			if err != nil {
				fail(pd, ErrInvalid, err)
				continue
			}
			last = pd.out.topic
			pd.Size = pd.out.size()
			records, bytes = records+1, bytes+pd.Size
		}
		var stop, why error // nothing more of this chunk may be sent
		if records > 0 {
			stop, why = p.client.Take(ctx, records, bytes)
		}
		if stop != nil {
			for i := from; i < to; i++ {
				if recs[i].unsent == nil {
					fail(&recs[i], stop, why)
				}
			}
			unsent(to, stop, why)
			return failed
		}
		msg.Timestamp = now
		for i := from; i < to; i++ {
			pd := &recs[i]
			if pd.Size == 0 {
				continue // it is not valid
			}
			if stop != nil {
				p.client.Give(1, pd.Size)
				fail(pd, stop, why)
				continue
			}
			outcome, cause := turn.Enqueue(ctx, msg, pd)
			if outcome == nil {
				continue // it is the drain goroutine's now
			}
			fail(pd, outcome, cause)
			if errors.Is(outcome, ErrBackpressure) || errors.Is(outcome, ErrClosed) {
				stop, why = outcome, cause
			}
		}
		from = to
	}
	return failed
}
