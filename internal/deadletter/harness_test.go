package deadletter_test

import (
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const (
	topic   = "orders"
	group   = "mailer"
	dlq     = "orders.mailer.dlq"
	redrive = "orders.mailer.redrive"
)

// headers are names and values by turns.
func headers(pairs ...string) []event.Header {
	var out []event.Header
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, event.Header{Key: pairs[i], Value: []byte(pairs[i+1])})
	}
	return out
}

// failure is one of an event that was tried ten times.
func failure(offset int64) deadletter.Failure {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return deadletter.Failure{
		Topic: topic, Group: group,
		At:     deadletter.Place{Topic: topic, Partition: 1, Offset: offset, Timestamp: 1_700_000_000_000},
		Reason: event.ReasonRetriesExhausted, Error: "smtp: connection refused",
		Handler: "events.shop.v1.OrderPlaced", Attempts: 10, FirstFailedAt: at, FailedAt: at.Add(80 * time.Second),
		EventID: "3bef3d62-1869-4156-912c-d74879a3549f", EventType: "OrderPlaced",
	}
}

// failedAgain is the failure of a record on its redrive topic.
func failedAgain(offset int64) deadletter.Failure {
	f := failure(offset)
	f.At.Topic = redrive
	return f
}

// letter is the dead letter of a failure, written and read.
func letter(f deadletter.Failure, own ...event.Header) deadletter.Letter {
	return deadletter.Read(event.Record{Topic: dlq, Headers: f.Headers(own, true)})
}

func last(hs []event.Header, name string) string {
	value, ok := deadletter.Header(hs, name)
	if !ok {
		return "(none)"
	}
	return value
}

func size(hs []event.Header) int {
	n := 0
	for _, h := range hs {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

// longest is the longest legal topic name of a dead letter's two derived topics.
func longest() (topic, group string) {
	return "t", strings.Repeat("g", 249-len("t")-len(".")-len(".redrive"))
}
