package event

import (
	"time"

	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// Record is an event as Kafka carries it.
type Record struct {
	Topic   string
	Key     []byte // nil for an unkeyed event
	Value   []byte // nil is a tombstone
	Headers []Header
}

// Header is a Kafka record header. A nil Value is Kafka's null, which differs
// from an empty one.
type Header struct {
	Key   string
	Value []byte
}

// header returns the last value of a header.
func (r *Record) header(key string) (string, bool) {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Key == key {
			return string(r.Headers[i].Value), r.Headers[i].Value != nil
		}
	}
	return "", false
}

// Metadata is what every event says about itself.
type Metadata struct {
	// ID identifies the event: a UUID in the envelope and flat formats, any
	// text of up to 256 characters in CloudEvents.
	ID string
	// Type is the contract's wire type.
	Type string
	// Version is "<major>.<revision>" of the contract it was written with.
	Version string
	// Time is when the event was made, in UTC, to the microsecond.
	Time time.Time
	// CorrelationID joins all events that one root event caused. Empty if the
	// writer gave none.
	CorrelationID string
	// CausationID is the id of the event whose handling made this one.
	CausationID string
	// Source is a URI-reference of the producing service.
	Source string
}

// DeadLetterTopic is where a group's dead letters of a topic go.
func DeadLetterTopic(topic, group string) string { return topicname.DeadLetter(topic, group) }

// RedriveTopic is where a group's dead letters of a topic come back from.
func RedriveTopic(topic, group string) string { return topicname.Redrive(topic, group) }
