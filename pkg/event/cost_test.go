package event_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// costly is a contract with a field for each kind of type and rule whose cost
// could grow faster than what a record's writer puts into it. B is for those that
// may hold any number of messages: it has a limit on its JSON values.
const costly = `
string id = 1 [(buf.validate.field).string.uuid = true];
repeated string tags = 2 [(buf.validate.field).repeated.items.string.min_len = 1];
repeated string unique = 3 [(buf.validate.field).repeated.unique = true];
repeated double unique_doubles = 4 [(buf.validate.field).repeated.unique = true];
repeated bytes unique_bytes = 5 [(buf.validate.field).repeated.unique = true];
repeated string among = 6 [(buf.validate.field).repeated.items.string.in = "a", (buf.validate.field).repeated.items.string.in = "b"];
repeated string patterns = 7 [(buf.validate.field).repeated.items.string.pattern = "^(a+)+$"];
optional string pattern = 8 [(buf.validate.field).string.pattern = "^(a+)+$"];
optional string email = 9 [(buf.validate.field).string.email = true];
optional string hostname = 10 [(buf.validate.field).string.hostname = true];
optional string uri = 11 [(buf.validate.field).string.uri = true];
optional string uri_ref = 12 [(buf.validate.field).string.uri_ref = true];
optional string ip = 13 [(buf.validate.field).string.ip = true];
optional string ip_prefix = 14 [(buf.validate.field).string.ip_prefix = true];
optional string host_and_port = 15 [(buf.validate.field).string.host_and_port = true];
optional string address = 16 [(buf.validate.field).string.address = true];
optional string header = 17 [(buf.validate.field).string.well_known_regex = KNOWN_REGEX_HTTP_HEADER_VALUE];
optional string text = 18 [(buf.validate.field).string = {max_len: 2000000 not_contains: "aaaaaaaab"}];
optional bytes blob = 19 [(buf.validate.field).bytes.max_len = 2000000];
repeated int64 numbers = 24 [(buf.validate.field).repeated.items.int64.gt = 0];
repeated double doubles = 25 [(buf.validate.field).repeated.items.double.finite = true];
google.protobuf.Duration duration = 27;
repeated Kind kinds = 28 [(buf.validate.field).repeated.items.enum.defined_only = true];
repeated int32 each = 29 [(buf.validate.field).cel = {id: "each" message: "each" expression: "this.all(x, x > 0)"}];
repeated int32 mapped = 30 [(buf.validate.field).cel = {id: "mapped" message: "mapped" expression: "this.map(x, x + 1).size() == this.size()"}];
repeated int32 filtered = 31 [(buf.validate.field).cel = {id: "filtered" message: "filtered" expression: "this.filter(x, x > 0).size() == this.size()"}];
repeated string cel_unique = 32 [(buf.validate.field).cel = {id: "cel_unique" message: "unique" expression: "this.map(x, x + 'a').unique()"}];
repeated string items_cel = 33 [(buf.validate.field).repeated.items.cel = {id: "items" message: "items" expression: "this.size() > 0"}];
optional string said = 34 [(buf.validate.field).cel = {id: "said" expression: "this.size() > 0 ? this : ''"}];
google.protobuf.FieldMask mask = 36;
google.protobuf.Timestamp time = 37;
}
enum Kind { KIND_UNSPECIFIED = 0; KIND_A = 1; }
message B {
option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "o"};
option (buf.validate.message).cel = {id: "labels" message: "labels" expression: "this.labels.all(k, this.labels[k] != k)"};
option (buf.validate.message).cel = {id: "lines" message: "lines" expression: "this.lines.map(l, l.sku + '/' + l.unit).unique()"};
string id = 1 [(buf.validate.field).string.uuid = true];
map<string, string> labels = 20 [(buf.validate.field).map.keys.string.min_len = 1, (buf.validate.field).map.values.string.min_len = 1];
repeated Line lines = 21;
Node node = 22;
google.protobuf.Struct struct = 23;
repeated google.protobuf.Timestamp times = 26;
google.protobuf.Any any = 35;
google.protobuf.Value value = 38;
}
message Line {
  string sku = 1 [(buf.validate.field).string.min_len = 1];
  optional string unit = 2 [(eventcontracts.v1.field).default = "piece"];
  google.protobuf.Timestamp at = 3;
}
message Node {
  repeated Node nodes = 1;
  optional string name = 2 [(eventcontracts.v1.field).default = "x"];
  google.protobuf.Timestamp at = 3;
`

