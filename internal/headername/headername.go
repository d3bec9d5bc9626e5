// Package headername knows the names of Kafka headers that this module writes
// itself, and which names are left for users. It is about names alone: what the
// headers hold is known where they are written, in package event and
// internal/deadletter. It imports internal/topicname and the standard library
// only.
package headername

import (
	"fmt"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// The names, and beginnings of names, that are not for users.
const (
	ContentType = "content-type" // of both CloudEvents content modes

	CloudEventsPrefix = "ce_"      // an attribute, in the binary mode of CloudEvents' Kafka binding
	DeadLetterPrefix  = "dlq-"     // what happened to a dead letter
	RedrivePrefix     = "redrive-" // who redrove a record, and why

	TraceParent = "traceparent" // W3C Trace Context
	TraceState  = "tracestate"
)

// Max is the longest name of a user's header, in bytes. Kafka has no limit; a
// record repeats the name each time.
const Max = 128

// CheckUser returns what is wrong with the name of a header that a user adds to
// an event: it is reserved, or it is not made of the characters that a log and
// every client's language can show.
func CheckUser(name string) error {
	switch {
	case reserved(name):
		return fmt.Errorf("header %.128q is reserved: choose another name", name)
	case len(name) > Max || !topicname.HasOnlyAllowed(name) || strings.IndexByte("._-", name[0]) >= 0:
		return fmt.Errorf("header %.128q: a name has up to %d letters, digits, '.', '_' and '-', and begins with a letter or digit", name, Max)
	}
	return nil
}

// reserved reports whether a header is written by the bus, the formats or
// tracing.
func reserved(name string) bool {
	switch strings.ToLower(name) {
	case ContentType, TraceParent, TraceState:
		return true
	}
	return IsDeadLetter(name) || hasPrefix(name, CloudEventsPrefix)
}

// IsMetadata reports whether a header says what kind of event a record is, or how it
// came about, and nothing of its payload. ce_partitionkey is not among these: it repeats a field.
func IsMetadata(name string) bool {
	switch strings.ToLower(name) {
	case ContentType, TraceParent, TraceState,
		"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_datacontenttype", "ce_dataschema",
		"ce_eventversion", "ce_correlationid", "ce_causationid",
		"event_type", "event_id": // the copies that (topic).headers asks for
		return true
	}
	return IsDeadLetter(name)
}

// IsDeadLetter reports whether a header belongs to the history of a dead letter
// or of a redriven record.
func IsDeadLetter(name string) bool {
	return hasPrefix(name, DeadLetterPrefix) || hasPrefix(name, RedrivePrefix)
}

// hasPrefix ignores case, as some readers of Kafka headers do.
func hasPrefix(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}
