package deadletter_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// random makes failures and headers that a consumer may meet.
type random struct{ *rand.Rand }

func (r random) one(of ...string) string { return of[r.IntN(len(of))] }

// text is UTF-8 text of up to n bytes.
func (r random) text(n int) string {
	var b strings.Builder
	for b.Len() < r.IntN(n) {
		b.WriteRune([]rune{'a', ' ', '/', ':', '"', '\x00', '\n', 'é', '\u2028', '\ufffd', '🥛'}[r.IntN(11)])
	}
	if b.Len() > n {
		return ""
	}
	return b.String()
}

func (r random) time() time.Time {
	return time.Unix(r.Int64N(1<<33), r.Int64N(1e9)).UTC()
}

func (r random) failure() deadletter.Failure {
	f := deadletter.Failure{
		Topic: r.one("orders", "a.b", "a", "x-y_z."), Group: r.one("mailer", "b.c", "c", "-"),
		Reason: event.Reasons()[r.IntN(len(event.Reasons()))], Error: r.text(deadletter.MaxError),
		Handler: r.text(deadletter.MaxMetadata), Attempts: r.IntN(1 << 20),
		FirstFailedAt: r.time(), FailedAt: r.time(), EventID: r.text(deadletter.MaxMetadata), EventType: r.text(deadletter.MaxMetadata),
	}
	f.At = deadletter.Place{
		Topic: f.Topic, Partition: r.Int32N(math.MaxInt32), Offset: r.Int64N(math.MaxInt64), Timestamp: r.Int64N(1<<42) - 1,
	}
	if r.IntN(2) == 0 {
		f.At.Topic = event.RedriveTopic(f.Topic, f.Group)
	}
	for range r.IntN(4) {
		f.Violations = append(f.Violations, event.Violation{Field: r.text(40), Rule: r.text(40), Message: r.text(80)})
	}
	return f
}

// noise are headers that a stranger may have put on a record.
func (r random) noise() []event.Header {
	var out []event.Header
	for range r.IntN(8) {
		h := event.Header{Key: r.one(names...)}
		if r.IntN(4) > 0 {
			h.Value = []byte(r.one("", "7", "-7", "orders", "mailer", "99999999999999999999999", "\xff\xfe", r.text(64)))
		}
		out = append(out, h)
	}
	return out
}

// headerNames are all headers of dead letters and redriven records.
var headerNames = []string{
	deadletter.HeaderID, deadletter.HeaderReason, deadletter.HeaderError, deadletter.HeaderTopic, deadletter.HeaderPartition,
	deadletter.HeaderOffset, deadletter.HeaderTimestamp, deadletter.HeaderGroup, deadletter.HeaderHandler, deadletter.HeaderAttempts,
	deadletter.HeaderFirstFailedAt, deadletter.HeaderFailedAt, deadletter.HeaderEventID, deadletter.HeaderEventType,
	deadletter.HeaderViolations, deadletter.HeaderDisclosure, deadletter.HeaderOriginTopic, deadletter.HeaderOriginPartition, deadletter.HeaderOriginOffset,
	deadletter.HeaderOriginTimestamp, deadletter.HeaderRedriveID, deadletter.HeaderRedriveOf, deadletter.HeaderRedriveCount,
	deadletter.HeaderRedriveGroup, deadletter.HeaderRedriveTopic, deadletter.HeaderRedriveReason,
}

// names are headers that a record may have.
var names = append([]string{"dlq-note", "redrive-", "tenant", ""}, headerNames...)

// TestD3_WhatIsWrittenIsRead writes dead letters of any record, with whatever
// headers it has, and reads them.
func TestD3_WhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	r := random{rand.New(rand.NewPCG(1, 2))}
	for range 5000 {
		f, own := r.failure(), r.noise()
		got := deadletter.Read(event.Record{Topic: event.DeadLetterTopic(f.Topic, f.Group), Headers: f.Headers(own, true)})
		if diff := cmp.Diff(f, got.Failure, cmpopts.EquateEmpty()); diff != "" || got.Foreign != "" {
			t.Fatalf("foreign %q, failure (-want +got):\n%s", got.Foreign, diff)
		}
		if want := deadletter.NewID(f.Group, f.At.Topic, f.At.Partition, f.At.Offset); got.ID != want {
			t.Fatalf("id %v, want %v", got.ID, want)
		}
		if got.Origin == (deadletter.Place{}) || f.At.Topic == f.Topic && got.Origin != f.At {
			t.Fatalf("origin %+v of a failure at %+v", got.Origin, f.At)
		}
		if f.At.Topic == f.Topic && got.Redriven != 0 {
			t.Fatalf("redriven %d times without having been in the redrive topic", got.Redriven)
		}
	}
}

