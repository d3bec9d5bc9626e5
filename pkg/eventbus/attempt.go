package eventbus

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// delivery is one record on its way through the scheduler.
type delivery struct {
	in     *assignment
	msg    *kafka.Message // a nil value is a tombstone
	failed *failures
}

// failures is the history of a record that has failed.
type failures struct {
	attempts int
	began    time.Time // first attempt
	first    time.Time // first failure
	goexit   bool      // the last attempt ended its goroutine; its outcome is due
}

// holdCheck is how often a record that waits for a newer version is looked at
// again. Nothing in this process can change its fate, and a shutdown waits for
// retries that are due soon.
const holdCheck = time.Hour

// attempt is what a worker does with a record: read it, and call its handler
// once.
func (c *Consumer) attempt(it *flow.Item[delivery]) flow.Outcome {
	d := &it.Value
	a := d.in
	src := a.source
	if src.redrive && !deadletter.RedrivenTo(eventHeaders(d.msg.Headers), src.topic.Name, c.cfg.Group) {
		c.counts.foreign.Add(1)
		return c.skipped()
	}
	if d.msg.Value == nil {
		return c.tombstone(it)
	}
	md, msg, err := c.read(d.record(src))
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
	return c.handle(it, h, md, msg)
}

// read decodes a record. Whatever its bytes are, they end no process.
func (c *Consumer) read(rec event.Record) (md event.Metadata, msg proto.Message, err error) {
	defer func() {
		if v := recover(); v != nil {
			c.logger.Error("decoding a record panicked: please report this", "topic", rec.Topic, "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			err = &event.Error{Reason: event.ReasonUndecodable, Err: errors.New("decoding it panicked")}
		}
	}()
	return c.decode(rec)
}

// record is what package event reads, under the topic that its contract names.
func (d *delivery) record(s *source) event.Record {
	return event.Record{Topic: s.topic.Name, Key: d.msg.Key, Value: d.msg.Value, Headers: eventHeaders(d.msg.Headers)}
}

// refused is a redriven record whose handler wants none.
func (c *Consumer) refused(it *flow.Item[delivery], h *boundHandler, md event.Metadata) flow.Outcome {
	return c.deadLetter(it, verdict{reason: event.ReasonPermanent, text: "the handler refuses redriven events", md: md, handler: h.name})
}

func (c *Consumer) skipped() flow.Outcome {
	c.counts.skipped.Add(1)
	return flow.Settled()
}

func (c *Consumer) tombstone(it *flow.Item[delivery]) flow.Outcome {
	src := it.Value.in.source
	h := src.tombstone
	switch {
	case h == nil:
		c.counts.tombstones.Add(1)
		return c.skipped()
	case src.redrive && h.redriven == RefuseRedriven:
		return c.refused(it, h, event.Metadata{})
	}
	return c.handle(it, h, event.Metadata{}, nil)
}

// unreadable decides about a record that has no message.
func (c *Consumer) unreadable(it *flow.Item[delivery], md event.Metadata, err error) flow.Outcome {
	src := it.Value.in.source
	v := verdict{reason: event.ReasonOf(err), text: strings.ToValidUTF8(err.Error(), "\ufffd"), md: md}
	var e *event.Error
	errors.As(err, &e)
	switch {
	case v.reason == event.ReasonUnknownType && !src.redrive:
		c.counts.unknownType.Add(1)
		c.notices.Once(c.logger, "type "+src.name+" "+md.Type, "events of a type without a handler are skipped",
			"group", c.cfg.Group, "topic", src.name, "type", md.Type)
		return c.skipped()
	case v.reason == event.ReasonUnsupportedVersion && e != nil && e.Ahead && c.cfg.OnUnsupportedVersion == Hold:
		it.Value.in.block(it.Offset(), blockage{
			code:   HealthVersionNeeded,
			detail: fmt.Sprintf("an event %.64s %.20s waits: deploy a version of this service that knows major %d", md.Type, md.Version, e.Major),
		})
		c.notices.Say(c.logger, "hold "+md.Type, "an event of a newer major waits for an upgrade of this service",
			"group", c.cfg.Group, "topic", src.name, "partition", it.Value.in.partition, "offset", it.Offset(), "type", md.Type, "version", md.Version)
		return flow.Retry(holdCheck)
	case v.reason == "": // not the record's fault, such as a rule that cannot be evaluated
		v.reason = event.ReasonInvalid
	}
	if e != nil {
		v.violations = e.Violations
	}
	return c.deadLetter(it, v)
}

// handle calls the handler once.
func (c *Consumer) handle(it *flow.Item[delivery], h *boundHandler, md event.Metadata, msg proto.Message) flow.Outcome {
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
	ctx := &handling{
		base: a.ctx, deadline: started.Add(h.timeout), md: md, key: d.msg.Key,
		delivery: Delivery{
			Topic: a.source.name, Partition: a.partition, Offset: it.Offset(), Attempt: n, Redriven: a.source.redrive,
		},
	}
	var out failure
	if f := d.failed; f != nil && f.goexit {
		f.goexit = false
		out = readFailure(&panicError{"ended its goroutine (runtime.Goexit)"})
	} else {
		it.Limit(h.timeout)
		out = c.call(ctx, d, h, msg)
	}
	if it.Partition().Ended() {
		c.counts.late.Add(1)
	}
	if out.err == nil {
		c.counts.handled.Add(1)
		if n > 1 {
			a.unblock(it.Offset())
		}
		return flow.Settled()
	}
	return c.failed(it, h, out, verdict{text: out.text, md: md, handler: h.name, attempts: n}, began)
}

// call guards one call of a handler.
func (c *Consumer) call(ctx *handling, d *delivery, h *boundHandler, msg proto.Message) (out failure) {
	returned := false
	defer func() {
		ctx.end()
		if returned {
			return
		}
		if v := recover(); v != nil {
			out = readFailure(&panicError{"panicked: " + fmt.Sprint(v)})
			c.counts.panics.Add(1)
			// The stack goes to the log alone, without the panic's value.
			c.notices.Error(c.logger, "panic "+h.name, "a handler panicked", "group", c.cfg.Group, "handler", h.name, "topic", ctx.delivery.Topic,
				"partition", ctx.delivery.Partition, "offset", ctx.delivery.Offset, "event_id", ctx.md.ID, "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			return
		}
		// The handler ends this goroutine: the scheduler calls run again from
		// another one, which finds this note.
		c.counts.panics.Add(1)
		if d.failed == nil {
			d.failed = &failures{}
		}
		d.failed.goexit = true
	}()
	if err := h.handle(ctx, msg); err != nil {
		out = readFailure(err)
	}
	returned = true
	return out
}

// failed decides about a record whose handler has returned an error.
func (c *Consumer) failed(it *flow.Item[delivery], h *boundHandler, out failure, v verdict, began time.Time) flow.Outcome {
	d := &it.Value
	if d.in.ctx.Err() != nil { // shutdown, revocation or loss: no attempt
		c.counts.abandoned.Add(1)
		return flow.Abandoned()
	}
	now := time.Now()
	c.counts.failures.Add(1)
	if now.Sub(it.Started()) >= h.timeout {
		c.counts.timeouts.Add(1)
	}
	own := *d // a log may resolve it when the scheduler has forgotten the record
	shown := kafkaclient.Lazily(func() string { return c.redacted(&own, v.text) })
	if out.skip {
		if v.attempts > 1 {
			d.in.unblock(it.Offset())
		}
		c.counts.byHandler.Add(1)
		c.notices.Say(c.logger, "skip "+h.name, "a handler skips an event", "group", c.cfg.Group, "handler", h.name,
			"topic", d.in.source.name, "partition", d.in.partition, "offset", it.Offset(), "event_id", v.md.ID, "reason", shown)
		return c.skipped()
	}
	if d.failed == nil {
		d.failed = &failures{}
	}
	f := d.failed
	if f.attempts == 0 {
		f.began, f.first = began, now
	}
	f.attempts = v.attempts
	v.first = f.first

	wait := h.retry.delay(v.attempts)
	if out.after != nil {
		wait = *out.after
	}
	switch {
	case out.permanent:
		v.reason = event.ReasonPermanent
	case h.retry.exhausted(v.attempts, now.Sub(f.began), wait):
		v.reason = event.ReasonRetriesExhausted
		if out.panicked {
			v.reason = event.ReasonPanic
		}
	default:
		c.counts.retries.Add(1)
		c.notices.Say(c.logger, "retry "+h.name, "a handler failed: the event is tried again",
			"group", c.cfg.Group, "handler", h.name, "topic", d.in.source.name, "partition", d.in.partition, "offset", it.Offset(),
			"event_id", v.md.ID, "attempt", v.attempts, "wait", wait.Round(time.Millisecond), "error", shown)
		return flow.Retry(wait)
	}
	v.text = shown()
	return c.deadLetter(it, v)
}

// verdict is why a record cannot be handled.
type verdict struct {
	reason     event.Reason
	text       string // without what may not be shown, once it is a dead letter
	md         event.Metadata
	handler    string
	attempts   int
	first      time.Time // first failure
	violations []event.Violation
}

// redacted is an error's text without what may not be shown of the record. It
// is read anew: the handler may have changed its message, or use it still.
func (c *Consumer) redacted(d *delivery, text string) string {
	_, msg, err := c.decode(d.record(d.in.source))
	if err != nil { // a tombstone
		msg = nil
	}
	return redact(text, msg)
}

// deadLetter makes the record a dead letter, or, where there is no place for one,
// tries it again without limit.
func (c *Consumer) deadLetter(it *flow.Item[delivery], v verdict) flow.Outcome {
	a := it.Value.in
	if a.source.deadLetter == "" {
		a.block(it.Offset(), blockage{
			code: HealthDeadLetter, detail: fmt.Sprintf("%s: a record of a dead-letter topic is tried until it is handled", v.reason),
		})
		attempt := max(v.attempts, 1)
		if v.attempts == 0 { // it was not read
			if it.Value.failed == nil {
				it.Value.failed = &failures{}
			}
			it.Value.failed.attempts++
			attempt = it.Value.failed.attempts
		}
		c.counts.retries.Add(1)
		return flow.Retry(c.cfg.Retry.delay(attempt))
	}
	if v.first.IsZero() {
		v.first = time.Now()
	}
	letters := c.run.Load().letters
	return flow.Async(func(finish func(flow.Outcome)) { letters.send(it, v, finish) })
}
