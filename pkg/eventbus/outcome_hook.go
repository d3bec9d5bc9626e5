package eventbus

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Outcome is what the consumer decided about a record that a handler has not handled:
// what a [Middleware] does not see.
type Outcome struct {
	Kind OutcomeKind

	// Delivery is the record: its topic, partition, offset, key, headers and time, and
	// the attempts so far (0 if no handler was called).
	Delivery Delivery

	// Metadata is the event's, or what could be read of it; zero for a tombstone.
	Metadata event.Metadata

	// Handler is the full name of the handler's message; "" if none was called.
	Handler string

	// Reason is why the record is a dead letter; "" for all other outcomes.
	Reason event.Reason

	// Error is what is shown of the cause, as in the log and in the dead letter: without
	// personal and secret values.
	Error string

	// Wait is how long it is until the next attempt, for OutcomeRetry.
	Wait time.Duration
}

// OutcomeKind names what was decided. The set is closed.
type OutcomeKind string

const (
	// OutcomeRetry: the handler failed, and is called again after Wait.
	OutcomeRetry OutcomeKind = "retry"
	// OutcomeSkipped: the record is settled without effect. Its handler said so, or
	// there is none: for its type, for tombstones, for what was redriven to another
	// group.
	OutcomeSkipped OutcomeKind = "skipped"
	// OutcomeDeadLetter: the record is in the dead-letter topic, acknowledged. What
	// cannot be decoded and what is invalid become dead letters too.
	OutcomeDeadLetter OutcomeKind = "dead_letter"
	// OutcomeHeld: the event is of a newer major, and waits for an upgrade of this
	// service.
	OutcomeHeld OutcomeKind = "held"
)

// outcome begins what OnOutcome is told of a record.
func (d *delivery) outcome(kind OutcomeKind, offset int64, md event.Metadata) Outcome {
	a := d.in
	return Outcome{Kind: kind, Metadata: md, Delivery: Delivery{
		Topic: a.source.name, Partition: a.partition, Offset: offset, Redriven: a.source.redrive,
		Key: keyText(d.msg.Key), Headers: eventHeaders(d.msg.Headers), Timestamp: timestamp(d.msg),
	}.clone()}
}

// tell calls OnOutcome, which is the service's own code.
func (c *Consumer) tell(out Outcome) {
	defer func() {
		if v := recover(); v != nil {
			c.notices.Error(c.logger, "OnOutcome", "OnOutcome panicked", "group", c.cfg.Group, "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
	}()
	c.cfg.OnOutcome(out)
}

// skipped settles a record without effect. text is why, and read only if it is asked
// for.
func (c *Consumer) skipped(it *flow.Item[delivery], md event.Metadata, handler string, attempts int, text string) flow.Outcome {
	c.counts.skipped.Add(1)
	if c.cfg.OnOutcome != nil {
		out := it.Value.outcome(OutcomeSkipped, it.Offset(), md)
		out.Handler, out.Error, out.Delivery.Attempt = handler, text, attempts
		c.tell(out)
	}
	return flow.Settled()
}
