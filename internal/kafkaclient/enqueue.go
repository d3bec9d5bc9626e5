package kafkaclient

import (
	"context"
	"errors"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Outstanding is a record between its enqueue and its delivery report. Its type
// is the caller's, and embeds an Entry, in which the producer keeps its own notes:
// a record costs no allocation here.
//
// Before the enqueue it belongs to the caller, after it to the producer, which
// calls Settle once and then knows it no more.
type Outstanding interface {
	// Fill makes msg the record. It is called again if the record is sent again.
	Fill(msg *kafka.Message)

	// Settle takes the outcome. It is called on the goroutine that drains the
	// client's reports, and must not block.
	Settle(r Report)

	entry() *Entry
}

// Entry is embedded in an Outstanding.
type Entry struct {
	Size int64 // that the record took of the budget, see RecordSize; set before the enqueue

	mark      int64         // of attempts, at the enqueue
	alone     chan struct{} // set while the record is sent again alone; closed with its report
	refused   error         // why it is to be sent again
	once      bool          // its sender tries again by itself
	overtaken bool          // a later record of its key was acknowledged first
}

func (e *Entry) entry() *Entry { return e }

// Report is the outcome of a record.
type Report struct {
	Offset int64 // -1 if the broker only confirmed a duplicate of ours
	Err    error // nil: all in-sync replicas have it

	Partition int32

	// Only says that the report is of the record's only attempt. Otherwise a refusal
	// proves nothing: an earlier attempt may have written the record.
	Only bool
}

// RecordOverhead is Kafka's framing of a record, in bytes at most.
const RecordOverhead = 70

// RecordSize is what a record takes of the budget.
func RecordSize(msg *kafka.Message) int64 {
	n := len(msg.Key) + len(msg.Value) + RecordOverhead
	for _, h := range msg.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return int64(n)
}

// Turn is a caller's stay in the producer, on one client at a time.
type Turn struct {
	p    *Producer
	link *link
}

// Enter lets the caller use the producer until Leave; false if it is closing.
func (p *Producer) Enter() (Turn, bool) {
	if !p.gate.enter() {
		return Turn{}, false
	}
	t := Turn{p: p}
	t.follow()
	return t, true
}

// Leave ends what Enter began.
func (t *Turn) Leave() {
	t.link.users.leave()
	t.p.gate.leave()
}

// follow goes over to the client of now. The producer's own is not destroyed while
// somebody is inside.
func (t *Turn) follow() {
	for {
		l := t.p.link.Load()
		if l == t.link {
			return
		}
		if l.users.enter() {
			if t.link != nil {
				t.link.users.leave()
			}
			t.link = l
			return
		}
	}
}

// renewed waits until the client, which has failed, is replaced.
func (t *Turn) renewed(ctx context.Context) (outcome, cause error) {
	failed := t.link
	t.p.budget.await(ctx.Done(), t.p.gate.closing, func() bool { return t.p.link.Load() != failed })
	t.follow()
	if t.link != failed {
		return nil, nil
	}
	return t.p.Stopped(ctx)
}

// Stopped says why nothing more may be sent, if so: ErrClosed, or ErrBackpressure
// with ctx's error.
func (p *Producer) Stopped(ctx context.Context) (outcome, cause error) {
	select {
	case <-p.gate.closing:
		return ErrClosed, nil
	default:
	}
	if err := ctx.Err(); err != nil {
		return ErrBackpressure, err
	}
	return nil, nil
}

// Take waits for room for so many records, until ctx ends or the producer closes,
// which is the outcome of the records then, as of Stopped. The room of each record
// is given back with its report, or by Give if it is never enqueued.
func (p *Producer) Take(ctx context.Context, records, bytes int64) (outcome, cause error) {
	if p.budget.take(ctx, p.gate.closing, records, bytes) {
		return nil, nil
	}
	return p.Stopped(ctx)
}

// Give returns room that was taken for records that are not enqueued.
func (p *Producer) Give(records, bytes int64) { p.budget.give(records, bytes) }

// Released is closed when the client is gone and no report can come any more.
func (p *Producer) Released() <-chan struct{} { return p.released }

// ErrReleased is the cause of the outcome of a record whose report did not come.
var ErrReleased error = kafka.NewError(kafka.ErrDestroy, "the producer was closed before the outcome was known", false)

// Enqueue hands the client the record o, for which room was taken, inside the
// gate. msg is scratch, which may be used again at once: the client copies it. A
// full queue is waited out until ctx ends. With an outcome other than nil, nothing
// was enqueued, the room is given back, and no report comes.
func (t *Turn) Enqueue(ctx context.Context, msg *kafka.Message, o Outstanding) (outcome, cause error) {
	p := t.p
	o.Fill(msg)
	for {
		t.follow()
		err := p.produce(t.link, msg, o)
		if err == nil {
			return nil, nil
		}
		if Code(err) == kafka.ErrQueueFull && p.awaitQueue(ctx) {
			continue
		}
		if fatalError(err) != nil {
			t.link.noteFatal(p)
			if outcome, cause = t.renewed(ctx); outcome == nil {
				continue
			}
			p.budget.give(1, o.entry().Size)
			return outcome, cause
		}
		p.budget.give(1, o.entry().Size)
		if outcome = notEnqueued(err); errors.Is(outcome, ErrBackpressure) {
			return p.Stopped(ctx)
		}
		return outcome, p.Explain(err, *msg.TopicPartition.Topic)
	}
}

func (p *Producer) produce(l *link, msg *kafka.Message, o Outstanding) error {
	msg.Opaque = o
	o.entry().mark = l.attempts.mark() // one that is sent again alone was not written before
	return l.client.Produce(msg, nil)
}

// queueFull is how long a full client queue is left alone if no report comes.
const queueFull = 20 * time.Millisecond

// awaitQueue waits for a report or a moment. It returns false when nothing more
// may be sent.
func (p *Producer) awaitQueue(ctx context.Context) bool {
	moment, cancel := context.WithTimeout(ctx, queueFull)
	defer cancel()
	before := p.budget.records.Load()
	p.budget.await(moment.Done(), p.gate.closing, func() bool { return p.budget.records.Load() < before })
	outcome, _ := p.Stopped(ctx)
	return outcome == nil
}

// report gives a record its outcome. It returns false if the record is not
// settled but waits to be sent again.
func (p *Producer) report(l *link, o Outstanding, tp *kafka.TopicPartition) bool {
	e := o.entry()
	r := Report{Partition: tp.Partition, Offset: int64(tp.Offset), Err: tp.Error}
	r.Only = r.Err == nil || l.attempts.only(e.mark, tp)
	if p.resend.takes(o, r) {
		return false
	}
	alone := e.alone
	o.Settle(r) // o may be in use again at once
	if alone != nil {
		close(alone)
	}
	return true
}
