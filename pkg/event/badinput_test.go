package event_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const (
	goodMeta = `"event_id":"` + noteID + `","event_type":"TodoCreated","event_version":"1.0","timestamp":"2026-11-23T21:51:31Z"`
	goodData = `"todo_id":"` + todoID + `","user_id":"` + userID + `","title":"x"`
)

// without removes one member of a list written without blanks.
func without(list, name string) string {
	var kept []string
	for _, m := range strings.Split(list, ",") {
		if !strings.HasPrefix(m, `"`+name+`"`) {
			kept = append(kept, m)
		}
	}
	return strings.Join(kept, ",")
}

func with(list, name, value string) string { return without(list, name) + `,"` + name + `":` + value }

// Rows that are about metadata or payload are tried as flat and as envelope.
func TestBadMembers(t *testing.T) {
	t.Parallel()
	const none = event.Reason("")
	huge := strings.Repeat("x", 1<<20)
	type row struct {
		name       string
		meta, data string
		want       event.Reason
	}
	rows := []row{
		{"good", goodMeta, goodData, none},
		{"unknown metadata", with(goodMeta, "more", "1"), goodData, none},
		{"unknown payload field", goodMeta, with(goodData, "more", `{"a":[1]}`), none},
		{"id upper case", with(goodMeta, "event_id", `"`+strings.ToUpper(noteID)+`"`), goodData, none},
		{"id braces", with(goodMeta, "event_id", `"{`+noteID+`}"`), goodData, event.ReasonUndecodable},
		{"id no UUID", with(goodMeta, "event_id", `"1"`), goodData, event.ReasonUndecodable},
		{"id empty", with(goodMeta, "event_id", `""`), goodData, event.ReasonUndecodable},
		{"id 1 MiB", with(goodMeta, "event_id", `"`+huge+`"`), goodData, event.ReasonUndecodable},
		{"id number", with(goodMeta, "event_id", `1`), goodData, event.ReasonUndecodable},
		{"id null", with(goodMeta, "event_id", `null`), goodData, event.ReasonUndecodable},
		{"id missing", without(goodMeta, "event_id"), goodData, event.ReasonUndecodable},
		{"type number", with(goodMeta, "event_type", `1`), goodData, event.ReasonUndecodable},
		{"type empty", with(goodMeta, "event_type", `""`), goodData, event.ReasonUndecodable},
		{"type unknown", with(goodMeta, "event_type", `"Nope"`), goodData, event.ReasonUnknownType},
		{"type path", with(goodMeta, "event_type", `"../x"`), goodData, event.ReasonUnknownType},
		{"type 10 KiB", with(goodMeta, "event_type", `"`+huge[:10240]+`"`), goodData, event.ReasonUndecodable},
		{"version missing", without(goodMeta, "event_version"), goodData, event.ReasonUndecodable},
		{"version number", with(goodMeta, "event_version", `1.0`), goodData, event.ReasonUndecodable},
		{"version zero", with(goodMeta, "event_version", `"0.1"`), goodData, event.ReasonUndecodable},
		{"version negative", with(goodMeta, "event_version", `"-1.0"`), goodData, event.ReasonUndecodable},
		{"version huge", with(goodMeta, "event_version", `"99999999999999999999.0"`), goodData, event.ReasonUndecodable},
		{"version leading zero", with(goodMeta, "event_version", `"01.0"`), goodData, event.ReasonUndecodable},
		{"version one part", with(goodMeta, "event_version", `"1"`), goodData, event.ReasonUndecodable},
		{"version three parts", with(goodMeta, "event_version", `"1.0.0"`), goodData, event.ReasonUndecodable},
		{"version far ahead", with(goodMeta, "event_version", `"9.0"`), goodData, event.ReasonUnsupportedVersion},
		{"time missing", without(goodMeta, "timestamp"), goodData, event.ReasonUndecodable},
		{"time year 0", with(goodMeta, "timestamp", `"0000-01-01T00:00:00Z"`), goodData, event.ReasonUndecodable},
		{"time year 10000", with(goodMeta, "timestamp", `"10000-01-01T00:00:00Z"`), goodData, event.ReasonUndecodable},
		{"time leap second", with(goodMeta, "timestamp", `"2016-12-31T23:59:60Z"`), goodData, event.ReasonUndecodable},
		{"time text", with(goodMeta, "timestamp", `"yesterday"`), goodData, event.ReasonUndecodable},
		{"correlation text", with(goodMeta, "correlation_id", `"request 1"`), goodData, none},
		{"correlation long", with(goodMeta, "correlation_id", `"`+huge[:257]+`"`), goodData, event.ReasonUndecodable},
		{"correlation NUL", with(goodMeta, "correlation_id", `"a\u0000"`), goodData, event.ReasonUndecodable},
		{"correlation escaped", with(goodMeta, "correlation_id", `"\u00e4"`), goodData, none},
		{"correlation longest, escaped", with(goodMeta, "correlation_id", `"`+strings.Repeat(`\u00e4`, 256)+`"`), goodData, none},
		{"correlation too long, escaped", with(goodMeta, "correlation_id", `"`+strings.Repeat(`\u00e4`, 257)+`"`), goodData, event.ReasonUndecodable},
		{"version escaped", with(goodMeta, "event_version", `"\u0031.0"`), goodData, none},
		{"name escaped", strings.Replace(goodMeta, "event_type", `event\u005ftype`, 1), goodData, none},
		{"correlation number", with(goodMeta, "correlation_id", `7`), goodData, event.ReasonUndecodable},
		{"metadata twice", goodMeta + `,"event_id":"` + noteID + `"`, goodData, event.ReasonNotAnEvent},
		{"name twice, in a part that is unknown", goodMeta, goodData + `,"later":{"a":1,"a":[]}`, none},
		{"field missing", goodMeta, without(goodData, "title"), event.ReasonInvalid},
		{"field null", goodMeta, with(goodData, "title", "null"), event.ReasonInvalid},
		{"field number", goodMeta, with(goodData, "title", "1"), event.ReasonUndecodable},
		{"field object", goodMeta, with(goodData, "title", "{}"), event.ReasonUndecodable},
		{"field longest", goodMeta, with(goodData, "title", `"`+huge[:500]+`"`), none},
		{"field too long", goodMeta, with(goodData, "title", `"`+huge[:501]+`"`), event.ReasonInvalid},
		{"field not in set", goodMeta, with(goodData, "priority", `"later"`), event.ReasonInvalid},
		{"field no UUID", goodMeta, with(goodData, "todo_id", `"1"`), event.ReasonInvalid},
		{"time field bad", goodMeta, with(goodData, "due_date", `"soon"`), event.ReasonUndecodable},
		{"HTML and ANSI", goodMeta, with(goodData, "title", `"<b>\u001b[31m=1+1"`), none},
		{"lone surrogate", goodMeta, with(goodData, "title", `"\ud800"`), event.ReasonNotAnEvent},
		{"raw NUL", goodMeta, with(goodData, "title", "\"\x00\""), event.ReasonNotAnEvent},
		{"invalid UTF-8", goodMeta, with(goodData, "title", "\"\xff\""), event.ReasonNotAnEvent},
		{"hex number", goodMeta, with(goodData, "more", "0x1"), event.ReasonNotAnEvent},
		{"NaN", goodMeta, with(goodData, "more", "NaN"), event.ReasonNotAnEvent},
		{"leading zero", goodMeta, with(goodData, "more", "01"), event.ReasonNotAnEvent},
		{"depth 101", goodMeta, with(goodData, "more", strings.Repeat("[", 101)+strings.Repeat("]", 101)), event.ReasonNotAnEvent},
		{"depth 1000000", goodMeta, with(goodData, "more", strings.Repeat("[", 1_000_000)), event.ReasonNotAnEvent},
		{"name twice", goodMeta, goodData + `,"due_date":null,"dueDate":null`, event.ReasonUndecodable},
		{"name twice with values", goodMeta, goodData + `,"due_date":"2026-01-01T00:00:00Z","dueDate":"2026-01-01T00:00:00Z"`, event.ReasonUndecodable},
	}
	for _, r := range rows {
		for format, value := range map[string]string{
			"flat":     "{" + r.meta + "," + r.data + "}",
			"envelope": "{" + r.meta + `,"data":{` + r.data + "}}",
		} {
			t.Run(r.name+"/"+format, func(t *testing.T) {
				t.Parallel()
				_, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte(value)})
				if got := event.ReasonOf(err); got != r.want || (err == nil) != (r.want == "") {
					t.Errorf("reason %q (%v), want %q", got, err, r.want)
				}
			})
		}
	}
}

