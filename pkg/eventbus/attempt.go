package eventbus

import (
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/breaker"
	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// delivery is one record on its way through the scheduler.
type delivery struct {
	in     *assignment
	msg    *kafka.Message // a nil value is a tombstone
	failed *history
	held   bool           // OnOutcome was told
	turn   *ticket        // it has waited for its handler's turn
	call   *breakerTicket // it has waited for its handler's breaker
}

// history is that of a record that has failed.
type history struct {
	attempts int
	began    time.Time // first attempt
	first    time.Time // first failure
	goexit   bool      // the handler ended its goroutine; the attempt's outcome is due
	exited   bool      // what reads the record did, which is the service's own code too

	excused int           // attempts that ended while the breaker was open
	openFor time.Duration // that the breaker had been open at the first failure
	call    breaker.Call  // of the attempt whose outcome is due
}

// attempt is what a worker does with a record: read it, and call its handler once.
// It is guarded as a whole: conversions, loggers and errors are the service's own
// code too, and may panic or end their goroutine (C13). The scheduler calls attempt
// again after the latter, which then finds a note of it.
func (c *Consumer) attempt(it *flow.Item[delivery]) (out flow.Outcome) {
	d := &it.Value
	if h := d.failed; h != nil && h.exited {
		h.exited = false // a consumer of dead letters tries again
		return c.deadLetter(it, verdict{reason: event.ReasonConversionFailed, text: "a conversion ended its goroutine (runtime.Goexit)"})
	}
	returned := false
	defer func() {
		if d.turn != nil || d.call != nil { // they were not needed, or another handler's
			d.decline()
		}
		if returned {
			return
		}
		c.counts.panics.Add(1)
		if v := recover(); v != nil {
			out = c.deadLetter(it, verdict{reason: event.ReasonPanic, text: fmt.Sprintf("code beside the handler panicked with a %T", v)})
			return
		}
		if d.failed == nil {
			d.failed = &history{}
		}
		d.failed.exited = !d.failed.goexit
	}()
	// Reading takes time too, and counts as stuck when it takes too long.
	it.Limit(c.cfg.HandlerTimeout)
	out = c.route(it)
	returned = true
	return out
}

// route reads the record and hands it to whom it concerns.
func (c *Consumer) route(it *flow.Item[delivery]) flow.Outcome {
	d := &it.Value
	a := d.in
	src := a.source
	if src.redrive && !deadletter.RedrivenTo(eventHeaders(d.msg.Headers), src.topic.Name, c.cfg.Group) {
		c.counts.foreign.Add(1)
		return c.skipped(it, event.Metadata{}, "", 0, "it was redriven to another group or topic")
	}
	rec := d.record(src)
	if d.msg.Value == nil {
		return c.tombstone(it, rec)
	}
	md, msg, err := c.read(rec)
	if err != nil {
		return c.unreadable(it, md, err)
	}
	h := c.routes.handlers[msg.ProtoReflect().Descriptor().FullName()]
	if src.redrive && h.redriven == RefuseRedriven {
		return c.refused(it, h, md)
	}
	if h.contract != nil && !h.contract.Unkeyed {
		if key, err := h.contract.Key(msg); err == nil && key != string(d.msg.Key) {
			c.counts.keyDiffer.Add(1)
		}
	}
	return c.handle(it, h, rec, md, msg)
}

// read decodes a record. Whatever its bytes are, they end no process.
func (c *Consumer) read(rec event.Record) (md event.Metadata, msg proto.Message, err error) {
	defer func() {
		if v := recover(); v != nil {
			c.logger.Error("decoding a record panicked: please report this", "topic", rec.Topic, "panic", fmt.Sprintf("%T", v), "stack", stack())
			err = &event.Error{Reason: event.ReasonUndecodable, Err: errors.New("decoding it panicked")}
		}
	}()
	return c.decode(rec)
}

// record is what package event reads, under the topic that its contract names.
func (d *delivery) record(s *source) event.Record {
	return event.Record{Topic: s.topic.Name, Key: d.msg.Key, Value: d.msg.Value, Headers: eventHeaders(d.msg.Headers)}
}

func (c *Consumer) tombstone(it *flow.Item[delivery], rec event.Record) flow.Outcome {
	src := it.Value.in.source
	h := src.tombstone
	switch {
	case h == nil:
		c.counts.tombstones.Add(1)
		return c.skipped(it, event.Metadata{}, "", 0, "no handler of tombstones")
	case src.redrive && h.redriven == RefuseRedriven:
		return c.refused(it, h, event.Metadata{})
	}
	return c.handle(it, h, rec, event.Metadata{}, nil)
}

// handle calls the handler once.
func (c *Consumer) handle(it *flow.Item[delivery], h *boundHandler, rec event.Record, md event.Metadata, msg proto.Message) flow.Outcome {
	d := &it.Value
	a := d.in
	started := it.Started()
	n, began := 1, started
	if f := d.failed; f != nil {
		n, began = f.attempts+1, f.began
		if f.attempts == 0 {
			began = started
		}
	}
	ctx := &attemptContext{
		base: a.ctx, deadline: started.Add(h.timeout), md: md,
		delivery: Delivery{
			Topic: a.source.name, Partition: a.partition, Offset: it.Offset(), Attempt: n, Redriven: a.source.redrive,
			Key: keyText(rec.Key), Headers: rec.Headers, Timestamp: timestamp(d.msg),
		},
	}
	var out failure
	var call breaker.Call
	if f := d.failed; f != nil && f.goexit {
		f.goexit, call = false, f.call
		out = readFailure(&panicError{what: "ended its goroutine (runtime.Goexit)"}, h.closed)
	} else {
		if h.turns != nil {
			if !h.turns.take(d) {
				return h.turns.wait(it)
			}
			defer h.turns.leave()
		}
		var ok bool
		if call, ok = h.begin(d); !ok {
			return h.waitForBreaker(it)
		}
		it.Limit(h.timeout)
		told := false
		defer func() { // code beside the handler may panic or end its goroutine
			if !told && (d.failed == nil || !d.failed.goexit) {
				call.Dropped()
			}
		}()
		out = c.call(ctx, d, h, msg, call)
		told = true
	}
	if it.Partition().Ended() {
		c.counts.late.Add(1)
	}
	if out.err == nil {
		call.Succeeded()
		c.counts.handled.Add(1)
		if n > 1 {
			a.unblock(it.Offset())
		}
		return flow.Settled()
	}
	return c.failed(it, h, call, out, verdict{text: out.text, md: md, handler: h.name, attempts: n, retry: &h.retry}, began)
}

// decline passes on the rights that the record was given.
func (d *delivery) decline() {
	if d.turn != nil {
		d.turn.decline()
	}
	if d.call != nil {
		d.call.decline()
	}
	d.turn, d.call = nil, nil
}

// call guards one call of a handler, which the breaker has let begin.
func (c *Consumer) call(ctx *attemptContext, d *delivery, h *boundHandler, msg proto.Message, begun breaker.Call) (out failure) {
	returned := false
	defer func() {
		ctx.end()
		if returned {
			return
		}
		if v := recover(); v != nil {
			out = readFailure(&panicError{what: "panicked", value: v}, h.closed)
			c.counts.panics.Add(1)
			// The stack goes to the log alone, without values.
			c.notices.Error(c.logger, "panic "+h.name, "a handler panicked", "group", c.cfg.Group, "handler", h.name, "topic", ctx.delivery.Topic,
				"partition", ctx.delivery.Partition, "offset", ctx.delivery.Offset, "event_id", ctx.md.ID, "panic", fmt.Sprintf("%T", v), "stack", stack())
			return
		}
		// The handler ends this goroutine: the scheduler calls attempt again from
		// another one, which finds this note.
		if d.failed == nil {
			d.failed = &history{}
		}
		d.failed.goexit, d.failed.call = true, begun
	}()
	if err := h.handle(ctx, msg); err != nil {
		out = readFailure(err, h.closed)
	}
	returned = true
	return out
}
