package deadletter

import (
	"github.com/eventcontracts/eventcontracts/internal/headername"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// The headers that a dead letter has behind those of its record. All values are
// UTF-8 text; numbers are decimal.
const (
	HeaderID            = "dlq-id"              // see [ID]
	HeaderReason        = "dlq-reason"          // an event.Reason
	HeaderError         = "dlq-error"           // without values of personal and secret fields
	HeaderTopic         = "dlq-topic"           // the source topic, also if the record failed on the redrive topic
	HeaderPartition     = "dlq-partition"       // of the topic that the record failed on
	HeaderOffset        = "dlq-offset"          // likewise
	HeaderTimestamp     = "dlq-timestamp"       // the record's own, in milliseconds since 1970; -1 if it had none
	HeaderGroup         = "dlq-group"           // the consumer group
	HeaderHandler       = "dlq-handler"         // the handler's message; absent if the record could not be read
	HeaderAttempts      = "dlq-attempts"        // how often the handler was called; 0 if the record could not be read
	HeaderFirstFailedAt = "dlq-first-failed-at" // the first failure of this trip: RFC 3339, UTC
	HeaderFailedAt      = "dlq-failed-at"       // when the dead letter was made, likewise
	HeaderEventID       = "dlq-event-id"        // absent if it could not be read
	HeaderEventType     = "dlq-event-type"      // likewise
	HeaderViolations    = "dlq-violations"      // a JSON array of event.Violation; for event.ReasonInvalid

	// Where the record failed on its first trip. A redrive keeps these.
	HeaderOriginTopic     = "dlq-origin-topic"
	HeaderOriginPartition = "dlq-origin-partition"
	HeaderOriginOffset    = "dlq-origin-offset"
	HeaderOriginTimestamp = "dlq-origin-timestamp"
)

// The headers that a redriven record has behind those of its record and behind
// dlq-origin-*.
const (
	HeaderRedriveID     = "redrive-id"     // the run that sent it
	HeaderRedriveOf     = "redrive-of"     // the dlq-id of the dead letter
	HeaderRedriveCount  = "redrive-count"  // how often the event has been redriven, this time included
	HeaderRedriveGroup  = "redrive-group"  // the group that it is for
	HeaderRedriveTopic  = "redrive-topic"  // the source topic
	HeaderRedriveReason = "redrive-reason" // why a person redrove it
)

const (
	prefix        = headername.DeadLetterPrefix
	originPrefix  = prefix + "origin-"
	redrivePrefix = headername.RedrivePrefix
)

// Limits of what is written, in bytes.
const (
	// MaxHeaders bounds all headers of a dead letter together, names included.
	// A dead-letter topic has to take that much more than its source topic
	// (Kafka's max.message.bytes).
	MaxHeaders = 8 << 10
	// MaxError bounds dlq-error.
	MaxError = 1 << 10
	// MaxViolations bounds dlq-violations.
	MaxViolations = 4 << 10
	// MaxMetadata bounds each of dlq-handler, dlq-event-id and dlq-event-type: a
	// foreign record may say anything of itself.
	MaxMetadata = 512
	// MaxRedriveReason bounds redrive-reason.
	MaxRedriveReason = 1 << 10

	// maxDigits is what a number of 64 bits has at most, its sign included.
	maxDigits = 20
)

// Header is the last value of a header: of several the last one counts.
func Header(headers []event.Header, name string) (value string, ok bool) {
	for i := len(headers) - 1; i >= 0; i-- {
		if headers[i].Key == name {
			return string(headers[i].Value), true
		}
	}
	return "", false
}

// text is the last value of a header, or nothing.
func text(headers []event.Header, name string) string {
	value, _ := Header(headers, name)
	return value
}
