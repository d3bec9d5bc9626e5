package eventbus

import (
	"errors"
	"fmt"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// PublishError is the error of one event. It never contains payload values.
type PublishError struct {
	EventID string // "" if the event had none yet, or is a tombstone
	Type    string // the contract's wire type, "" if the message has no contract
	Topic   string // "" if the message has no contract

	// Err is the cause: an *event.InvalidError, a kafka.Error or ctx's error.
	// It may be nil.
	Err error

	// Outcome is ErrInvalid, ErrBackpressure, ErrClosed, ErrRejected or
	// ErrIndeterminate: the one that the error matches.
	Outcome error
}

func (e *PublishError) Error() string {
	var b strings.Builder
	b.WriteString("publish")
	if e.Type != "" {
		fmt.Fprintf(&b, " %.64s", e.Type)
	}
	if e.EventID != "" {
		fmt.Fprintf(&b, " %.64s", e.EventID)
	}
	if e.Topic != "" {
		fmt.Fprintf(&b, " to topic %.249q", e.Topic)
	}
	b.WriteString(": " + e.Outcome.Error())
	cause := e.Err
	if invalid := (*event.InvalidError)(nil); errors.As(cause, &invalid) {
		cause = invalid.Err // type and id are said already
	}
	if cause != nil {
		b.WriteString(": " + cause.Error())
	}
	return b.String()
}

// Is matches the sentinel of the error.
func (e *PublishError) Is(target error) bool { return target == e.Outcome }

// Unwrap gives the cause.
func (e *PublishError) Unwrap() error { return e.Err }

// failed is the error of an event that has this outcome.
func (e *encoded) failed(outcome, cause error) *PublishError {
	return &PublishError{EventID: e.id, Type: e.typ, Topic: e.rec.Topic, Err: cause, Outcome: outcome}
}

// failure is the error of a record whose report was one.
func (pd *pending) failure() error {
	clean := pd.report.Only
	if code := kafkaclient.Code(pd.report.Err); kafkaclient.IsUnknownTopic(code) || kafkaclient.IsDenied(code) {
		// A topic that took records may have this one, from an attempt that the
		// client made again by itself, and be gone since, or the right to it.
		clean = clean && !pd.out.topic.used.Load()
	}
	return pd.out.failed(kafkaclient.OutcomeOf(pd.report.Err, clean), pd.from.client.Explain(pd.report.Err, pd.out.rec.Topic))
}

// unknown is the error of a record whose report has not come when ctx has ended,
// or when the producer is closed: ctx's error is nil then.
func (pd *pending) unknown(ended error) error {
	pd.from.counts.abandoned.Add(1)
	cause := kafkaclient.ErrReleased
	if ended != nil {
		cause = pd.from.client.Explain(ended, pd.out.rec.Topic)
	}
	return pd.out.failed(ErrIndeterminate, cause)
}
