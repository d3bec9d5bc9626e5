package recordview_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Headers were shown as they are, the key that a foreign CloudEvent repeats too. So was
// what is in a dead-letter topic without the headers of a dead letter, and a key that
// the contract has not given.
func TestWhatOthersWriteIsHidden(t *testing.T) {
	t.Parallel()
	c := shop(t)
	registered, order := encoded(t, c, "CustomerRegistered", ann), encoded(t, c, "OrderCancelled", `{"order_id": "o-1"}`)
	foreign := []event.Header{
		{Key: "ce_type", Value: []byte("shown")},
		{Key: "CE_PartitionKey", Value: []byte("ann@example.com")},
		{Key: "ce_subject", Value: []byte("ann@example.com")},
		{Key: "x-user", Value: []byte("ann@example.com")},
		{Key: "x-bytes", Value: []byte("\xffann@example.com")},
		{Key: "null"},
	}
	for name, row := range map[string]struct {
		change func(*recordview.Record)
		of     recordview.Record
		hidden bool
	}{
		"headers":                       {func(r *recordview.Record) { r.Headers = foreign }, registered, true},
		"headers of another contract":   {func(r *recordview.Record) { r.Headers = foreign }, order, false},
		"a key that is not the event's": {func(r *recordview.Record) { r.Key = []byte("ann@example.com") }, registered, true},
		"no letter, in a letters' topic": {func(r *recordview.Record) {
			r.Topic, r.Value = "people.mailer.dlq", []byte(`ann@example.com`)
		}, registered, true},
		"not redriven, in a redrive topic": {func(r *recordview.Record) {
			r.Topic, r.Value = "people.mailer.redrive", []byte(`ann@example.com`)
		}, registered, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := row.of
			row.change(&r)
			if name != "headers" && name != "headers of another contract" {
				r.Headers = nil
			}
			show := func(v recordview.Viewer) string {
				view := v.View(r)
				text, err := json.Marshal([]any{view, v.Headers(r, view.Type)})
				if err != nil {
					t.Fatal(err)
				}
				return string(text) + view.Line()
			}
			personal := func(text string) bool {
				return strings.Contains(strings.ReplaceAll(text, `"email":"[hidden]"`, ""), "ann@example.com") || strings.Contains(text, "/2FubkBl") // base64
			}
			if got := show(recordview.Viewer{Catalog: c}); personal(got) == row.hidden {
				t.Errorf("hidden is %v, want %v: %s", !row.hidden, row.hidden, got)
			}
			if got := show(recordview.Viewer{Catalog: c, Reveal: true}); !personal(got) {
				t.Errorf("not revealed: %s", got)
			}
		})
	}
}
