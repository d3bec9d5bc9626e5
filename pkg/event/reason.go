package event

import (
	"errors"
	"slices"
)

// Reason says why a record was not handled. The set is closed: it is the value
// of a dead letter's dlq-reason header, by which people filter and redrive, so
// that a new one would be a change of every tool.
type Reason string

const (
	// ReasonNotAnEvent: the value is not a JSON object, or no format matches.
	ReasonNotAnEvent Reason = "not_an_event"
	// ReasonUndecodable: the format was recognised, and metadata or payload
	// cannot be read.
	ReasonUndecodable Reason = "undecodable"
	// ReasonUnsupportedVersion: a well-formed version without a way to the
	// handler's major.
	ReasonUnsupportedVersion Reason = "unsupported_version"
	// ReasonConversionFailed: a conversion between majors returned an error.
	ReasonConversionFailed Reason = "conversion_failed"
	// ReasonInvalid: the payload breaks its contract's rules.
	ReasonInvalid Reason = "invalid"
	// ReasonUnknownType: no handler reads the type. A dead letter only on the
	// group's own redrive topic.
	ReasonUnknownType Reason = "unknown_type"
	// ReasonPermanent: the handler said that no retry can help.
	ReasonPermanent Reason = "permanent"
	// ReasonRetriesExhausted: the retry policy ended.
	ReasonRetriesExhausted Reason = "retries_exhausted"
	// ReasonPanic: the last attempt panicked.
	ReasonPanic Reason = "panic"
)

// Reasons lists every reason code.
func Reasons() []Reason {
	return slices.Clone(reasons)
}

var reasons = []Reason{
	ReasonNotAnEvent, ReasonUndecodable, ReasonUnsupportedVersion, ReasonConversionFailed,
	ReasonInvalid, ReasonUnknownType, ReasonPermanent, ReasonRetriesExhausted, ReasonPanic,
}

// ReasonOf returns the reason code of err, or "" if it has none.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
