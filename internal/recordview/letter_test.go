package recordview_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// What no consumer writes is shown as it is written, so that a person can see it.
func TestLetterShowsWhatIsWritten(t *testing.T) {
	t.Parallel()
	r := recordview.Record{Partition: 2, Offset: 9, Record: event.Record{Topic: "orders.mailer.dlq", Key: []byte{0xff}}}
	for _, h := range [][2]string{
		{deadletter.HeaderID, "by hand"},
		{deadletter.HeaderPartition, "one"},
		{deadletter.HeaderFailedAt, "yesterday"},
		{deadletter.HeaderOriginTopic, "orders"},
		{deadletter.HeaderOriginOffset, "4"},
		{deadletter.HeaderAttempts, "many"},
	} {
		r.Headers = append(r.Headers, event.Header{Key: h[0], Value: []byte(h[1])})
	}
	l := recordview.NewLetter(r, deadletter.Read(r.Record))
	got := []string{l.ID, l.From, l.FailedAt, l.Origin, l.AttemptsText(), l.KeyBase64}
	if diff := cmp.Diff([]string{"by hand", "one/", "yesterday", "orders /4", "", "/w=="}, got); diff != "" {
		t.Errorf("letter (-want +got):\n%s", diff)
	}
	if l.Foreign == "" || l.Attempts != nil {
		t.Errorf("letter = %+v, want it foreign, with an unknown number of attempts", l)
	}
}

// What consumers of an older rule, or strangers, have written about an error was shown as
// it is: of a contract with personal fields it may quote them.
func TestErrorsOfAnotherRuleAreHidden(t *testing.T) {
	t.Parallel()
	c := shop(t)
	const name = "ann@example.com"
	letter := func(topic, typ string, extra ...string) recordview.Record {
		f := deadletter.Failure{
			Topic: topic, Group: "mailer", At: deadletter.Place{Topic: topic}, Reason: event.ReasonRetriesExhausted, EventType: typ,
			Error: "mail to " + name, Violations: []event.Violation{{Field: "parts[" + name + "]", Rule: "string.min_len"}},
		}
		r := recordview.Record{Record: event.Record{Topic: event.DeadLetterTopic(topic, "mailer"), Headers: f.Headers(nil, true)}}
		for _, h := range extra {
			key, value, _ := strings.Cut(h, "=")
			r.Headers = append(r.Headers, event.Header{Key: key, Value: []byte(value)})
		}
		return r
	}
	without := func(r recordview.Record) recordview.Record {
		r.Headers = slices.DeleteFunc(slices.Clone(r.Headers), func(h event.Header) bool { return h.Key == deadletter.HeaderDisclosure })
		return r
	}
	before := func(r recordview.Record) recordview.Record { // of a record that brings it
		r = without(r)
		r.Headers = append([]event.Header{{Key: deadletter.HeaderDisclosure, Value: []byte("1")}}, r.Headers...)
		return r
	}
	people := letter("people", "CustomerRegistered")
	for what, row := range map[string]struct {
		record recordview.Record
		viewer recordview.Viewer
		shown  bool
	}{
		"of today's rule":               {people, recordview.Viewer{Catalog: c}, true},
		"of none":                       {without(people), recordview.Viewer{Catalog: c}, false},
		"of none, revealed":             {without(people), recordview.Viewer{Catalog: c, Reveal: true}, true},
		"claimed by the record":         {before(people), recordview.Viewer{Catalog: c}, false},
		"of another rule":               {letter("people", "CustomerRegistered", "dlq-disclosure=2"), recordview.Viewer{Catalog: c}, false},
		"of a contract without such":    {without(letter("orders", "OrderCancelled")), recordview.Viewer{Catalog: c}, true},
		"without contracts, of today":   {people, recordview.Viewer{}, true},
		"without contracts, of none":    {without(people), recordview.Viewer{}, false},
		"of a header that nobody knows": {letter("people", "CustomerRegistered", "dlq-disclosure=2", "dlq-note="+name, "DLQ-Error="+name), recordview.Viewer{Catalog: c}, false},
		"of the record's own dlq-error": {func() recordview.Record {
			r := people
			r.Headers = append([]event.Header{{Key: "dlq-error", Value: []byte("hans@example.com")}}, r.Headers...)
			return r
		}(), recordview.Viewer{Catalog: c}, true},
	} {
		l := row.viewer.Letter(recordview.NewLetter(row.record, deadletter.Read(row.record.Record)))
		text, err := json.Marshal([]any{l, row.viewer.Headers(row.record, l.EventType)})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), name) && strings.Contains(l.Cause, name); got != row.shown || strings.Contains(string(text), name) != row.shown {
			t.Errorf("%s: shown %t, want %t: %s", what, got, row.shown, text)
		}
		if strings.Contains(string(text), "hans") {
			t.Errorf("%s: a header that the letter does not count is shown: %s", what, text)
		}
	}
}

