package deadletter_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// TestV4_HeadersOfThreeTrips lets a record fail, redrives it, and lets it fail
// again. What it had at first stays, and nothing grows by the trips.
func TestV4_HeadersOfThreeTrips(t *testing.T) {
	t.Parallel()
	own := append(headers("tenant", "7", "tenant", "8", "redrive-count", "9", "dlq-note", "x", "dlq-origin-topic", "people"), event.Header{Key: "null"})
	kept := append(headers("tenant", "7", "tenant", "8"), event.Header{Key: "null"})
	f := failure(7)
	for trip := range 3 {
		written := f.Headers(own, true)
		l := deadletter.Read(event.Record{Topic: dlq, Headers: written})
		got := l.RedriveHeaders(written, "run", "mail server is back")
		want := append(append([]event.Header(nil), kept...), headers(
			"dlq-origin-topic", "orders", "dlq-origin-partition", "1", "dlq-origin-offset", "7", "dlq-origin-timestamp", "1700000000000",
			"redrive-id", "run",
			"redrive-of", "mailer/"+f.At.Topic+"/1/"+strconv.FormatInt(f.At.Offset, 10),
			"redrive-count", strconv.Itoa(trip+1),
			"redrive-group", group,
			"redrive-topic", topic,
			"redrive-reason", "mail server is back",
		)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("headers of trip %d (-want +got):\n%s", trip+1, diff)
		}
		own, f = got, failedAgain(int64(100+trip))
	}
}

// A count that came round to a negative number would be taken for none.
func TestAForgedCountStaysLarge(t *testing.T) {
	t.Parallel()
	own := headers("redrive-group", group, "redrive-topic", topic, "redrive-count", strconv.Itoa(math.MaxInt))
	l := letter(failedAgain(1), own...)
	if got := last(l.RedriveHeaders(own, "run", "why"), deadletter.HeaderRedriveCount); got != strconv.Itoa(math.MaxInt) {
		t.Errorf("redrive-count %s, want it as large as before", got)
	}
}

// A stranger's record with 100,000 headers must not take a redrive a minute each.
func TestRedriveHeadersAreLinear(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"x", "dlq-origin-topic", "dlq-origin-%d", "redrive-of", "dlq-error"} {
		var own []event.Header
		for i := range 100_000 {
			own = append(own, event.Header{Key: strings.ReplaceAll(name, "%d", strconv.Itoa(i)), Value: []byte("v")})
		}
		began := time.Now()
		rec := event.Record{Topic: dlq, Headers: failure(1).Headers(own, true)}
		l := deadletter.Read(rec)
		l.RedriveHeaders(rec.Headers, "run", "why")
		deadletter.NewPlan(source, deadletter.PlanOptions{}).Add(l, rec, deadletter.Position{})
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
}
