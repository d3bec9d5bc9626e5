package event_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// lenient is a registry with an event that requires nothing, in which a reader that
// guesses wrong handles an empty event.
func lenient(t *testing.T) *event.Registry {
	t.Helper()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{
		"x.proto": contract("shop.v1", orders, `topic: "orders" unkeyed: true owner: "o"`, "string note = 1;"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A structured CloudEvent with ce_* headers, which the Kafka binding allows, was read
// as a binary one; an envelope whose data is not an object was read as flat.
func TestNothingIsGuessedTwice(t *testing.T) {
	t.Parallel()
	r := lenient(t)
	structured := []byte("{" + probeCE + `,"data":{"note":"x"}}`)
	headers := func(contentType string) []event.Header {
		h := inEachFormat("")["cloudevents-binary"].Headers
		return append(h[:len(h):len(h)], event.Header{Key: "content-type", Value: []byte(contentType)})
	}
	const note = "x"
	rows := []struct {
		name    string
		value   string
		headers []event.Header
		want    event.Reason
		note    string
	}{
		{"structured with ce_ headers", string(structured), headers("application/cloudevents+json; charset=UTF-8"), accepted, note},
		{"structured with ce_ headers, upper case", string(structured), headers("Application/CloudEvents+JSON"), accepted, note},
		{"structured content type, binary value", `{"note":"x"}`, headers("application/cloudevents+json"), undecodable, ""},
		{"binary", `{"note":"x"}`, headers("application/json"), accepted, note},
		{"binary of another type with that beginning", `{"note":"x"}`, headers("application/cloudeventsx"), accepted, note},
		{"envelope", "{" + probeMeta + `,"data":{"note":"x"}}`, nil, accepted, note},
		{"envelope, data null", "{" + probeMeta + `,"data":null}`, nil, undecodable, ""},
		{"envelope, data a list", "{" + probeMeta + `,"data":[]}`, nil, undecodable, ""},
		{"envelope, data a text", "{" + probeMeta + `,"data":"{}"}`, nil, undecodable, ""},
		{"envelope, data a number", "{" + probeMeta + `,"data":0}`, nil, undecodable, ""},
		{"envelope, data true", "{" + probeMeta + `,"data":true}`, nil, undecodable, ""},
		{"structured, data null", "{" + probeCE + `,"data":null}`, nil, undecodable, ""},
		{"structured, data a list", "{" + probeCE + `,"data":[]}`, nil, undecodable, ""},
		{"structured, no data", "{" + probeCE + `}`, nil, undecodable, ""},
		{"binary, null", `null`, headers("application/json"), undecodable, ""},
		{"flat", "{" + probeMeta + `,"note":"x"}`, nil, accepted, note},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, msg, err := r.Decode(event.Record{Topic: "orders", Value: []byte(row.value), Headers: row.headers})
			if got := event.ReasonOf(err); got != row.want || (err == nil) != (row.want == "") {
				t.Fatalf("reason %q (%v), want %q", got, err, row.want)
			}
			if err == nil {
				m := msg.ProtoReflect()
				if got := m.Get(m.Descriptor().Fields().ByName("note")).String(); got != row.note {
					t.Errorf("note = %q, want %q", got, row.note)
				}
			}
		})
	}
}

// A CloudEvent of a type that nobody handles was a dead letter if it had no
// eventversion, which is an attribute of ours.
func TestForeignCloudEventsAreOfUnknownType(t *testing.T) {
	t.Parallel()
	linked, err := event.NewReader([]proto.Message{(*todov1.TodoCreated)(nil)})
	if err != nil {
		t.Fatal(err)
	}
	r := lenient(t)
	one, err := r.NewReader([]proto.Message{dynamicpb.NewMessage(r.Contracts()[0].Descriptor)})
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name, typ, attribute, value string
		reader                      *event.Reader
		want                        event.Reason
	}{
		{"no version", "com.example.placed", "eventversion", "-", one, event.ReasonUnknownType},
		{"a version of their own", "com.example.placed", "eventversion", "2026-01", one, event.ReasonUnknownType},
		{"no time", "com.example.placed", "time", "-", one, event.ReasonUnknownType},
		{"a long correlation id", "com.example.placed", "correlationid", strings.Repeat("x", 300), one, event.ReasonUnknownType},
		{"another specversion", "com.example.placed", "specversion", "0.3", one, undecodable},
		{"handled", "A", "eventversion", "-", one, undecodable},
		{"known and not handled", "TodoDeleted", "eventversion", "-", linked, event.ReasonUnknownType},
		{"known and handled", "TodoCreated", "eventversion", "-", linked, undecodable},
	}
	for _, row := range rows {
		for mode, rec := range cloudEvents(row.attribute, row.value) {
			t.Run(row.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				if row.reader == one {
					rec.Topic = "orders"
				}
				rec.Value = []byte(strings.Replace(string(rec.Value), `"type":"TodoCreated"`, `"type":"`+row.typ+`"`, 1))
				for i, h := range rec.Headers {
					if h.Key == "ce_type" {
						rec.Headers[i].Value = []byte(row.typ)
					}
				}
				md, _, err := row.reader.Read(rec)
				if got := event.ReasonOf(err); got != row.want {
					t.Errorf("reason %q (%v), want %q", got, err, row.want)
				}
				if md.Type != row.typ {
					t.Errorf("type %q, want %q", md.Type, row.typ)
				}
			})
		}
	}
}
