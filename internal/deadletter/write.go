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
	w := writer{record: record, headers: slices.Grow(slices.Clip(record), 20)}
	w.add(HeaderID, f.id().String())
	w.add(HeaderReason, string(f.Reason))
	w.addIf(details, HeaderError, cut(f.Error, MaxError))
	w.add(HeaderTopic, f.Topic)
	w.add(HeaderPartition, decimal(int64(f.At.Partition)))
	w.add(HeaderOffset, decimal(f.At.Offset))
	w.add(HeaderTimestamp, decimal(f.At.Timestamp))
	w.add(HeaderGroup, f.Group)
	w.addIf(f.Handler != "", HeaderHandler, cut(f.Handler, MaxMetadata))
	w.add(HeaderAttempts, strconv.Itoa(f.Attempts))
	w.add(HeaderFirstFailedAt, f.FirstFailedAt.UTC().Format(time.RFC3339Nano))
	w.add(HeaderFailedAt, f.FailedAt.UTC().Format(time.RFC3339Nano))
	w.addIf(f.EventID != "", HeaderEventID, cut(f.EventID, MaxMetadata))
	w.addIf(f.EventType != "", HeaderEventType, cut(f.EventType, MaxMetadata))
	w.addIf(details && len(f.Violations) > 0, HeaderViolations, violationsText(f.Violations))
	w.add(HeaderDisclosure, Disclosure)
	origin := f.origin(record)
	w.add(HeaderOriginTopic, origin.Topic)
	w.add(HeaderOriginPartition, decimal(int64(origin.Partition)))
	w.add(HeaderOriginOffset, decimal(origin.Offset))
	w.add(HeaderOriginTimestamp, decimal(origin.Timestamp))
	return w.headers
}

// writer adds headers behind those of a record.
type writer struct {
	record  []event.Header
	headers []event.Header
}

func (w *writer) add(name, value string) {
	w.headers = append(w.headers, event.Header{Key: name, Value: []byte(value)})
}

// addIf adds a header that is not always there. Where it is not, and the record
// brings one of that name, an empty one says that there is nothing: what the
// record says must not pass for ours.
func (w *writer) addIf(there bool, name, value string) {
	if there {
		w.add(name, value)
	} else if _, forged := Header(w.record, name); forged {
		w.add(name, "")
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
