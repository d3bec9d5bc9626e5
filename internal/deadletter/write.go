package deadletter

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Headers are the headers of the dead letter: those of the record, untouched,
// and then ours, of which the last of a name counts. Without details it has
// neither dlq-error nor dlq-violations, which are the long ones: so is a dead
// letter written that is too large for its topic otherwise.
func (f Failure) Headers(record []event.Header, details bool) []event.Header {
	w := writer{headers: slices.Grow(slices.Clip(record), 20)}
	partition, offset, timestamp := decimal(int64(f.At.Partition)), decimal(f.At.Offset), decimal(f.At.Timestamp)
	w.add(HeaderID, f.id().String())
	w.add(HeaderReason, string(f.Reason))
	if details {
		w.add(HeaderError, cut(f.Error, MaxError))
	}
	w.add(HeaderTopic, f.Topic)
	w.add(HeaderPartition, partition)
	w.add(HeaderOffset, offset)
	w.add(HeaderTimestamp, timestamp)
	w.add(HeaderGroup, f.Group)
	w.known(HeaderHandler, f.Handler)
	w.add(HeaderAttempts, strconv.Itoa(f.Attempts))
	w.add(HeaderFirstFailedAt, f.FirstFailedAt.UTC().Format(time.RFC3339Nano))
	w.add(HeaderFailedAt, f.FailedAt.UTC().Format(time.RFC3339Nano))
	w.known(HeaderEventID, f.EventID)
	w.known(HeaderEventType, f.EventType)
	if details && len(f.Violations) > 0 {
		w.add(HeaderViolations, violationsText(f.Violations))
	}
	origin := f.origin(record)
	w.add(HeaderOriginTopic, origin.Topic)
	w.add(HeaderOriginPartition, decimal(int64(origin.Partition)))
	w.add(HeaderOriginOffset, decimal(origin.Offset))
	w.add(HeaderOriginTimestamp, decimal(origin.Timestamp))
	return w.headers
}

type writer struct{ headers []event.Header }

func (w *writer) add(name, value string) {
	w.headers = append(w.headers, event.Header{Key: name, Value: []byte(value)})
}

// known adds what the record or its handler says, if anything.
func (w *writer) known(name, value string) {
	if value != "" {
		w.add(name, cut(value, MaxMetadata))
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// violationsText is as many violations as fit, as JSON. They name fields and
// rules, never values.
func violationsText(violations []event.Violation) string {
	out := []byte{'['}
	for i, one := range violations {
		b, err := json.Marshal(one)
		if err != nil || len(out)+len(b)+2 > MaxViolations {
			break
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, b...)
	}
	return string(append(out, ']'))
}

// cut is s as UTF-8 text of at most n bytes.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
