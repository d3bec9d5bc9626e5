package cli

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// The headers of dead letters and redriven records that commands read or write.
const (
	headerDLQPrefix     = "dlq-"
	headerOriginPrefix  = "dlq-origin-" // the first trip's, kept when redriven
	headerRedrivePrefix = "redrive-"

	headerDLQID         = "dlq-id"
	headerDLQReason     = "dlq-reason"
	headerDLQError      = "dlq-error"
	headerDLQTopic      = "dlq-topic"
	headerDLQPartition  = "dlq-partition"
	headerDLQOffset     = "dlq-offset"
	headerDLQGroup      = "dlq-group"
	headerDLQHandler    = "dlq-handler"
	headerDLQAttempts   = "dlq-attempts"
	headerDLQFirst      = "dlq-first-failed-at"
	headerDLQFailed     = "dlq-failed-at"
	headerOriginTopic   = "dlq-origin-topic"
	headerOriginPart    = "dlq-origin-partition"
	headerOriginOffset  = "dlq-origin-offset"
	headerDLQEventID    = "dlq-event-id"
	headerDLQEventType  = "dlq-event-type"
	headerDLQViolations = "dlq-violations"

	headerRedriveID     = "redrive-id"
	headerRedriveOf     = "redrive-of"
	headerRedriveCount  = "redrive-count"
	headerRedriveGroup  = "redrive-group"
	headerRedriveTopic  = "redrive-topic"
	headerRedriveReason = "redrive-reason"
)

// letter is a dead letter as it is listed.
type letter struct {
	ID         string            `json:"dlq_id"`
	Partition  int32             `json:"partition"` // of the dead-letter topic
	Offset     int64             `json:"offset"`
	Reason     string            `json:"reason"`
	Error      string            `json:"error,omitempty"`
	EventID    string            `json:"event_id,omitempty"`
	EventType  string            `json:"event_type,omitempty"`
	Key        *string           `json:"key"`
	KeyBase64  string            `json:"key_base64,omitempty"` // of a key that is no UTF-8
	Topic      string            `json:"topic"`                // source
	Group      string            `json:"group"`
	FromTopic  string            `json:"from_topic"` // the source topic or, on a later trip, the redrive topic
	From       string            `json:"from"`       // partition/offset of what failed there
	Origin     string            `json:"origin"`     // topic and partition/offset of the first trip
	Handler    string            `json:"handler,omitempty"`
	Attempts   *int              `json:"attempts,omitempty"` // nil if the header is no number
	FirstAt    string            `json:"first_failed_at,omitempty"`
	FailedAt   string            `json:"failed_at,omitempty"`
	Redriven   int               `json:"redrive_count"` // how often it had been redriven before it failed
	Violations []event.Violation `json:"violations,omitempty"`

	// Foreign says why it is no dead letter of this topic's group; then it
	// cannot be redriven.
	Foreign string `json:"foreign,omitempty"`
}

func letterOf(r record) letter {
	get := func(key string) string {
		v, _ := r.header(key)
		return v
	}
	l := letter{
		ID: get(headerDLQID), Partition: r.Partition, Offset: r.Offset,
		Reason: get(headerDLQReason), Error: get(headerDLQError),
		EventID: get(headerDLQEventID), EventType: get(headerDLQEventType),
		Topic: get(headerDLQTopic), Group: get(headerDLQGroup),
		From: place(get(headerDLQPartition), get(headerDLQOffset)), Handler: get(headerDLQHandler),
		Attempts: attempts(get(headerDLQAttempts)), FirstAt: get(headerDLQFirst), FailedAt: get(headerDLQFailed),
		Origin: strings.TrimSpace(get(headerOriginTopic) + " " + place(get(headerOriginPart), get(headerOriginOffset))),
	}
	l.Key, l.KeyBase64 = keyOfRecord(r)
	if text := get(headerDLQViolations); text != "" {
		// Cut at its limit it may be no JSON any more; show reads the header.
		_ = json.Unmarshal([]byte(text), &l.Violations)
	}
	l.FromTopic, l.Foreign = l.check(r)
	if l.Foreign == "" && l.FromTopic == event.RedriveTopic(l.Topic, l.Group) {
		l.Redriven = redriveCount(r)
	}
	return l
}

// check finds the topic that the record failed on, or says why it is no dead
// letter of its topic. A dlq-id is GROUP/TOPIC/PARTITION/OFFSET of that trip.
func (l letter) check(r record) (fromTopic, foreign string) {
	if l.ID == "" || l.Topic == "" || l.Group == "" {
		return "", "it has no dead-letter headers"
	}
	if event.DeadLetterTopic(l.Topic, l.Group) != r.Topic {
		return "", "its headers name topic " + l.Topic + " and group " + l.Group + ", whose dead-letter topic is another one"
	}
	id := strings.Split(l.ID, "/")
	if len(id) != 4 || id[0] != l.Group || id[1] != l.Topic && id[1] != event.RedriveTopic(l.Topic, l.Group) {
		return "", "its dlq-id " + l.ID + " names neither its source topic nor its group's redrive topic"
	}
	return id[1], ""
}

// attempts is a dead letter's number of attempts; nil for what no consumer
// writes, which dlq show has among the headers.
func attempts(header string) *int {
	n, err := strconv.Atoi(header)
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

// attemptsText is the number of attempts for people.
func (l letter) attemptsText() string {
	if l.Attempts == nil {
		return ""
	}
	return strconv.Itoa(*l.Attempts)
}

// cause is the error for people, who have the reason beside it: what a consumer
// says of a record that it could not read begins with that.
func (l letter) cause() string {
	if head, rest, ok := strings.Cut(l.Error, ": "+l.Reason+": "); ok && strings.HasPrefix(head, "read ") {
		return rest
	}
	return l.Error
}

// place is PARTITION/OFFSET, or empty if neither is known.
func place(partition, offset string) string {
	if partition == "" && offset == "" {
		return ""
	}
	return partition + "/" + offset
}

// letterFlags select dead letters.
type letterFlags struct {
	reasons []string
	types   []string
	keys    []string
	ids     []string
	reveal  bool
}

func (f letterFlags) match(l letter, r record) bool {
	one := func(wanted []string, have string) bool { return len(wanted) == 0 || slices.Contains(wanted, have) }
	return one(f.reasons, l.Reason) && one(f.types, l.EventType) && one(f.keys, string(r.Key)) &&
		(len(f.ids) == 0 || slices.Contains(f.ids, l.ID) || slices.Contains(f.ids, l.EventID) || slices.Contains(f.ids, r.at()))
}

// redriveCount is how often a record of the redrive topic had been redriven. A
// record of the source topic may carry redrive headers that anyone wrote; those
// of the redrive topic count if they are about this topic and group.
func redriveCount(r record) int {
	for _, pair := range [][2]string{{headerRedriveTopic, headerDLQTopic}, {headerRedriveGroup, headerDLQGroup}} {
		ours, ok := r.header(pair[0])
		theirs, _ := r.header(pair[1])
		if !ok || ours != theirs {
			return 0
		}
	}
	text, _ := r.header(headerRedriveCount)
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
