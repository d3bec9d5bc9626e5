package recordview_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// A record that claims to be of a contract without personal fields, and cannot be read as
// one, may be of any other of its topic: its value was shown.
func TestAClaimedTypeHidesNoLess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const text = `syntax = "proto3";
package mixed.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
`
	for name, rest := range map[string]string{
		"a.proto": `option (eventcontracts.v1.topic) = {name: "mixed" partitions: 1 replicas: 1 retention: "7d"};
// Plain is published.
message Plain {
  option (eventcontracts.v1.event) = {topic: "mixed" key: "id" owner: "o"};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  int32 n = 2 [(buf.validate.field).int32.gt = 0];
}`,
		"b.proto": `// Person is published.
message Person {
  option (eventcontracts.v1.event) = {topic: "mixed" key: "id" owner: "o"};
  string id = 1 [(buf.validate.field).string.min_len = 1, (eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL];
}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+rest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := catalog.Load(t.Context(), catalog.Options{Contracts: dir})
	if err != nil {
		t.Fatal(err)
	}
	sound := encoded(t, c, "Plain", `{"id": "o-1", "n": 1}`)
	sound.Headers = []event.Header{{Key: "x-user", Value: []byte("o-1")}}
	show := func(change func(*recordview.Record)) string {
		r := sound
		change(&r)
		view := recordview.Viewer{Catalog: c}.View(r)
		l := recordview.Viewer{Catalog: c}.Letter(recordview.NewLetter(r, deadletter.Read(r.Record)))
		out, err := json.Marshal([]any{view, view.Headers, l.Key})
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if got := show(func(*recordview.Record) {}); !strings.Contains(got, `"id":"o-1"`) || !strings.Contains(got, `"x-user","value":"o-1"`) {
		t.Errorf("what is read as a Plain is hidden: %s", got)
	}
	as := func(claims string) func(*recordview.Record) {
		return func(r *recordview.Record) { r.Value = []byte(strings.Replace(string(r.Value), `"n":1`, claims, 1)) }
	}
	for name, change := range map[string]func(*recordview.Record){
		"it cannot be read": as(`"n":"o-1x"`), "it breaks a rule": as(`"n":0,"name":"o-1"`),
		"a letter of it": func(r *recordview.Record) {
			as(`"n":"x"`)(r)
			r.Topic = "mixed.g.dlq"
			r.Headers = append(slices.Clone(r.Headers), deadletter.Failure{Topic: "mixed", Group: "g", At: deadletter.Place{Topic: "mixed"}, Reason: event.ReasonUndecodable, EventType: "Plain"}.Headers(nil, true)...)
		},
	} {
		if got := show(change); strings.Contains(got, "o-1") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

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