// filler makes the JSON of about n bytes of a field.
type filler func(n int) string

// list repeats an element.
func list(element string) filler {
	return func(n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", n/(len(element)+1)), ",") + "]"
	}
}

// numbered is list with another element each time.
func numbered(format string) filler {
	return func(n int) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, ","+format, i+1)
		}
		return "[" + b.String()[1:] + "]"
	}
}

// members is an object of numbered members.
func members(format string) filler {
	return func(n int) string {
		s := numbered(format)(n)
		return "{" + s[1:len(s)-1] + "}"
	}
}

// filled is a text that repeats a part between a beginning and an end.
func filled(begin, part, end string) filler {
	return func(n int) string {
		return `"` + begin + strings.Repeat(part, n/len(part)) + end + `"`
	}
}

// nested is n bytes of a value within others, as deep as a reader takes it.
func nested(open, inner, end string, depth int) filler {
	return func(n int) string {
		s := strings.Repeat(open, depth)
		return s + strings.Repeat(inner+",", max(n/(len(inner)+1), 1)) + inner + strings.Repeat(end, depth)
	}
}

// costlyField is what a record's writer may put into a field.
type costlyField struct {
	name, field string
	fill        filler
	of          string // the event: A if it is empty
}

var costlyFields = []costlyField{
	{"items that are empty", "tags", list(`""`), ""},
	{"unique", "unique", numbered(`"a%d"`), ""},
	{"unique, all the same", "unique", list(`"a"`), ""},
	{"unique doubles", "unique_doubles", list(`"NaN"`), ""},
	{"unique bytes", "unique_bytes", numbered(`"%08d"`), ""},
	{"in", "among", list(`"b"`), ""},
	{"not in", "among", list(`"c"`), ""},
	{"pattern of each", "patterns", list(`"aaaaaaaaaaaaaaaaaaab"`), ""},
	{"pattern", "pattern", filled("", "a", "b"), ""},
	{"email", "email", filled("", "a", "@x"), ""},
	{"email of labels", "email", filled("a@", "a.", ""), ""},
	{"hostname", "hostname", filled("", "a.", "a"), ""},
	{"hostname of hyphens", "hostname", filled("a", "-", "a"), ""},
	{"uri", "uri", filled("http://", "a:@", ""), ""},
	{"uri of percents", "uri", filled("http://", "%41", "/"), ""},
	{"uri path", "uri", filled("http://a/", "a/", ""), ""},
	{"uri query", "uri", filled("http://a/?", "a&", "\\u0001"), ""},
	{"uri_ref", "uri_ref", filled("", "a/", ":"), ""},
	{"uri_ref of colons", "uri_ref", filled("./", ":", ""), ""},
	{"ip", "ip", filled("", "1:", ""), ""},
	{"ip of zeros", "ip", filled("::", "0", ""), ""},
	{"ip zone", "ip", filled("::1%", "z", ""), ""},
	{"ip_prefix", "ip_prefix", filled("", "1.", "/8"), ""},
	{"host_and_port", "host_and_port", filled("[", "1:", "]:80"), ""},
	{"host_and_port of digits", "host_and_port", filled("a:", "1", ""), ""},
	{"address", "address", filled("", "1.", "1"), ""},
	{"well_known_regex", "header", filled("", "a ", "\\n"), ""},
	{"not_contains", "text", filled("", "a", ""), ""},
	{"text of escapes", "text", filled("", `\u00e4`, ""), ""},
	{"text of surrogates", "text", filled("", `\ud83d\ude00`, ""), ""},
	{"bytes", "blob", filled("", "AAAA", ""), ""},
	{"bytes of the URL alphabet", "blob", filled("", "_-__", ""), ""},
	{"bytes that are none", "blob", filled("", "AAAA", "!"), ""},
	{"map", "labels", members(`"a%d":"b"`), "B"},
	{"map of empty values", "labels", members(`"a%d":""`), "B"},
	{"messages", "lines", numbered(`{"sku":"a%d","at":"2026-01-01T00:00:00Z","more":"` + strings.Repeat("x", 400) + `"}`), "B"},
	{"messages that are empty", "lines", list(`{"sku":"","more":"` + strings.Repeat("x", 400) + `"}`), "B"},
	{"deep messages", "node", nested(`{"nodes":[`, `{"at":"2026-01-01 00:00:00","more":"`+strings.Repeat("x", 400)+`"}`, `]}`, 28), "B"},
	{"struct", "struct", members(`"a%d":"` + strings.Repeat("x", 300) + `"`), "B"},
	{"deep struct", "struct", nested(`{"a":`, `{"b":"`+strings.Repeat("x", 300)+`"}`, `}`, 50), "B"},
	{"struct of lists", "value", nested(`[`, `"`+strings.Repeat("x", 300)+`"`, `]`, 50), "B"},
	{"numbers", "numbers", list(`7`), ""},
	{"numbers as texts", "numbers", list(`"7"`), ""},
	{"numbers that are too small", "numbers", list(`0`), ""},
	{"numbers of many digits", "numbers", list(strings.Repeat("9", 900)), ""},
	{"numbers with an exponent", "numbers", list(`1e-2000000`), ""},
	{"number of a large exponent", "numbers", list(`1e2147483647`), ""},
	{"number of zeros", "numbers", list(`1.` + strings.Repeat("0", 900)), ""},
	{"number that is a long text", "numbers", func(n int) string { return "[" + filled("", "9", "")(n) + "]" }, ""},
	{"doubles", "doubles", list(`1e308`), ""},
	{"doubles of many digits", "doubles", list(`0.` + strings.Repeat("1", 900) + `e-300`), ""},
	{"double that is a long text", "doubles", func(n int) string { return "[" + filled("1", "0", "")(n) + "]" }, ""},
	{"times", "times", list(`"2026-01-01T00:00:00Z"`), "B"},
	{"time", "time", filled("2026-01-01T00:00:00.", "0", "Z"), ""},
	{"duration", "duration", filled("1.", "0", "s"), ""},
	{"enums", "kinds", list(`"KIND_A"`), ""},
	{"enums that are none", "kinds", list(`9`), ""},
	{"all", "each", list(`1`), ""},
	{"all but the last", "each", func(n int) string { return strings.TrimSuffix(list(`1`)(n), "]") + ",0]" }, ""},
	{"map()", "mapped", list(`1`), ""},
	{"filter()", "filtered", list(`1`), ""},
	{"map().unique()", "cel_unique", numbered(`"a%d"`), ""},
	{"CEL of each item", "items_cel", list(`"a"`), ""},
	{"CEL of each empty item", "items_cel", list(`""`), ""},
	{"CEL that quotes", "said", filled("", "a", ""), ""},
	{"any", "any", nested(`{"@type":"type.googleapis.com/google.protobuf.Value","value":`, `{"a":"`+strings.Repeat("x", 300)+`"}`, `}`, 1), "B"},
	{"deep any", "any", func(n int) string {
		const open = `{"@type":"type.googleapis.com/google.protobuf.Any","value":`
		return strings.Repeat(open, 50) + `{"@type":"type.googleapis.com/google.protobuf.Value","value":` + filled("", "x", "")(n) + "}" + strings.Repeat("}", 50)
	}, "B"},
	{"field mask", "mask", filled("", "aB,", "c"), ""},
	{"unknown field", "more", filled("", "a", ""), ""},
	{"unknown list", "more", list(`{}`), ""},
	{"unknown members", "more", members(`"a%d":1`), ""},
	{"field twice", "tags", func(n int) string { return list(`"a"`)(n) + `,"tags":[]` }, ""},
	{"not a value of its type", "each", filled("", "a", ""), ""},
}

