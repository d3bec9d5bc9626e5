package event

import (
	"errors"
	"fmt"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// Reason says why a record was not handled. The set is closed: it is the value
// of a dead letter's dlq-reason header.
type Reason string

const (
	// ReasonNotAnEvent: the value is no JSON object, or no format matches.
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

var (
	// ErrInvalid matches the error of an event that may not be written: its
	// payload, metadata or headers break a rule. Nothing was sent.
	ErrInvalid = errors.New("invalid event")
	// ErrContract matches the error of a contract that is itself wrong.
	ErrContract = errors.New("wrong contract")
)

// Error is a record that could not be read. It never contains a payload's
// values.
type Error struct {
	Reason     Reason
	Format     Format
	Metadata   Metadata    // what was readable
	Violations []Violation // for ReasonInvalid
	Major      int         // for ReasonUnsupportedVersion: the record's major
	Ahead      bool        // the record's major is the one after the highest known
	Err        error
}

func (e *Error) Error() string {
	what := "record"
	if e.Metadata.Type != "" {
		what = shown(e.Metadata.Type)
		if e.Metadata.Version != "" {
			what += " " + shown(e.Metadata.Version)
		}
	}
	if e.Err == nil {
		return fmt.Sprintf("read %s: %s", what, e.Reason)
	}
	return fmt.Sprintf("read %s: %s: %v", what, e.Reason, e.Err)
}

// shown is text of a record, which may come from anywhere: quoted unless it is
// harmless in a log, and cut.
func shown(s string) string {
	if len(s) <= 64 && topicname.Valid(s) {
		return s
	}
	return fmt.Sprintf("%.64q", s)
}

func (e *Error) Unwrap() error { return e.Err }

// ReasonOf returns the reason code of err, or "" if it has none.
func ReasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// Violation is one broken rule, without the value that broke it.
type Violation struct {
	Field   string `json:"field"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

func (v Violation) String() string {
	if v.Field == "" {
		return v.Rule
	}
	return v.Field + ": " + v.Rule
}

// violationsError is the cause of an invalid payload.
type violationsError []Violation

func (v violationsError) Error() string {
	s := "breaks its contract's rules"
	for i, one := range v {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		s += sep + one.String()
		if one.Message != "" {
			s += " (" + one.Message + ")"
		}
	}
	return s
}