func TestHeadersTellEmptyFromNull(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(recordview.Headers([]event.Header{{Key: "text", Value: []byte("7")}, {Key: "empty", Value: []byte{}}, {Key: "null"}, {Key: "bytes", Value: []byte{0xff}}}))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"key":"text","value":"7"},{"key":"empty","value":""},{"key":"null","value":null},{"key":"bytes","value":null,"value_base64":"/w=="}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

// Whoever may write to a topic can write any header, dlq-disclosure too: such text was
// shown of records that are no letters of their topic, and quoted in what eventctl says
// about them. Of a letter that may be one it is shown as what its writer says.
func TestForgedHeadersAreHidden(t *testing.T) {
	t.Parallel()
	c := shop(t)
	const forged = "ann@example.com"
	letter := func(topic string, change ...string) recordview.Record {
		f := deadletter.Failure{
			Topic: "people", Group: "mailer", At: deadletter.Place{Topic: "people"}, Reason: forged, EventType: forged, EventID: forged,
			Error: forged, Handler: forged, Violations: []event.Violation{{Field: forged}},
		}
		r := recordview.Record{Record: event.Record{Topic: topic, Headers: f.Headers(nil, true)}}
		for _, h := range change {
			key, value, _ := strings.Cut(h, "=")
			r.Headers = append(r.Headers, event.Header{Key: key, Value: []byte(value)})
		}
		return r
	}
	const dlq, redrive = "people.mailer.dlq", "people.mailer.redrive"
	for what, r := range map[string]recordview.Record{
		"in the source topic":            letter("people"),
		"in another's topic":             letter("people.audit.dlq"),
		"in a redrive topic":             letter(redrive),
		"redriven to somebody else":      letter(redrive, "redrive-topic=orders", "redrive-group=mailer", "redrive-reason="+forged),
		"without a group":                letter(dlq, "dlq-group="),
		"of a topic that it names":       letter(dlq, "dlq-topic="+forged),
		"of a group that it names":       letter(dlq, "dlq-group="+forged),
		"with an id of its own":          letter(dlq, "dlq-id="+forged),
		"with the id of another failure": letter(dlq, "dlq-id=mailer/"+forged+"/0/1"),
	} {
		l := recordview.NewLetter(r, deadletter.Read(r.Record))
		for reveal, want := range map[bool]bool{false: false, true: true} {
			v := recordview.Viewer{Catalog: c, Reveal: reveal}
			text, err := json.Marshal([]any{v.Letter(l), v.Headers(r, l.ReadType())})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(string(text), forged); got != want {
				t.Errorf("%s: shown %t, want %t: %s", what, got, want, text)
			}
		}
		if l.Foreign == "" || strings.Contains(l.Foreign, forged) || l.KnownReason() != "foreign" {
			t.Errorf("%s: foreign %q, reason %q", what, l.Foreign, l.KnownReason())
		}
	}
	if r := letter(dlq); recordview.NewLetter(r, deadletter.Read(r.Record)).KnownReason() != "foreign" {
		t.Error("a reason that no consumer writes counts as one")
	}
}
