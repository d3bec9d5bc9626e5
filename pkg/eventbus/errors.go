package eventbus

import (
	"errors"
	"fmt"
	"strings"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Every error of a publish matches exactly one of ErrInvalid, ErrBackpressure,
// ErrClosed, ErrRejected and ErrIndeterminate by errors.Is. After the first
// four the event was definitely not written.
var (
	// ErrInvalid matches an event that breaks a rule of its contract or of the
	// bus. It was not sent: publishing it again unchanged fails again.
	ErrInvalid = event.ErrInvalid

	// ErrBackpressure matches an event that was not sent because ctx ended
	// while the publish waited for room.
	ErrBackpressure = errors.New("not sent: the context ended before the event was enqueued")

	// ErrClosed matches an event that was not sent because the producer is
	// closed.
	ErrClosed = errors.New("not sent: the producer is closed")

	// ErrRejected matches an event that the cluster refused, and that was
	// definitely not written: too large, an invalid record, or, for a topic that has
	// taken no event of this producer yet, not authorized or no such topic. Later
	// these two prove nothing: the client may have made an attempt before.
	ErrRejected = errors.New("rejected by the cluster")

	// ErrIndeterminate matches an event that may or may not have been written:
	// ctx ended after it was enqueued, or a timeout, a lost connection or the
	// client's end left its outcome unknown. It is never sent again by itself.
	// Publishing the same record again keeps its event id, and may write a
	// duplicate that readers know by that id.
	ErrIndeterminate = errors.New("outcome unknown: the event may or may not have been written")
)

var (
	// ErrConfig matches every error of a constructor: all problems of a
	// configuration, joined, or what the probes of the cluster found.
	ErrConfig = errors.New("invalid configuration")

	// ErrFatal matches the error of a consumer whose Kafka client cannot go on.
	ErrFatal = errors.New("the Kafka client failed for good")

	// ErrDrainTimeout matches the error of a consumer that stopped before every
	// handler had returned.
	ErrDrainTimeout = errors.New("handlers did not finish in time")

	// ErrCloseTimeout matches the error of a Close that ended before everything
	// was settled and released.
	ErrCloseTimeout = errors.New("closing did not finish in time")
)

// PublishError is the error of one event. It never contains payload values.
type PublishError struct {
	EventID string // "" if the event had none yet, or is a tombstone
	Type    string // the contract's wire type, "" if the message has no contract
	Topic   string // "" if the message has no contract

	// Err is the cause: an *event.InvalidError, a kafka.Error or ctx's error.
	// It may be nil.
	Err error

	kind error // one of the five sentinels
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
	b.WriteString(": " + e.kind.Error())
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
func (e *PublishError) Is(target error) bool { return target == e.kind }

// Unwrap gives the cause.
func (e *PublishError) Unwrap() error { return e.Err }

// configError is every problem of one configuration.
type configError struct {
	what     string
	problems []error
}

// joinConfig returns nil if there are no problems, else one error that matches
// ErrConfig and names them all. what is the operation, "new producer".
func joinConfig(what string, problems []error) error {
	if len(problems) == 0 {
		return nil
	}
	return &configError{what: what, problems: problems}
}

// fieldProblem is one problem of a configuration's field.
type fieldProblem struct {
	field string
	err   error
}

func configProblem(field, format string, args ...any) error {
	return &fieldProblem{field: field, err: fmt.Errorf(format, args...)}
}

// Error is one sentence if the problem is what the field is, has or must be:
// "Source is empty".
func (p *fieldProblem) Error() string {
	text := p.err.Error()
	for _, verb := range []string{"is ", "has ", "must "} {
		if strings.HasPrefix(text, verb) {
			return p.field + " " + text
		}
	}
	return p.field + ": " + text
}

func (p *fieldProblem) Unwrap() error { return p.err }

func (e *configError) Error() string {
	if len(e.problems) == 1 {
		return e.what + ": " + ErrConfig.Error() + ": " + e.problems[0].Error()
	}
	var b strings.Builder
	b.WriteString(e.what + ": " + ErrConfig.Error() + ":")
	for _, p := range e.problems {
		b.WriteString("\n- " + p.Error())
	}
	return b.String()
}

func (e *configError) Unwrap() []error { return append([]error{ErrConfig}, e.problems...) }
