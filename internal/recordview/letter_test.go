package recordview_test

import (
	"encoding/json"
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
