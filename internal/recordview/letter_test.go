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
