package deadletter_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

func TestD2_TheRecordsHeadersComeFirstAndUntouched(t *testing.T) {
	t.Parallel()
	own := append(headers("tenant", "7", "empty", "", "tenant", "8", "dlq-id", "forged", "\xff", "\x00"), event.Header{Key: "null"})
	own[1].Value = []byte{}
	// Headers must not write into the room behind the record's headers.
	spare := slices.Grow(slices.Clone(own), 100)
	spare = append(spare, event.Header{Key: "spare"})[:len(own)]
	got := failure(7).Headers(spare, true)
	if diff := cmp.Diff(own, got[:len(own)]); diff != "" {
		t.Errorf("the record's headers (-want +got):\n%s", diff)
	}
	if got[len(own)-1].Value != nil || got[1].Value == nil {
		t.Error("null and empty values are not told apart any more")
	}
	if name := spare[:len(own)+1][len(own)].Key; name != "spare" {
		t.Errorf("the caller's array was written to: %q", name)
	}
}

func TestD3_EachHeaderOnceAndLast(t *testing.T) {
	t.Parallel()
	f := failure(7)
	f.Violations = []event.Violation{{Field: "order_id", Rule: "string.min_len", Message: "must not be empty"}}
	want := headers(
		"dlq-id", "mailer/orders/1/7",
		"dlq-reason", "retries_exhausted",
		"dlq-error", "smtp: connection refused",
		"dlq-topic", "orders",
		"dlq-partition", "1",
		"dlq-offset", "7",
		"dlq-timestamp", "1700000000000",
		"dlq-group", "mailer",
		"dlq-handler", "events.shop.v1.OrderPlaced",
		"dlq-attempts", "10",
		"dlq-first-failed-at", "2026-01-02T03:04:05Z",
		"dlq-failed-at", "2026-01-02T03:05:25Z",
		"dlq-event-id", "3bef3d62-1869-4156-912c-d74879a3549f",
		"dlq-event-type", "OrderPlaced",
		"dlq-violations", `[{"field":"order_id","rule":"string.min_len","message":"must not be empty"}]`,
		"dlq-disclosure", "1",
		"dlq-origin-topic", "orders",
		"dlq-origin-partition", "1",
		"dlq-origin-offset", "7",
		"dlq-origin-timestamp", "1700000000000",
	)
	if diff := cmp.Diff(want, f.Headers(nil, true)); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestD3_WhatIsNotKnownIsNotWritten(t *testing.T) {
	t.Parallel()
	f := failure(7)
	f.Handler, f.EventID, f.EventType, f.Attempts = "", "", "", 0
	got := f.Headers(nil, true)
	for _, name := range []string{deadletter.HeaderHandler, deadletter.HeaderEventID, deadletter.HeaderEventType, deadletter.HeaderViolations} {
		if _, ok := deadletter.Header(got, name); ok {
			t.Errorf("%s is there", name)
		}
	}
	if n := last(got, deadletter.HeaderAttempts); n != "0" {
		t.Errorf("dlq-attempts is %q, want 0", n)
	}
}

// A record's own dlq-handler, dlq-event-id, dlq-event-type, dlq-error and
// dlq-violations passed for the consumer's where the consumer wrote none.
func TestD3_WhatIsNotKnownCannotBeForged(t *testing.T) {
	t.Parallel()
	var own []event.Header
	for _, name := range names {
		own = append(own, headers(name, `[{"rule":"forged"}]`)...)
	}
	f := failure(7)
	f.Handler, f.EventID, f.EventType, f.Error = "", "", "", ""
	l := deadletter.Read(event.Record{Topic: dlq, Headers: f.Headers(own, false)})
	if diff := cmp.Diff(f, l.Failure, cmpopts.EquateEmpty()); diff != "" || l.Foreign != "" {
		t.Errorf("foreign %q, failure (-want +got):\n%s", l.Foreign, diff)
	}
}

func TestD6_WithoutDetailsErrorAndViolationsAreLeftOut(t *testing.T) {
	t.Parallel()
	f := failure(7)
	f.Violations = []event.Violation{{Rule: "r"}}
	full, short := f.Headers(nil, true), f.Headers(nil, false)
	if len(full)-len(short) != 2 {
		t.Errorf("%d headers with details and %d without, want two fewer", len(full), len(short))
	}
	for _, name := range []string{deadletter.HeaderError, deadletter.HeaderViolations} {
		if _, ok := deadletter.Header(short, name); ok {
			t.Errorf("%s is there", name)
		}
	}
}

// TestD3_TheHeadersFitTheirLimit fills each header with as much as it can hold.
func TestD3_TheHeadersFitTheirLimit(t *testing.T) {
	t.Parallel()
	topic, group := longest()
	redrive := event.RedriveTopic(topic, group)
	origin := headers("dlq-origin-topic", strings.Repeat("o", 249), "dlq-origin-partition", "-2147483648",
		"dlq-origin-offset", "-9223372036854775808", "dlq-origin-timestamp", "-9223372036854775808")
	at := time.Date(2026, 12, 31, 23, 59, 59, 123456789, time.UTC)
	long := "\xff" + strings.Repeat("é", 1<<16)
	f := deadletter.Failure{
		Topic: topic, Group: group,
		At:     deadletter.Place{Topic: redrive, Partition: math.MinInt32, Offset: math.MinInt64, Timestamp: math.MinInt64},
		Reason: event.ReasonUnsupportedVersion, Error: long, Handler: long, Attempts: math.MinInt,
		FirstFailedAt: at, FailedAt: at, EventID: long, EventType: long,
	}
	for i := range 1000 {
		f.Violations = append(f.Violations, event.Violation{Field: fmt.Sprint("field-", i), Rule: "r\xff", Message: "\x00é\n"})
	}
	got := f.Headers(origin, true)[len(origin):]
	if n := size(got); n > deadletter.MaxHeaders || n < deadletter.MaxHeaders-300 {
		t.Errorf("%d bytes of headers, want at most %d and nearly as many", n, deadletter.MaxHeaders)
	}
	for _, h := range got {
		if !utf8.Valid(h.Value) {
			t.Errorf("%s is not UTF-8 text", h.Key)
		}
	}
	for name, limit := range map[string]int{
		deadletter.HeaderError: deadletter.MaxError, deadletter.HeaderViolations: deadletter.MaxViolations,
		deadletter.HeaderHandler: deadletter.MaxMetadata, deadletter.HeaderEventID: deadletter.MaxMetadata, deadletter.HeaderEventType: deadletter.MaxMetadata,
	} {
		if n := len(last(got, name)); n > limit || n < limit-100 {
			t.Errorf("%s has %d bytes, want at most %d and nearly as many", name, n, limit)
		}
	}
	var list []event.Violation
	if err := json.Unmarshal([]byte(last(got, deadletter.HeaderViolations)), &list); err != nil || len(list) < 10 {
		t.Errorf("dlq-violations has %d elements: %v", len(list), err)
	}
}

func TestAViolationThatDoesNotFitIsNotCut(t *testing.T) {
	t.Parallel()
	f := failure(7)
	f.Violations = []event.Violation{{Message: strings.Repeat("x", deadletter.MaxViolations)}}
	if got := last(f.Headers(nil, true), deadletter.HeaderViolations); got != "[]" {
		t.Errorf("dlq-violations is %.80q, want an empty list", got)
	}
}