func TestV3_WhatIsNotTheTopicsDeadLetterIsForeign(t *testing.T) {
	t.Parallel()
	const noHeaders = "it has no dead-letter headers"
	const badID = "its dlq-id names neither its source topic nor its group's redrive topic"
	for _, row := range []struct {
		name   string
		topic  string
		extra  []event.Header // behind those of a right dead letter
		reason string
	}{
		{"right", dlq, nil, ""},
		{"of the redrive topic", dlq, headers("dlq-id", "mailer/orders.mailer.redrive/0/1"), ""},
		{"id without numbers", dlq, headers("dlq-id", "mailer/orders/x/y"), ""},
		{"no id", dlq, headers("dlq-id", ""), noHeaders},
		{"no topic", dlq, headers("dlq-topic", ""), noHeaders},
		{"null group", dlq, []event.Header{{Key: "dlq-group"}}, noHeaders},
		{"another topic", dlq, headers("dlq-topic", "people"), "its headers name a topic and a group whose dead-letter topic is another one"},
		{"found elsewhere", "people.mailer.dlq", nil, "its headers name a topic and a group whose dead-letter topic is another one"},
		{"id of another topic", dlq, headers("dlq-id", "mailer/people/0/3"), badID},
		{"id of another group", dlq, headers("dlq-id", "billing/orders/0/3"), badID},
		{"id of the dead-letter topic", dlq, headers("dlq-id", "mailer/orders.mailer.dlq/0/3"), badID},
		{"short id", dlq, headers("dlq-id", "mailer/orders/3"), badID},
		{"long id", dlq, headers("dlq-id", "mailer/orders/3/4/5"), badID},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			l := deadletter.Read(event.Record{Topic: row.topic, Headers: append(failure(1).Headers(nil, true), row.extra...)})
			if l.Foreign != row.reason {
				t.Errorf("foreign: %q, want %q", l.Foreign, row.reason)
			}
			if l.Foreign != "" && (l.ID != deadletter.ID{} || l.At != deadletter.Place{} || l.Redriven != 0) {
				t.Errorf("a foreign record's id, place or count was believed: %+v", l)
			}
		})
	}
}

func TestCauseLeavesOutWhatOtherHeadersSay(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ reason, text, want string }{
		{"invalid", "read OrderPlaced 1.0: invalid: breaks its contract's rules", "breaks its contract's rules"},
		{"invalid", "read record: invalid: a: invalid: b", "a: invalid: b"},
		{"permanent", "permanent: no such user", "permanent: no such user"},
		{"permanent", "read the file: permanent: gone", "gone"},
		{"panic", "read OrderPlaced 1.0: invalid: x", "read OrderPlaced 1.0: invalid: x"},
		{"not_an_event", "read record: not_an_event", "read record: not_an_event"},
		{"", "", ""},
	} {
		l := deadletter.Read(event.Record{Topic: dlq, Headers: append(failure(1).Headers(nil, true), headers("dlq-reason", row.reason, "dlq-error", row.text)...)})
		if l.Cause != row.want || l.Error != row.text {
			t.Errorf("the cause of %q is %q, want %q; error %q", row.text, l.Cause, row.want, l.Error)
		}
	}
}

// What event.Error says of a record is what Cause takes apart.
func TestCauseFitsTheErrorsOfPackageEvent(t *testing.T) {
	t.Parallel()
	f := failure(1)
	f.Error = (&event.Error{Reason: f.Reason, Metadata: event.Metadata{Type: "A: b", Version: "1.0"}, Err: fmt.Errorf("why: %s: not", f.Reason)}).Error()
	if got := letter(f).Cause; got != "why: retries_exhausted: not" {
		t.Errorf("the cause of %q is %q", f.Error, got)
	}
}

// TestHostileHeaders gives each header in turn what no consumer writes.
func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("9", 1<<17)
	values := map[string][]byte{
		"null": nil, "empty": {}, "huge": []byte(huge), "huge zeros": []byte(strings.Repeat("0", 1<<17) + "1"),
		"slashes": []byte(strings.Repeat("/", 1<<17)), "not UTF-8": []byte("\xff\xfe\x00"), "negative": []byte("-1"),
		"too large for 32 bits": []byte("2147483648"), "too large for 64 bits": []byte("9223372036854775808"),
		"plus": []byte("+1"), "hexadecimal": []byte("0x10"), "objects": []byte("[" + strings.Repeat("{},", 1<<17) + "{}]"),
		"nested": []byte(strings.Repeat("[", 1<<17)), "year": []byte("99999-01-01T00:00:00Z"), "parent": []byte(".."),
		"forged id": []byte("mailer/orders/0/0"), "count": []byte("9223372036854775807"),
	}
	for what, value := range values {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for _, name := range names {
				for _, f := range []deadletter.Failure{failure(3), failedAgain(3)} {
					hostile := event.Header{Key: name, Value: value}
					// Before ours it changes nothing but what is kept of a first trip.
					own := headers("redrive-topic", topic, "redrive-group", group, "redrive-count", "1")
					before := deadletter.Read(event.Record{Topic: dlq, Headers: f.Headers(append(own, hostile), true)})
					if diff := cmp.Diff(f, before.Failure, cmpopts.EquateEmpty()); diff != "" || before.Foreign != "" {
						t.Errorf("%s before ours: foreign %q (-want +got):\n%s", name, before.Foreign, diff)
					}
					// Behind ours it is what a stranger wrote to the dead-letter topic.
					checkRead(t, event.Record{Topic: dlq, Headers: append(f.Headers(own, true), hostile, hostile)})
					checkRead(t, event.Record{Topic: dlq, Headers: []event.Header{hostile}})
				}
			}
		})
	}
}

