package deadletter

import (
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/headername"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// The headers that a dead letter has behind those of its record. All values are
// UTF-8 text; numbers are decimal.
const (
	HeaderID            = "dlq-id"              // see [ID]
	HeaderReason        = "dlq-reason"          // an event.Reason
	HeaderError         = "dlq-error"           // without values of personal and secret fields, if dlq-disclosure says so
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
	HeaderDisclosure    = "dlq-disclosure"      // the rule that dlq-error and dlq-violations follow: see [Disclosure]

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

// Disclosure is the rule of package disclosure, in which the text of an error that has
// seen personal or secret values is not written. Letters without it are of consumers that
// hunted for such values in the text, and may have left some, or of strangers.
const Disclosure = "1"

// written are the names of the headers that are written. Any other with their prefix is a
// stranger's.
var written = []string{
	HeaderID, HeaderReason, HeaderError, HeaderTopic, HeaderPartition, HeaderOffset, HeaderTimestamp, HeaderGroup, HeaderHandler,
	HeaderAttempts, HeaderFirstFailedAt, HeaderFailedAt, HeaderEventID, HeaderEventType, HeaderViolations, HeaderDisclosure,
	HeaderOriginTopic, HeaderOriginPartition, HeaderOriginOffset, HeaderOriginTimestamp,
	HeaderRedriveID, HeaderRedriveOf, HeaderRedriveCount, HeaderRedriveGroup, HeaderRedriveTopic, HeaderRedriveReason,
}

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

// Credible reports whether the dlq-* and redrive-* headers of a record can be a consumer's
// or a redrive's: it is where these write to, and names the topic and the group of it.
// Whoever may write there can write such headers too; anywhere else nobody does.
func Credible(rec event.Record) bool {
	return Read(rec).Foreign == "" || RedrivenTo(rec.Headers, SourceTopic(rec), Text(rec.Headers, HeaderRedriveGroup)) && SourceTopic(rec) != rec.Topic
}

// MayShow reports whether the header at place i may be shown of a credible record whose
// contract has personal or secret fields: one that this module writes, of several with a
// name the last, and of texts about an error only those that follow the rule.
func MayShow(headers []event.Header, i int) bool {
	name := headers[i].Key
	if !slices.Contains(written, name) || lastIndex(headers, name) != i {
		return false
	}
	return name != HeaderError && name != HeaderViolations || disclosed(headers)
}

// disclosed reports whether the headers of a letter follow the rule. The consumer that
// wrote dlq-id has written dlq-disclosure behind it: one before it is the record's own.
func disclosed(headers []event.Header) bool {
	i := lastIndex(headers, HeaderDisclosure)
	return i > lastIndex(headers, HeaderID) && string(headers[i].Value) == Disclosure
}

// lastIndex is the place of the last header of a name, or -1.
func lastIndex(headers []event.Header, name string) int {
	for i := len(headers) - 1; i >= 0; i-- {
		if headers[i].Key == name {
			return i
		}
	}
	return -1
}

// Header is the last value of a header: of several the last one counts.
func Header(headers []event.Header, name string) (value string, ok bool) {
	i := lastIndex(headers, name)
	if i < 0 {
		return "", false
	}
	return string(headers[i].Value), true
}

// Text is the last value of a header, or nothing; also where it is longer than all that
// this module writes together. What is kept of a record must not grow with what a
// stranger wrote.
func Text(headers []event.Header, name string) string {
	value, _ := Header(headers, name)
	if len(value) > MaxHeaders {
		return ""
	}
	return value
}
