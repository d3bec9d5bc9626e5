package event_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// All violations of a record were kept and written into one text, 1.2 MB of it.
func TestC25_ViolationsAreCappedWithTheirNumber(t *testing.T) {
	t.Parallel()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": contract("shop.v1", orders, placed, id+`
repeated string tags = 2 [(buf.validate.field).repeated.items.string.min_len = 1];
repeated P parts = 3;
string title = 4 [(buf.validate.field).string.min_len = 1];
message P { repeated P parts = 1; string name = 2 [(buf.validate.field).string.min_len = 1]; map<string, P> named = 3; }`)}))
	if err != nil {
		t.Fatal(err)
	}
	list := func(n int, of string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(of+",", n), ",") + "]"
	}
	deep := strings.Repeat(`{"name":"x","parts":[`, 25) + `{}` + strings.Repeat(`]}`, 25)
	for _, row := range []struct {
		name, payload string
		want          int
		text          string
	}{
		{"one", `"title":""`, 1, "breaks its contract's rules: title: string.min_len (must be at least 1 characters)"},
		{"two", `"tags":[""]`, 2, "breaks its contract's rules: tags[0]: string.min_len"},
		{"as many as are kept", `"title":"x","tags":` + list(32, `""`), 32, "breaks its contract's rules: tags[0]:"},
		{"more than are kept", `"title":"x","tags":` + list(40, `""`), 32, "breaks its contract's rules (40 violations, the first 32): tags[0]:"},
		{"the last of many values", `"title":"","tags":` + list(600, `"a"`), 1, "breaks its contract's rules (the first violation; the payload is too large to list more): title:"},
		{"many values", `"tags":` + list(600, `""`), 1, "breaks its contract's rules (the first violation; the payload is too large to list more): tags[0]:"},
		{"many values in messages", `"title":"x","parts":[{"name":"x","named":{"a":{"parts":` + list(600, `{}`) + `}}}]`, 1, "breaks its contract's rules (the first violation; the payload is too large"},
		{"deep", `"title":"x","parts":[` + deep + `]`, 1, "breaks its contract's rules: parts[0].parts[0].parts[0]."},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := r.Decode(event.Record{Topic: "orders", Value: []byte("{" + strings.Replace(goodMeta, "TodoCreated", "A", 1) + `,"data":{"id":"` + todoID + `",` + row.payload + "}}")})
			var e *event.Error
			if !errors.As(err, &e) || len(e.Violations) != row.want {
				t.Fatalf("%v, %d violations, want %d", err, len(e.Violations), row.want)
			}
			if text := err.Error(); !strings.HasPrefix(text, "read A 1.0: invalid: "+row.text) || len(text) > 4<<10 {
				t.Errorf("%d bytes: %.300s", len(text), text)
			}
		})
	}
}
