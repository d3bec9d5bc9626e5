package event_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// probe is a contract with a field of each kind.
const probe = `string id = 1 [(buf.validate.field).string.uuid = true];
optional int32 i32 = 2; optional int64 i64 = 3; optional uint64 u64 = 4; optional double d = 5; optional float f = 6;
optional bool b = 7; optional bytes raw = 8; optional E e = 9; enum E { E_UNSPECIFIED = 0; E_ONE = 1; }
oneof one { string left = 10; string right = 11; }
google.protobuf.Timestamp at = 12; google.protobuf.Duration took = 13;
google.protobuf.Struct free = 14; google.protobuf.Value any_value = 15; google.protobuf.ListValue list = 16;
repeated int32 numbers = 17; map<string, string> labels = 18;
repeated google.protobuf.Timestamp times = 19; map<string, google.protobuf.Timestamp> named = 20;
P part = 21; repeated P parts = 22;
message P {
  optional string s = 1; google.protobuf.Timestamp at = 2; P p = 3;
  optional int32 n = 4 [(eventcontracts.v1.field).default = "7"];
}
optional string text = 23 [(buf.validate.field).string = {min_len: 2 max_len: 3}];
optional int32 ranged = 24 [(buf.validate.field).int32 = {gte: -2 lte: 2}];
repeated string few = 25 [(buf.validate.field).repeated = {min_items: 0 max_items: 2 unique: true}];
optional E known = 26 [(buf.validate.field).enum.defined_only = true];`

