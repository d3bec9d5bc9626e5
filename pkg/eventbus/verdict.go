package eventbus

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/breaker"
	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// verdict is why a record cannot be handled.
type verdict struct {
	reason     event.Reason
	text       string // what may be shown of the error
	md         event.Metadata
	handler    string
	attempts   int
	first      time.Time // first failure
	violations []event.Violation
	retry      *RetryPolicy // the handler's; nil: the consumer's
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
		return c.skipped(it, md, "", 0, "no handler of the type")
	case v.reason == event.ReasonUnsupportedVersion && e != nil && e.Ahead && c.cfg.OnUnsupportedVersion == Hold:
		where := []any{"group", c.cfg.Group, "topic", src.name, "partition", it.Value.in.partition, "offset", it.Offset(), "type", md.Type, "version", md.Version}
		if c.hold(it, e) {
			c.notices.Say(c.logger, "hold "+md.Type, "an event of a newer major waits for an upgrade of this service", where...)
			if c.cfg.OnOutcome != nil && !it.Value.held {
				it.Value.held = true
				out := it.Value.outcome(OutcomeHeld, it.Offset(), md)
				out.Error = v.text
				c.tell(out)
			}
			return flow.Retry(holdCheck)
		}
		c.notices.Say(c.logger, "held "+md.Type, "an event of a newer major becomes a dead letter: its partition holds as many as it may", append(where, "max_held", c.cfg.MaxHeld)...)
		v.text += ": the partition holds as many events of a newer major as it may (MaxHeld)"
	case v.reason == "": // not the record's fault, such as a rule that cannot be evaluated
		v.reason = event.ReasonInvalid
	}
	if e != nil {
		v.violations = e.Violations
	}
	return c.deadLetter(it, v)
}

var errRefusesRedriven = errors.New("the handler refuses redriven events")

// refused is a redriven record whose handler wants none.
func (c *Consumer) refused(it *flow.Item[delivery], h *boundHandler, md event.Metadata) flow.Outcome {
	return c.deadLetter(it, verdict{reason: event.ReasonPermanent, text: errRefusesRedriven.Error(), md: md, handler: h.name, retry: &h.retry})
}

// failed decides about a record whose handler has returned an error.
func (c *Consumer) failed(it *flow.Item[delivery], h *boundHandler, call breaker.Call, out failure, v verdict, began time.Time) flow.Outcome {
	d := &it.Value
	if d.in.ctx.Err() != nil { // shutdown, revocation or loss: no attempt
		call.Dropped()
		c.counts.abandoned.Add(1)
		return flow.Abandoned()
	}
	now := time.Now()
	c.counts.failures.Add(1)
	if now.Sub(it.Started()) >= h.timeout {
		c.counts.timeouts.Add(1)
	}
	if out.skip || out.permanent {
		call.Succeeded() // what it depends on has answered
	}
	if out.skip {
		if v.attempts > 1 {
			d.in.unblock(it.Offset())
		}
		c.counts.byHandler.Add(1)
		c.notices.Say(c.logger, "skip "+h.name, "a handler skips an event", "group", c.cfg.Group, "handler", h.name,
			"topic", d.in.source.name, "partition", d.in.partition, "offset", it.Offset(), "event_id", v.md.ID, "reason", v.text)
		return c.skipped(it, v.md, h.name, v.attempts, v.text)
	}
	if d.failed == nil {
		d.failed = &history{}
	}
	f := d.failed
	if f.attempts == 0 {
		f.began, f.first, f.openFor = began, now, h.breaker.State().OpenFor
	}
	f.attempts = v.attempts
	v.first = f.first
	open := !out.permanent && call.Failed(d.keyOf(it.Offset()))
	if open {
		f.excused++
	}
	elapsed := now.Sub(f.began) - (h.breaker.State().OpenFor - f.openFor)

	wait := h.retry.delay(v.attempts)
	if out.after != nil {
		wait = *out.after
	}
	switch {
	case out.permanent:
		v.reason = event.ReasonPermanent
	case !open && h.retry.exhausted(v.attempts-f.excused, elapsed, wait):
		v.reason = event.ReasonRetriesExhausted
		if out.panicked {
			v.reason = event.ReasonPanic
		}
	default:
		c.counts.retries.Add(1)
		c.notices.Say(c.logger, "retry "+h.name, "a handler failed: the event is tried again",
			"group", c.cfg.Group, "handler", h.name, "topic", d.in.source.name, "partition", d.in.partition, "offset", it.Offset(),
			"event_id", v.md.ID, "attempt", v.attempts, "wait", wait.Round(time.Millisecond), "error", v.text)
		if c.cfg.OnOutcome != nil {
			c.tellRetry(it, v, wait)
		}
		return flow.Retry(wait)
	}
	return c.deadLetter(it, v)
}

func (c *Consumer) tellRetry(it *flow.Item[delivery], v verdict, wait time.Duration) {
	out := it.Value.outcome(OutcomeRetry, it.Offset(), v.md)
	out.Handler, out.Delivery.Attempt, out.Wait, out.Error = v.handler, v.attempts, wait, v.text
	c.tell(out)
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
				it.Value.failed = &history{}
			}
			it.Value.failed.attempts++
			attempt = it.Value.failed.attempts
		}
		c.counts.retries.Add(1)
		policy := v.retry
		if policy == nil {
			own := c.cfg.Retry.withDefaults()
			policy = &own
		}
		wait := policy.delay(attempt)
		if c.cfg.OnOutcome != nil {
			c.tellRetry(it, v, wait)
		}
		return flow.Retry(wait)
	}
	if v.first.IsZero() {
		v.first = time.Now()
	}
	letters := c.run.Load().letters
	return flow.Async(func(finish func(flow.Outcome)) { letters.send(it, v, finish) })
}