// costWays are the ways on which a record is read: in each format, and converted by
// name.
var costWays = []string{"envelope", "flat", "cloudevents", "cloudevents-binary", "converted"}

// costReaders read the costly events, as they were written and converted.
func costReaders(t testing.TB) map[string]*event.Reader {
	t.Helper()
	more := `import "google/protobuf/any.proto"; import "google/protobuf/field_mask.proto"; message A`
	major := func(pkg, topic string) string {
		return strings.Replace(contract(pkg, topic, placed, costly), "message A", more, 1)
	}
	two := strings.ReplaceAll(major("shop.v2", `import "x.proto";`), `owner: "o"`, `owner: "o" from_previous: CONVERSION_BY_NAME`)
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": major("shop.v1", orders), "y.proto": two}))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[int][]proto.Message{}
	for _, c := range r.Contracts() {
		targets[c.Major] = append(targets[c.Major], dynamicpb.NewMessage(c.Descriptor))
	}
	out := map[string]*event.Reader{}
	for _, way := range costWays {
		of := targets[1]
		if way == "converted" {
			of = targets[2]
		}
		if out[way], err = r.NewReader(of); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// record has one field with about n bytes.
func (f costlyField) record(way string, n int) event.Record {
	typ := "A"
	if f.of == "B" {
		typ = "B"
	}
	payload := `"id":"` + todoID + `","` + f.field + `":` + f.fill(n)
	meta := strings.Replace(goodMeta, "TodoCreated", typ, 1)
	attributes := [][2]string{{"specversion", "1.0"}, {"id", "1"}, {"source", "s"}, {"type", typ}, {"time", "2026-11-23T21:51:31Z"}, {"eventversion", "1.0"}}
	rec := event.Record{Topic: "orders"}
	switch way {
	case "flat":
		rec.Value = []byte("{" + meta + "," + payload + "}")
	case "cloudevents":
		rec.Value = []byte("{")
		for _, a := range attributes {
			rec.Value = fmt.Appendf(rec.Value, "%q:%q,", a[0], a[1])
		}
		rec.Value = append(rec.Value, `"data":{`+payload+"}}"...)
	case "cloudevents-binary":
		rec.Value = []byte("{" + payload + "}")
		for _, a := range attributes {
			rec.Headers = append(rec.Headers, event.Header{Key: "ce_" + a[0], Value: []byte(a[1])})
		}
	default:
		rec.Value = []byte("{" + meta + `,"data":{` + payload + "}}")
	}
	return rec
}

// What reading costs for each byte of a record: the same at 10 KB, 100 KB and 1 MB
// for each kind of field and rule, or it grows faster than the record.
func BenchmarkCost(b *testing.B) {
	readers := costReaders(b)
	for _, way := range costWays {
		rd := readers[way]
		for _, f := range costlyFields {
			for _, kb := range []int{10, 100, 1000} {
				rec := f.record(way, kb*1000)
				b.Run(fmt.Sprintf("%s/%s/%dKB", way, strings.ReplaceAll(f.name, " ", "_"), kb), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if _, _, err := rd.Read(rec); err != nil {
							_ = err.Error()
						}
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rec.Value)), "ns/byte")
				})
			}
		}
	}
}