// The time that this took grew with the square of the number of headers.
func TestVeryManyHeaders(t *testing.T) {
	t.Parallel()
	own := slices.Repeat(headers("dlq-origin-topic", "x", "tenant", "7"), 200_000)
	l := letter(failedAgain(1), own...)
	if l.Foreign != "" || len(l.RedriveHeaders(own, "run", "why")) != 200_000+1+6 {
		t.Errorf("foreign %q, %d headers", l.Foreign, len(l.RedriveHeaders(own, "run", "why")))
	}
}

// checkRead checks what holds of every record of a dead-letter topic.
func checkRead(t *testing.T, rec event.Record) {
	t.Helper()
	l := deadletter.Read(rec)
	read := len(l.Topic) + len(l.Group) + len(l.Reason) + len(l.Error) + len(l.Handler) + len(l.EventID) + len(l.EventType)
	if n := size(rec.Headers); read > n || len(l.Cause) > n || len(l.Foreign) > n+200 || len(l.Violations) > deadletter.MaxViolations {
		t.Errorf("%d bytes of headers became %d, cause %d, foreign %d, %d violations", n, read, len(l.Cause), len(l.Foreign), len(l.Violations))
	}
	source := deadletter.SourceTopic(rec)
	if l.Foreign != "" {
		if l.ID != (deadletter.ID{}) || l.Redriven != 0 {
			t.Errorf("foreign (%.80s), but its id %.80q or count %d is believed", l.Foreign, l.ID, l.Redriven)
		}
		return
	}
	if event.DeadLetterTopic(l.Topic, l.Group) != rec.Topic || source != l.Topic {
		t.Errorf("topic %.80q and group %.80q in %.80q, source topic %.80q", l.Topic, l.Group, rec.Topic, source)
	}
	if l.ID.String() != last(rec.Headers, deadletter.HeaderID) || l.ID.Group != l.Group {
		t.Errorf("id %.80q", l.ID)
	}
	if l.Attempts < -1 || l.Redriven < 0 || l.Redriven > 0 && l.ID.Topic == l.Topic {
		t.Errorf("%d attempts, redriven %d times from %.80q", l.Attempts, l.Redriven, l.ID.Topic)
	}
	checkRedrive(t, rec, l)
}

// checkRedrive checks what holds of every redriven record, and that its group
// takes it for one.
func checkRedrive(t *testing.T, rec event.Record, l deadletter.Letter) {
	t.Helper()
	sent := event.Record{Topic: event.RedriveTopic(l.Topic, l.Group), Headers: l.RedriveHeaders(rec.Headers, "run", "why")}
	seen := map[string]int{}
	for _, h := range sent.Headers {
		seen[h.Key]++
		if strings.HasPrefix(h.Key, "dlq-") && !strings.HasPrefix(h.Key, "dlq-origin-") {
			t.Errorf("%.80s of the latest trip is kept", h.Key)
		}
	}
	for name, n := range seen {
		if n > 1 && (strings.HasPrefix(name, "dlq-") || strings.HasPrefix(name, "redrive-")) {
			t.Errorf("%.80s is there %d times", name, n)
		}
	}
	if !deadletter.RedrivenTo(sent.Headers, l.Topic, l.Group) || last(sent.Headers, deadletter.HeaderRedriveOf) != l.ID.String() {
		t.Errorf("the group would not take it for redriven: %d headers", len(sent.Headers))
	}
	if got := deadletter.SourceTopic(sent); got != l.Topic {
		t.Errorf("the source topic of the redriven record is %.80q, want %.80q", got, l.Topic)
	}
	f := failedAgain(1)
	f.Topic, f.Group, f.At.Topic = l.Topic, l.Group, sent.Topic
	again := deadletter.Read(event.Record{Topic: rec.Topic, Headers: f.Headers(sent.Headers, true)})
	if !strings.Contains(l.Topic+l.Group, "/") && (again.Foreign != "" || again.Redriven <= l.Redriven && l.Redriven < math.MaxInt) {
		t.Errorf("failed again: foreign %.80q, redriven %d times after %d", again.Foreign, again.Redriven, l.Redriven)
	}
}