func TestZonelessTimeIsFlatOnly(t *testing.T) {
	t.Parallel()
	meta := with(goodMeta, "timestamp", `"2026-11-23 21:51:31"`)
	if _, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte("{" + meta + "," + goodData + "}")}); err != nil {
		t.Errorf("flat: %v", err)
	}
	_, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte("{" + meta + `,"data":{` + goodData + "}}")})
	if event.ReasonOf(err) != event.ReasonUndecodable {
		t.Errorf("envelope: %v", err)
	}
}

func TestNoEvent(t *testing.T) {
	t.Parallel()
	good := "{" + goodMeta + "," + goodData + "}"
	var keys strings.Builder
	for i := range 1_000_000 {
		keys.WriteString(`,"k` + strconv.Itoa(i) + `":1`)
	}
	rows := map[string]string{
		"empty": "", "blanks": " \n", "null": "null", "array": "[1]", "scalar": "1", "no members": "{}",
		"trailing": good + "x", "two objects": good + good, "BOM": "\ufeff" + good, "UTF-16": "{\x00}\x00",
		"Confluent magic": "\x00\x00\x00\x00\x01abc", "gzip": "\x1f\x8b\x08", "Avro": "Obj\x01",
		"protobuf": "\x0a\xff\xff\xff\xff\x0f", "overlong varint": "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
		"million keys": "{" + goodMeta + keys.String() + "}", "case variant": strings.ReplaceAll(good, "event_type", "Event_Type"),
	}
	for name, value := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte(value)})
			if event.ReasonOf(err) != event.ReasonNotAnEvent {
				t.Errorf("%v", err)
			}
		})
	}
	for i := range good {
		if _, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte(good[:i])}); event.ReasonOf(err) != event.ReasonNotAnEvent {
			t.Errorf("cut at byte %d: %v", i, err)
		}
	}
}

