package recordview_test

import (
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const ann = `{"customer_id": "c-1", "email": "ann@example.com", "addresses": [{"city": "Bonn", "street": "Hauptstr. 1"}]}`

func TestWhatIsHidden(t *testing.T) {
	t.Parallel()
	c := shop(t)
	whole := encoded(t, c, "CustomerRegistered", ann)
	invalid, cut := whole, whole
	invalid.Value = []byte(strings.ReplaceAll(string(whole.Value), "ann@example.com", "not an address"))
	cut.Value = whole.Value[:len(whole.Value)-5]
	for _, row := range []struct {
		name   string
		record recordview.Record
		hidden []string
		shown  string
	}{
		{"fields of an event", whole, []string{"ann@example.com", "Hauptstr"}, "Bonn"},
		{"a value that breaks a rule", invalid, []string{"not an address", "Hauptstr"}, "!invalid"},
		{"a value that is no event", cut, []string{"ann@example.com", "Hauptstr"}, "(value hidden: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			line := recordview.Viewer{Catalog: c}.View(row.record).Line()
			revealed := recordview.Viewer{Catalog: c, Reveal: true}.View(row.record).Line()
			for _, text := range row.hidden {
				if strings.Contains(line, text) {
					t.Errorf("%q is shown: %s", text, line)
				}
				if !strings.Contains(revealed, text) {
					t.Errorf("%q is not revealed: %s", text, revealed)
				}
			}
			if !strings.Contains(line, row.shown) {
				t.Errorf("%q is not shown: %s", row.shown, line)
			}
		})
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	c := shop(t)
	order := encoded(t, c, "OrderCancelled", `{"order_id": "o-1"}`)
	with := func(change func(*recordview.Record)) recordview.Record {
		r := order
		change(&r)
		return r
	}
	for _, row := range []struct {
		name   string
		record recordview.Record
		want   string
	}{
		{"an event", order, `2026-01-02T03:04:05.678Z  1/7  o-1  OrderCancelled 1.1  {"order_id":"o-1"`},
		{"no key", with(func(r *recordview.Record) { r.Key = nil }), "  1/7  (no key)  "},
		{"an empty key", with(func(r *recordview.Record) { r.Key = []byte{} }), "  1/7  (empty key)  "},
		{"a tombstone", with(func(r *recordview.Record) { r.Value = nil }), "  1/7  o-1  (tombstone)"},
		{"an escape sequence", with(func(r *recordview.Record) { r.Value = []byte("\x1b[31mred") }), `!not_an_event  `},
		{"bytes", with(func(r *recordview.Record) { r.Value = []byte{0xff, 0xfe} }), "base64 //4="},
		{"a dead letter, by its source topic's contracts", with(func(r *recordview.Record) {
			r.Topic = "orders.mailer.dlq"
			r.Headers = append(r.Headers, event.Header{Key: "dlq-topic", Value: []byte("orders")}, event.Header{Key: "dlq-group", Value: []byte("mailer")})
		}), "  OrderCancelled 1.1  "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			line := recordview.Viewer{Catalog: c}.View(row.record).Line()
			if !strings.Contains(line, row.want) || strings.ContainsAny(line, "\x1b\n") {
				t.Errorf("line %q, want %q in it", line, row.want)
			}
		})
	}
}

func TestBefore(t *testing.T) {
	t.Parallel()
	early, late := at, at.Add(1)
	none, first, second := recordview.View{}, recordview.View{Timestamp: &early}, recordview.View{Timestamp: &late}
	for _, row := range []struct {
		a, b recordview.View
		want bool
	}{{first, second, true}, {second, first, false}, {first, first, false}, {none, first, true}, {first, none, false}, {none, none, false}} {
		if got := row.a.Before(row.b); got != row.want {
			t.Errorf("%v before %v: %v, want %v", row.a.Timestamp, row.b.Timestamp, got, row.want)
		}
	}
}
