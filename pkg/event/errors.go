package event

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

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

// maxErrorText bounds the text of an error about a record, in bytes. A conversion's
// error may quote a record of any size.
const maxErrorText = 4 << 10

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
	return cutText(fmt.Sprintf("read %s: %s: %v", what, e.Reason, e.Err), maxErrorText)
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

// InvalidError is an event that may not be written. It matches [ErrInvalid].
type InvalidError struct {
	Metadata   Metadata
	Violations []Violation
	Err        error
}

func (e *InvalidError) Error() string {
	return cutText(fmt.Sprintf("encode %s %.64s: %v", e.Metadata.Type, e.Metadata.ID, e.Err), maxErrorText)
}

// Unwrap gives the sentinel and the cause.
func (e *InvalidError) Unwrap() []error { return []error{ErrInvalid, e.Err} }

// ContractError is one thing that is wrong with a contract. Its text is
// "file:line: event: problem: fix", as editors and CI systems link it.
type ContractError struct {
	File    string
	Line    int // 0 if the descriptor has no source positions
	Event   string
	Problem string
	Fix     string

	// Rule is the id of the rule that the compatibility gate has for it, such as
	// CONVERSION_MISSING; "" for what has none of its own.
	Rule string
}

func (e *ContractError) Error() string {
	at := e.File
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Event != "" {
		at += ": " + e.Event
	}
	return at + ": " + e.Problem + ": " + e.Fix
}

// Unwrap makes the error match [ErrContract].
func (e *ContractError) Unwrap() error { return ErrContract }

// redacted is an error whose text may hold values of the payload: it is not
// shown, and errors.Is and errors.As still see the error.
type redacted struct {
	text string
	err  error
}

func (e *redacted) Error() string { return e.text }
func (e *redacted) Unwrap() error { return e.err }

// cutText is s, or what fits of it into n bytes, without a part of a character.
func cutText(s string, n int) string {
	const more = "…"
	if len(s) <= n {
		return s
	}
	n -= len(more)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + more
}
