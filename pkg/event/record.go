package event

import (
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// Record is an event as Kafka carries it, without what the broker adds:
// partition, offset and its own timestamp.
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

// header returns the last value of a header, which is the one that counts in
// Kafka's clients too; a null is as if there were none.
func (r *Record) header(key string) (string, bool) {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Key == key {
			return string(r.Headers[i].Value), r.Headers[i].Value != nil
		}
	}
	return "", false
}

// DeadLetterTopic is where a group's dead letters of a topic go.
func DeadLetterTopic(topic, group string) string { return topicname.DeadLetter(topic, group) }

// RedriveTopic is where a group's dead letters of a topic come back from.
func RedriveTopic(topic, group string) string { return topicname.Redrive(topic, group) }
