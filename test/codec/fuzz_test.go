package codec_test

import (
	"slices"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	flatv1 "github.com/eventcontracts/eventcontracts/test/codec/torture/flat/v1"
)

// What anybody writes into a record is read the same with generated code and without, in
// each format: where its payload is a value of CloudEvents' binary mode, the headers say so.
func FuzzSame(f *testing.F) {
	var todo pair
	for _, p := range pairs(f) {
		if p.fast.Type == "TodoCreated" {
			todo = p
			rec := event.Record{Value: []byte(`{"event_id":"` + eventID + `","event_type":"TodoCreated","event_version":"1.0","timestamp":"2026-01-01T00:00:00Z","correlation_id":null,"causation_id":null,"source":"s","todo_id":"` + strings.ToUpper(eventID) + `","title":"\u00e4"}`)}
			f.Add(p.fast.Topic.Name, rec.Value, "")
		}
	}
	binary, _ := torture(f, "binary").open("")
	fields := map[string]string{"envelope": "d", "flat": "i64", "structured": "at", "binary": "s"} // all with all would be searched for minutes
	for format := range formats {
		p := torture(f, format)
		for _, members := range hostile(fields[format]) {
			rec := p.record(`"id":"` + eventID + `",` + members)
			contentType := ""
			if len(rec.Headers) > 0 {
				contentType = string(rec.Headers[0].Value)
			}
			f.Add(rec.Topic, rec.Value, contentType)
		}
	}
	f.Fuzz(func(t *testing.T, topic string, value []byte, contentType string) {
		rec := event.Record{Topic: topic, Value: value}
		switch contentType {
		case "":
		case "application/json":
			rec.Headers = binary.Headers
		default:
			rec.Headers = []event.Header{{Key: "content-type", Value: []byte(contentType)}}
		}
		todo.decode(t, rec)
	})
}

// hostile are members that begin the search: each odd value of a field, names that come twice
// or in both spellings, nulls, NUL, and depth.
func hostile(field string) []string {
	var out []string
	for _, v := range odd {
		out = append(out, `"`+field+`":`+v)
	}
	for _, depth := range []int{10, 47, 48, 49, 63, 64, 65, 200} {
		out = append(out,
			`"value":`+strings.Repeat("[", depth)+strings.Repeat("]", depth),
			`"self":`+strings.Repeat(`{"self":`, depth)+"{}"+strings.Repeat("}", depth),
			`"later":`+strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth))
	}
	return append(out,
		`"id_of":"a","idOf":"b"`, `"idOf":"a","id_of":null`, `"was":"a","renamed":"b"`, `"s":"a","s":"a"`, `"later":1,"later":1`, `"right":{"s":"a","s":"b"}`, `"texts":{"a":"1","a":"2"}`, `"texts":{"a":"1","\u0061":"2"}`,
		`"s":"a\u0000b"`, "\"s\":\"a\x00b\"", `"s\u0000":"a"`, `"texts":{"\u0000":"a"}`, `"\u0073":"a"`, "\"s\":\"\xed\xa0\x80\"", `"s":"\ud83e"`, `"texts":{"\ud83e":"a"}`,
		`"is":[1,"2",-3,"-4"]`, `"by_i64":{"1":1,"01":2}`, `"us":[1,1.0,1e0,-0]`, `"ds":["NaN","Infinity",-0,1e400,1e-400]`, `"free":{"a":1e400,"b":-0,"c":9007199254740993}`,
		`"anything":null,"left":"a"`, `"left":null,"whole":"1"`, `"values":[null]`, `"ss":[null]`, `"texts":{"a":null}`, `"self":null,"at":null,"ss":null`,
		`"data":{}`, `"specversion":"1.0"`, `"event_id":null`, `"data_base64":"e30="`)
}

// What generated code takes for right, protovalidate does: of any text, by each rule.
func FuzzRulesOfTexts(f *testing.F) {
	for _, s := range candidates {
		f.Add(s)
	}
	rules := torture(f, "flat").fast.Descriptor.Fields().ByName("rules").Message()
	f.Fuzz(func(t *testing.T, text string) {
		for i := range rules.Fields().Len() {
			fd := rules.Fields().Get(i)
			if fd.Kind() != protoreflect.StringKind || fd.IsList() || fd.IsMap() || fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
				continue
			}
			msg := &flatv1.Rules{Must: &flatv1.Rules_N{N: 1}}
			msg.ProtoReflect().Set(fd, protoreflect.ValueOfString(text))
			if slices.Contains(msg.Event_codec().Open, string(fd.Name())) {
				continue
			}
			if err := protovalidate.Validate(msg); msg.Event_codec().Valid(msg) && err != nil {
				t.Errorf("%s %q is valid for generated code, and for protovalidate: %v", fd.Name(), text, err)
			}
		}
	})
}
