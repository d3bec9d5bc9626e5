package recordview

import (
	"slices"
	"strconv"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/disclosure"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Letter is a dead letter as it is listed. Its JSON names are those of --json.
type Letter struct {
	ID         string            `json:"dlq_id"`
	Partition  int32             `json:"partition"` // of the dead-letter topic
	Offset     int64             `json:"offset"`
	Reason     string            `json:"reason"`
	Error      string            `json:"error,omitempty"`
	EventID    string            `json:"event_id,omitempty"`
	EventType  string            `json:"event_type,omitempty"`
	Key        *string           `json:"key"`
	KeyBase64  string            `json:"key_base64,omitempty"` // of a key that is not UTF-8
	Topic      string            `json:"topic"`                // source
	Group      string            `json:"group"`
	FromTopic  string            `json:"from_topic"` // the source topic or, on a later trip, the redrive topic
	From       string            `json:"from"`       // partition/offset of what failed there
	Origin     string            `json:"origin"`     // topic and partition/offset of the first trip
	Handler    string            `json:"handler,omitempty"`
	Attempts   *int              `json:"attempts,omitempty"` // nil if the header is not a number
	FirstAt    string            `json:"first_failed_at,omitempty"`
	FailedAt   string            `json:"failed_at,omitempty"`
	Redriven   int               `json:"redrive_count"` // how often it had been redriven before it failed
	Violations []event.Violation `json:"violations,omitempty"`

	// Foreign says why it is not a dead letter of this topic's group; then it
	// cannot be redriven.
	Foreign string `json:"foreign,omitempty"`

	// Cause is Error for people, who have the reason beside it.
	Cause string `json:"-"`

	found     string // the topic that it is in
	disclosed bool   // see deadletter.Letter
}

// NewLetter is a record of a dead-letter topic as it is listed, l being what
// deadletter.Read has read of it. Its key is not hidden: see [Viewer.Letter]. The id, places and
// times are shown as they are written: a list has to show also what no consumer
// writes.
func NewLetter(r Record, l deadletter.Letter) Letter {
	written := func(name string) string { return deadletter.Text(r.Headers, name) }
	out := Letter{
		ID: written(deadletter.HeaderID), Partition: r.Partition, Offset: r.Offset,
		Reason: string(l.Reason), Error: l.Error, Cause: l.Cause,
		EventID: l.EventID, EventType: l.EventType, Topic: l.Topic, Group: l.Group,
		FromTopic: l.ID.Topic, From: place(written(deadletter.HeaderPartition), written(deadletter.HeaderOffset)),
		Origin: strings.TrimSpace(written(deadletter.HeaderOriginTopic) + " " +
			place(written(deadletter.HeaderOriginPartition), written(deadletter.HeaderOriginOffset))),
		Handler: l.Handler, FirstAt: written(deadletter.HeaderFirstFailedAt), FailedAt: written(deadletter.HeaderFailedAt),
		Redriven: l.Redriven, Violations: l.Violations, Foreign: l.Foreign,
		found: r.Topic, disclosed: l.Disclosed,
	}
	if l.Attempts >= 0 {
		out.Attempts = &l.Attempts
	}
	out.Key, out.KeyBase64 = r.jsonKey()
	return out
}

// KnownReason is the reason if a consumer can have written it, else "foreign".
func (l Letter) KnownReason() string {
	if l.Foreign != "" || !slices.Contains(event.Reasons(), event.Reason(l.Reason)) {
		return "foreign"
	}
	return l.Reason
}

// AttemptsText is the number of attempts for people; empty if it is not known.
func (l Letter) AttemptsText() string {
	if l.Attempts == nil {
		return ""
	}
	return strconv.Itoa(*l.Attempts)
}

// place is PARTITION/OFFSET, or empty if neither is known.
func place(partition, offset string) string {
	if partition == "" && offset == "" {
		return ""
	}
	return partition + "/" + offset
}

// Letter is l without what may be personal or secret: its key, and what consumers that
// do not follow today's rule have written about an error.
func (v Viewer) Letter(l Letter) Letter {
	// Of a stranger's letter, whose headers name no topic, that of its own topic's name counts.
	l.Key, l.KeyBase64 = v.key(l.Topic, l.ReadType(), l.Key, l.KeyBase64)
	l.Key, l.KeyBase64 = v.key(l.found, l.ReadType(), l.Key, l.KeyBase64)
	if !v.hides(l.Topic, l.ReadType()) && !v.hides(l.found, l.ReadType()) {
		return l
	}
	if l.Error != "" && !l.disclosed {
		l.Error, l.Cause, l.Violations = disclosure.Hidden, disclosure.Hidden, nil
	}
	if l.Foreign != "" { // its headers may say anything
		for _, said := range []*string{&l.ID, &l.Reason, &l.EventID, &l.EventType, &l.Topic, &l.Group, &l.FromTopic, &l.From, &l.Origin, &l.Handler, &l.FirstAt, &l.FailedAt} {
			if *said != "" {
				*said = disclosure.Hidden
			}
		}
	}
	return l
}

// ReadType is the event's type if the group's consumer has read the record by it; what a
// record that could not be read claims to be, it need not be.
func (l Letter) ReadType() string {
	switch event.Reason(l.Reason) {
	case event.ReasonPermanent, event.ReasonRetriesExhausted, event.ReasonPanic, event.ReasonConversionFailed:
		if l.Foreign == "" {
			return l.EventType
		}
	}
	return ""
}