// probes is a registry with the probe in one format.
func probes(t testing.TB, format string) *event.Registry {
	t.Helper()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{
		"probe.proto": contract("probe.v1", orders+" format: "+format, placed, probe),
	}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// probeOf makes a probe of its payload JSON.
func probeOf(t testing.TB, r *event.Registry, payload string) proto.Message {
	t.Helper()
	msg := dynamicpb.NewMessage(r.Contracts()[0].Descriptor)
	if err := (protojson.UnmarshalOptions{RecursionLimit: 10_000}).Unmarshal([]byte(payload), msg); err != nil {
		t.Fatal(err)
	}
	return msg
}

// resolvedProbe makes a message of the registry's first contract from JSON that names
// types and extensions of the contracts.
func resolvedProbe(t testing.TB, r *event.Registry, payload string) proto.Message {
	t.Helper()
	msg := dynamicpb.NewMessage(r.Contracts()[0].Descriptor)
	if err := (protojson.UnmarshalOptions{RecursionLimit: 10_000, Resolver: r.Types()}).Unmarshal([]byte(payload), msg); err != nil {
		t.Fatal(err)
	}
	return msg
}

var formats = []string{"FORMAT_FLAT", "FORMAT_ENVELOPE", "FORMAT_CLOUDEVENTS", "FORMAT_CLOUDEVENTS_BINARY"}

const (
	probeID      = `"id":"` + todoID + `"`
	probeMeta    = `"event_id":"` + noteID + `","event_type":"A","event_version":"1.0","timestamp":"2026-11-23T21:51:31Z"`
	probeCE      = `"specversion":"1.0","id":"x","type":"A","source":"/s","time":"2026-11-23T21:51:31Z","eventversion":"1.0"`
	notAnEvent   = event.ReasonNotAnEvent
	undecodable  = event.ReasonUndecodable
	invalid      = event.ReasonInvalid
	accepted     = event.Reason("")
	deepestLevel = 62 // of an array in a member of the payload, in each format
)

// inEachFormat writes the same payload members in the four formats. A payload
// with a field "id" cannot tell flat from CloudEvents, so it has no specversion.
func inEachFormat(members string) map[string]event.Record {
	headers := []event.Header{
		{Key: "ce_specversion", Value: []byte("1.0")},
		{Key: "ce_id", Value: []byte("x")},
		{Key: "ce_type", Value: []byte("A")},
		{Key: "ce_source", Value: []byte("/s")},
		{Key: "ce_time", Value: []byte("2026-11-23T21:51:31Z")},
		{Key: "ce_eventversion", Value: []byte("1.0")},
	}
	return map[string]event.Record{
		"flat":               {Topic: "orders", Value: []byte("{" + probeMeta + "," + members + "}")},
		"envelope":           {Topic: "orders", Value: []byte("{" + probeMeta + `,"data":{` + members + "}}")},
		"cloudevents":        {Topic: "orders", Value: []byte("{" + probeCE + `,"data":{` + members + "}}")},
		"cloudevents-binary": {Topic: "orders", Value: []byte("{" + members + "}"), Headers: headers},
	}
}

func TestBadPayload(t *testing.T) {
	t.Parallel()
	r := probes(t, "FORMAT_FLAT")
	nested := func(open, inner, end string, n int) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	rows := []struct {
		name, member string
		want         event.Reason
	}{
		{"int32 greatest", `"i32":2147483647`, accepted},
		{"int32 greatest + 1", `"i32":2147483648`, undecodable},
		{"int32 as text", `"i32":"5"`, accepted},
		{"int32 as other text", `"i32":"5x"`, undecodable},
		{"int32 fraction", `"i32":1.5`, undecodable},
		{"int32 whole fraction", `"i32":1.0`, accepted},
		{"int32 exponent", `"i32":1e2`, accepted},
		{"int32 bool", `"i32":true`, undecodable},
		{"int32 null", `"i32":null`, accepted},
		{"int32 -0", `"i32":-0`, accepted},
		{"int64 beyond 2^53", `"i64":9007199254740993`, accepted},
		{"int64 greatest + 1", `"i64":"9223372036854775808"`, undecodable},
		{"uint64 greatest", `"u64":"18446744073709551615"`, accepted},
		{"uint64 negative", `"u64":-1`, undecodable},
		{"double 1e999", `"d":1e999`, undecodable},
		{"double NaN text", `"d":"NaN"`, accepted},
		{"float 1e39", `"f":1e39`, undecodable},
		{"bool text", `"b":"true"`, undecodable},
		{"bool number", `"b":1`, undecodable},
		{"bytes", `"raw":"AP8="`, accepted},
		{"bytes url-safe", `"raw":"_-8"`, accepted},
		{"bytes bad", `"raw":"*"`, undecodable},
		{"enum name", `"e":"E_ONE"`, accepted},
		{"enum unknown name", `"e":"E_TWO"`, undecodable},
		{"enum unknown number", `"e":7`, accepted},
		{"enum unknown number, defined only", `"known":7`, invalid},
		{"enum text number", `"e":"1"`, undecodable}, // an unknown name
		{"enum object", `"e":{}`, undecodable},
		{"oneof", `"left":"x"`, accepted},
		{"oneof both", `"left":"x","right":"y"`, undecodable},
		{"oneof null beside", `"left":"x","right":null`, accepted},
		{"time offset", `"at":"2026-01-01T00:00:00+02:00"`, accepted},
		{"time no time", `"at":"soon"`, undecodable},
		{"time number", `"at":1`, undecodable},
		{"time year 0", `"at":"0000-12-31T00:00:00Z"`, undecodable},
		{"time year 10000", `"at":"10000-01-01T00:00:00Z"`, undecodable},
		{"time leap second", `"at":"2016-12-31T23:59:60Z"`, undecodable},
		{"time empty", `"at":""`, undecodable},
		{"duration", `"took":"1.5s"`, accepted},
		{"duration no unit", `"took":"1"`, undecodable},
		{"duration huge", `"took":"999999999999999s"`, undecodable},
		{"struct", `"free":{"a":[1,null,{"b":"c"}]}`, accepted},
		{"struct array", `"free":[1]`, undecodable},
		{"struct key twice", `"free":{"a":1,"a":2}`, undecodable},
		{"struct key twice, escaped", `"free":{"a":1,"\u0061":2}`, undecodable},
		{"struct deepest", `"free":{"a":` + nested("[", "1", "]", deepestLevel-1) + `}`, accepted},
		{"struct of objects", `"free":` + nested(`{"a":`, "1", "}", deepestLevel), accepted},
		{"struct depth 101", `"free":` + nested(`{"a":`, "1", "}", 101), notAnEvent},
		{"struct depth 10000", `"free":` + nested(`{"a":`, "1", "}", 10_000), notAnEvent},
		{"value null", `"any_value":null`, accepted},
		{"value of any kind", `"any_value":[{}]`, accepted},
		{"list object", `"list":{}`, undecodable},
		{"part depth", `"part":` + nested(`{"p":`, "{}", "}", deepestLevel-1), accepted},
		{"part depth 101", `"part":` + nested(`{"p":`, "{}", "}", 101), notAnEvent},
		{"repeated", `"numbers":[1,"2"]`, accepted},
		{"repeated null", `"numbers":null`, accepted},
		{"repeated null element", `"numbers":[null]`, undecodable},
		{"repeated scalar", `"numbers":1`, undecodable},
		{"repeated most", `"few":["a","b"]`, accepted},
		{"repeated most + 1", `"few":["a","b","c"]`, invalid},
		{"repeated not unique", `"few":["a","a"]`, invalid},
		{"map", `"labels":{"a":"b"}`, accepted},
		{"map null", `"labels":null`, accepted},
		{"map null value", `"labels":{"a":null}`, undecodable},
		{"map key twice", `"labels":{"a":"b","a":"c"}`, undecodable},
		{"map array", `"labels":[]`, undecodable},
		{"proto name and JSON name", `"any_value":1,"anyValue":2`, undecodable},
		{"JSON name alone", `"anyValue":2`, accepted},
		{"case variant", `"I32":"no number"`, accepted}, // an unknown field
		{"text least", `"text":"ab"`, accepted},
		{"text least - 1", `"text":"a"`, invalid},
		{"text most", `"text":"äöü"`, accepted},
		{"text most + 1", `"text":"äöüß"`, invalid},
		{"text escaped NUL", `"text":"\u0000a"`, accepted},
		{"text surrogate pair", `"text":"\ud83e\udd5bx"`, accepted},
		{"text of HTML, ANSI and CSV", `"left":"<script>=cmd|' /C calc'!A0\u001b[2J\r\n"`, accepted},
		{"number least", `"ranged":-2`, accepted},
		{"number least - 1", `"ranged":-3`, invalid},
		{"number most + 1", `"ranged":3`, invalid},
		{"key broken", `"more":1}`, notAnEvent},
		{"NaN", `"d":NaN`, notAnEvent},
		{"Infinity", `"d":Infinity`, notAnEvent},
		{"leading zero", `"i32":01`, notAnEvent},
		{"plus", `"i32":+1`, notAnEvent},
		{"hex", `"i32":0x1`, notAnEvent},
		{"no fraction", `"d":1.`, notAnEvent},
		{"comment", `"i32":1/**/`, notAnEvent},
		{"comma at the end", `"i32":1,`, notAnEvent},
		{"single quotes", `'i32':1`, notAnEvent},
		{"lone high surrogate", `"left":"\ud800"`, notAnEvent},
		{"lone low surrogate", `"left":"\udc00"`, notAnEvent},
		{"high surrogate twice", `"left":"\ud800\ud800"`, notAnEvent},
		{"raw NUL", "\"left\":\"\x00\"", notAnEvent},
		{"raw newline", "\"left\":\"\n\"", notAnEvent},
		{"invalid UTF-8", "\"left\":\"\xff\"", notAnEvent},
		{"surrogate in UTF-8", "\"left\":\"\xed\xa0\x80\"", notAnEvent},
		{"overlong UTF-8", "\"left\":\"\xc0\x80\"", notAnEvent},
		{"unknown escape", `"left":"\x41"`, notAnEvent},
		{"depth 1000000 in an unknown field", `"more":` + strings.Repeat("[", 1_000_000), notAnEvent},
	}
	for _, row := range rows {
		for format, rec := range inEachFormat(probeID + "," + row.member) {
			want := row.want
			if format == "cloudevents-binary" && want == notAnEvent {
				want = undecodable // the headers have told the format
			}
			t.Run(row.name+"/"+format, func(t *testing.T) {
				t.Parallel()
				_, _, err := r.Decode(rec)
				if got := event.ReasonOf(err); got != want || (err == nil) != (want == "") {
					t.Errorf("reason %q (%v), want %q", got, err, want)
				}
			})
		}
	}
}

func TestKeyTwiceInThePayload(t *testing.T) {
	t.Parallel()
	r := probes(t, "FORMAT_FLAT")
	for format, rec := range inEachFormat(probeID + `,"i32":1,"i32":1`) {
		want := undecodable
		if format == "flat" {
			want = notAnEvent // it is the outermost object
		}
		if _, _, err := r.Decode(rec); event.ReasonOf(err) != want {
			t.Errorf("%s: %v, want %s", format, err, want)
		}
	}
}