// The violations of 60 KB of empty texts took 43 s to write down. Tests that are not
// parallel run alone, so that what they allocate can be counted.
func TestC25_WhatARecordCostsGrowsWithItsSize(t *testing.T) { //nolint:paralleltest // it counts what is allocated
	const small, large = 5_000, 50_000
	readers := costReaders(t)
	for _, way := range costWays {
		rd := readers[way]
		for _, f := range costlyFields {
			read := func(n int) (bytes uint64, took time.Duration) {
				rec := f.record(way, n)
				start := time.Now()
				bytes = allocated(func() {
					if _, _, err := rd.Read(rec); err != nil && len(err.Error()) > 4<<10 {
						t.Errorf("%s, %s: the error's text has %d bytes", f.name, way, len(err.Error()))
					}
				})
				return bytes, time.Since(start)
			}
			_, _ = read(100) // compiles what is compiled at first use
			one, _ := read(small)
			ten, took := read(large)
			if ten > 15*one+1<<20 {
				t.Fatalf("%s, %s: %d bytes are allocated for a record of %d bytes, %d for one of %d", f.name, way, ten, large, one, small)
			}
			if took > 30*time.Second { // milliseconds, unless it is not linear
				t.Fatalf("%s, %s: a record of %d bytes took %s", f.name, way, large, took)
			}
		}
	}
}
