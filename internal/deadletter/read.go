package deadletter

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Read reads a record of a dead-letter topic. It accepts whatever is there:
// what a header does not say stays empty, and a record that is not a dead
// letter of its topic's group is Foreign.
func Read(rec event.Record) Letter {
	hs := rec.Headers
	l := Letter{
		Failure: Failure{
			Topic: Text(hs, HeaderTopic), Group: Text(hs, HeaderGroup),
			Reason: event.Reason(Text(hs, HeaderReason)), Error: Text(hs, HeaderError),
			Violations: readViolations(Text(hs, HeaderViolations)),
			Handler:    Text(hs, HeaderHandler), Attempts: readAttempts(Text(hs, HeaderAttempts)),
			FirstFailedAt: readTime(Text(hs, HeaderFirstFailedAt)), FailedAt: readTime(Text(hs, HeaderFailedAt)),
			EventID: Text(hs, HeaderEventID), EventType: Text(hs, HeaderEventType),
		},
	}
	l.Cause = cause(l.Error, l.Reason)
	l.Origin, _ = readPlace(hs, Text(hs, HeaderOriginTopic), HeaderOriginPartition, HeaderOriginOffset, HeaderOriginTimestamp)
	if l.ID, l.Foreign = l.check(rec); l.Foreign != "" {
		return l
	}
	l.Disclosed = disclosed(hs)
	l.At, _ = readPlace(hs, l.ID.Topic, HeaderPartition, HeaderOffset, HeaderTimestamp)
	if l.ID.Topic == event.RedriveTopic(l.Topic, l.Group) {
		l.Redriven = redriveCount(hs)
	}
	return l
}

// check reads the id, or says why the record is not a dead letter of its
// topic's group: its own name must follow from the topic and the group that it
// names, and its id must be about these. What is said of a stranger's record quotes
// nothing of it: it would pass for our words.
func (l Letter) check(rec event.Record) (id ID, foreign string) {
	idText := Text(rec.Headers, HeaderID)
	if idText == "" || l.Topic == "" || l.Group == "" {
		return ID{}, "it has no dead-letter headers"
	}
	if event.DeadLetterTopic(l.Topic, l.Group) != rec.Topic {
		return ID{}, "its headers name a topic and a group whose dead-letter topic is another one"
	}
	id, ok := ParseID(idText)
	if !ok || id.Group != l.Group || id.Topic != l.Topic && id.Topic != event.RedriveTopic(l.Topic, l.Group) {
		return ID{}, "its dlq-id names neither its source topic nor its group's redrive topic"
	}
	return id, ""
}

// cause is an error without the "read EVENT: REASON: " of event.Error, which
// repeats what other headers say. Errors of handlers have none of it.
func cause(text string, reason event.Reason) string {
	if head, rest, ok := strings.Cut(text, ": "+string(reason)+": "); ok && strings.HasPrefix(head, "read ") {
		return rest
	}
	return text
}

// readViolations reads as many as are readable. A text longer than any that is
// written is not looked into: a record's memory must not grow with what a
// stranger wrote.
func readViolations(text string) []event.Violation {
	if text == "" || len(text) > MaxViolations {
		return nil
	}
	var out []event.Violation
	_ = json.Unmarshal([]byte(text), &out) // a reader who needs the rest has the header
	return out
}

// readAttempts is -1 for what no consumer writes.
func readAttempts(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

func readTime(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
