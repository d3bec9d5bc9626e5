package deadletter

import (
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Failure is what a consumer knows of a record that its group cannot handle.
type Failure struct {
	Topic string // the source topic
	Group string

	// At is where the record was. Its topic is the source topic or, after a
	// redrive, the group's redrive topic.
	At Place

	Reason event.Reason
	// Error is the text of the error, without values of personal and secret
	// fields.
	Error string
	// Violations are the rules that an invalid event breaks.
	Violations []event.Violation

	// Handler is the full name of the handler's message; empty if the record
	// could not be read.
	Handler string
	// Attempts is how often the handler was called: 0 if the record could not be
	// read, -1 in a dead letter that does not say it.
	Attempts int

	// The first failure of this trip, and when the dead letter was made, in UTC.
	// Zero in a dead letter that does not say them.
	FirstFailedAt, FailedAt time.Time

	// The event's own, as far as they could be read.
	EventID, EventType string
}

// id is the ID of this failure.
func (f Failure) id() ID { return NewID(f.Group, f.At.Topic, f.At.Partition, f.At.Offset) }

// onRedriveTopic says whether the record failed on the group's own redrive
// topic, the only one whose dlq-* and redrive-* headers are believed.
func (f Failure) onRedriveTopic() bool { return f.At.Topic == event.RedriveTopic(f.Topic, f.Group) }

// Letter is a dead letter as its topic has it.
type Letter struct {
	Failure

	// ID is what the dead letter gives as its id. Its topic is the one that the
	// record failed on.
	ID ID

	// Cause is Error without what other fields say: the error about a record
	// that could not be read begins with the event and the reason.
	Cause string

	// Origin is where the record failed on its first trip: At, unless it has
	// been redriven.
	Origin Place

	// Redriven is how often it had been redriven before it failed.
	Redriven int

	// Foreign says why this is not a dead letter of its topic's group. Nothing
	// that it says can be relied on then, and it cannot be redriven.
	Foreign string

	// Disclosed says that Error and Violations follow the rule of [Disclosure]. Of a
	// contract with personal or secret fields they are not shown otherwise.
	Disclosed bool
}