func TestBadCloudEvents(t *testing.T) {
	t.Parallel()
	attributes := `"specversion":"1.0","id":"any id","type":"TodoCreated","source":"/s","time":"2026-11-23T21:51:31Z","eventversion":"1.0"`
	structured := func(a, data string) event.Record {
		return event.Record{Topic: "todos", Value: []byte("{" + a + `,"data":` + data + "}")}
	}
	data := "{" + goodData + "}"
	headers := func(kv ...string) (out []event.Header) {
		for i := 0; i < len(kv); i += 2 {
			out = append(out, event.Header{Key: kv[i], Value: []byte(kv[i+1])})
		}
		return out
	}
	binary := headers("ce_specversion", "1.0", "ce_id", "any id", "ce_type", "TodoCreated", "ce_source", "/s", "ce_time", "2026-11-23T21:51:31Z", "ce_eventversion", "1.0")
	many := slices.Clone(binary)
	for i := range 10_000 {
		many = append(many, event.Header{Key: fmt.Sprint("h", i)})
	}
	rows := []struct {
		name string
		rec  event.Record
		want event.Reason
	}{
		{"structured", structured(attributes, data), ""},
		{"no data", event.Record{Topic: "todos", Value: []byte("{" + attributes + "}")}, event.ReasonUndecodable},
		{"data array", structured(attributes, "[]"), event.ReasonUndecodable},
		{"specversion 0.3", structured(with(attributes, "specversion", `"0.3"`), data), event.ReasonUndecodable},
		{"no source", structured(without(attributes, "source"), data), event.ReasonUndecodable},
		{"no zone", structured(with(attributes, "time", `"2026-11-23T21:51:31"`), data), event.ReasonUndecodable},
		{"content-type alone", event.Record{Topic: "todos", Value: []byte(data), Headers: headers("content-type", "application/cloudevents+json")}, event.ReasonUndecodable},
		{"content-type of others", event.Record{Topic: "todos", Value: []byte("{" + goodMeta + "," + goodData + "}"), Headers: headers("content-type", "text/plain", "content-type", "x/y; charset=utf-16")}, ""},
		{"binary", event.Record{Topic: "todos", Value: []byte(data), Headers: binary}, ""},
		{"binary, many headers", event.Record{Topic: "todos", Value: []byte(data), Headers: many}, ""},
		{"binary, no value", event.Record{Topic: "todos", Headers: binary}, event.ReasonUndecodable},
		{"binary, blanks", event.Record{Topic: "todos", Value: []byte("  "), Headers: binary}, event.ReasonUndecodable},
		{"binary, id not UTF-8", event.Record{Topic: "todos", Value: []byte(data), Headers: append(slices.Clip(binary), headers("ce_id", "\xff")...)}, event.ReasonUndecodable},
		{"binary, null header", event.Record{Topic: "todos", Value: []byte(data), Headers: append(slices.Clip(binary), event.Header{Key: "ce_id"})}, event.ReasonUndecodable},
		{"odd headers", event.Record{Topic: "todos", Value: []byte(data), Headers: append(slices.Clip(binary), headers("", "", "\xff", "\r\n", "dlq-topic", "x")...)}, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := event.Decode(row.rec)
			if got := event.ReasonOf(err); got != row.want || (err == nil) != (row.want == "") {
				t.Errorf("reason %q (%v), want %q", got, err, row.want)
			}
		})
	}
}

// Of a name that this program does not know nothing is read, however often it is there: a
// reader that knows it refuses the second. The outermost object is another matter: what
// is metadata there has to be known before any contract is.
func TestUnknownNamesTwice(t *testing.T) {
	t.Parallel()
	const twice = `,"later":1,"later":2`
	for name, row := range map[string]struct {
		value string
		want  event.Reason
	}{
		"in a payload":   {"{" + goodMeta + `,"data":{` + goodData + twice + "}}", ""},
		"in an envelope": {"{" + goodMeta + twice + `,"data":{` + goodData + "}}", event.ReasonNotAnEvent},
		"in flat":        {"{" + goodMeta + "," + goodData + twice + "}", event.ReasonNotAnEvent},
		"in a known one": {"{" + goodMeta + `,"data":{` + goodData + `,"due_date":null,"due_date":null}}`, event.ReasonUndecodable},
	} {
		if _, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte(row.value)}); event.ReasonOf(err) != row.want {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
}
