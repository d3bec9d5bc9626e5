package event_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// acceptFields are fields whose readers accept more than writers may write, at each depth
// and of each kind that rules can be about.
const acceptFields = `
string note = 2 [(buf.validate.field).string.max_len = 4, (eventcontracts.v1.field).accept.string.max_len = 8];
optional string asked = 3 [(buf.validate.field).required = true, (eventcontracts.v1.field).accept = {}];
repeated string tags = 4 [(buf.validate.field).repeated = {max_items: 1, items: {string: {min_len: 2}}}, (eventcontracts.v1.field).accept.repeated = {max_items: 2, items: {string: {min_len: 1}}}];
map<string, P> parts = 5;
P strict = 6;
message P {
  int32 n = 1 [(buf.validate.field).int32 = {gte: 0, lt: 5}, (eventcontracts.v1.field).accept.int32 = {gte: 0, lt: 9}];
  int32 even = 2 [(buf.validate.field).cel = {id: "even" message: "is odd" expression: "this % 2 == 0"}];
  P p = 3;
}`

func acceptRegistry(t testing.TB, fields string) (*event.Registry, *event.Contract) {
	t.Helper()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": contract("shop.v1", orders, placed, id+fields)}))
	if err != nil {
		t.Fatal(err)
	}
	return r, r.Contracts()[0]
}

func acceptRecord(payload string) event.Record {
	return event.Record{Topic: "orders", Value: []byte(`{"event_id": "00000000-0000-4000-8000-000000000001", "event_type": "A", "event_version": "1.0", "timestamp": "2026-11-28T00:00:00Z", "data": {"id": "00000000-0000-4000-8000-000000000002", ` + payload + `}}`)}
}

// Writers keep to the field's own rules, and readers take what its accept takes: not more.
func TestReadersAcceptMoreThanWritersMayWrite(t *testing.T) {
	t.Parallel()
	r, k := acceptRegistry(t, acceptFields)
	rows := map[string]struct{ payload, written, read string }{ // the rules that are broken
		"of both":                {`"note": "four", "asked": ""`, "", ""},
		"of readers alone":       {`"note": "eight888", "asked": ""`, "note: string.max_len", ""},
		"of neither":             {`"note": "nine99999", "asked": ""`, "note: string.max_len", "note: string.max_len (must be at most 8 characters)"},
		"absent":                 {`"note": ""`, "asked: required", ""},
		"elements":               {`"asked": "", "tags": ["a", "b"]`, "tags: repeated.max_items", ""},
		"an element of neither":  {`"asked": "", "tags": [""]`, "tags[0]: string.min_len", "tags[0]: string.min_len"},
		"in the values of a map": {`"asked": "", "parts": {"x": {"n": 8}}`, "parts[*].n: int32.gte_lt", ""},
		"deep":                   {`"asked": "", "strict": {"p": {"p": {"n": 8}}}`, "strict.p.p.n: int32.gte_lt", ""},
		"deep and of neither":    {`"asked": "", "strict": {"p": {"p": {"n": 9}}}`, "strict.p.p.n: int32.gte_lt", "strict.p.p.n: int32.gte_lt"},
		"a rule that both have":  {`"asked": "", "note": "eight888", "strict": {"even": 1}`, "note: string.max_len", "strict.even: even (is odd)"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			msg := dynamicpb.NewMessage(k.Descriptor)
			if err := protojson.Unmarshal([]byte(`{"id": "00000000-0000-4000-8000-000000000002", `+row.payload+`}`), msg); err != nil {
				t.Fatal(err)
			}
			_, err := r.Encode(t.Context(), msg)
			if (err == nil) != (row.written == "") || err != nil && !strings.Contains(err.Error(), row.written) {
				t.Errorf("written: %v, want %q", err, row.written)
			}
			_, got, err := r.Decode(acceptRecord(row.payload))
			if (err == nil) != (row.read == "") || err != nil && !strings.Contains(err.Error(), row.read) {
				t.Errorf("read: %v, want %q", err, row.read)
			}
			if err == nil && !proto.Equal(got, msg) {
				t.Errorf("read %v, want %v", got, msg)
			}
			var refused *event.Error
			if errors.As(err, &refused) && (refused.Reason != event.ReasonInvalid || len(refused.Violations) == 0) {
				t.Errorf("%+v, want violations", refused)
			}
		})
	}
}

// Extensions are fields like others, and an accept of theirs counts.
func TestReadersOfExtensionsKeepThem(t *testing.T) {
	t.Parallel()
	text := `syntax = "proto2";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
option (eventcontracts.v1.topic) = {` + orders + `};
message A {
  option (eventcontracts.v1.event) = {` + placed + `};
  required string id = 1 [(buf.validate.field).string.uuid = true];
  optional string note = 2 [(buf.validate.field).string.max_len = 4, (eventcontracts.v1.field).accept.string.max_len = 8];
  extensions 100 to 199;
}
extend A { optional string more = 100; }
`
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": text}))
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := r.Decode(acceptRecord(`"note": "eight888", "[shop.v1.more]": "kept"`))
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := (protojson.MarshalOptions{Resolver: r.Types()}).Marshal(got); err != nil || !strings.Contains(string(raw), "kept") {
		t.Errorf("read %s (%v)", raw, err)
	}
}

var acceptOption = regexp.MustCompile(`, \(eventcontracts\.v1\.field\)\.accept[^;]*\];`)

// BenchmarkAccept shows what rules for readers cost: nothing for contracts without them
// ("none"), nor for records that writers may write today ("within").
func BenchmarkAccept(b *testing.B) {
	for _, row := range []struct{ name, fields, payload string }{
		{"none", acceptOption.ReplaceAllString(acceptFields, "];"), `"note": "four", "asked": ""`},
		{"within", acceptFields, `"note": "four", "asked": ""`},
		{"beyond", acceptFields, `"note": "eight888", "asked": ""`},
	} {
		b.Run(row.name, func(b *testing.B) {
			r, _ := acceptRegistry(b, row.fields)
			rec := acceptRecord(row.payload)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := r.Decode(rec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
