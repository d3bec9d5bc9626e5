package codec_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// What is not a record of these contracts at all is refused with the same reason and the
// same words. That of single members and values is compared in the other tests; which
// reason each has, pkg/event's tests say, which pass with -tags reference too.
func TestBadRecordsAreRefusedTheSame(t *testing.T) {
	t.Parallel()
	for format := range formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			p := torture(t, format)
			good := p.record(`"id":"` + eventID + `","s":"ä\u00e4","ps":[{"n":1}],"at":"2026-01-01T00:00:00Z","later":{"a":[1]}`)
			try := func(value []byte, headers ...event.Header) {
				t.Helper()
				rec := good
				rec.Value, rec.Headers = value, slices.Concat(good.Headers, headers)
				p.decode(t, rec)
			}
			for i := range good.Value {
				try(good.Value[:i])
				try(append(bytes.Clone(good.Value[:i]), 0))
			}
			text := string(good.Value)
			for _, v := range []string{
				"", " ", "\n\t", "null", "[]", "[" + text + "]", "1", `"x"`, "true", "{", "}", "{}", text + text, text + "x", text + "}", text + "\x00", text + " \n", " " + text,
				"\xef\xbb\xbf" + text, "\x00\x00\x00\x00\x01" + text, "\x1f\x8b\x08" + text, "Obj\x01", "\x08\x96", strings.Repeat("\xff", 11), "\x0b\x0c",
				strings.ToUpper(text), strings.Replace(text, `":`, `" : `, 3), strings.Replace(text, "{", "{,", 1), strings.Replace(text, ",", ",,", 1), strings.Replace(text, `"`, "'", 2),
			} {
				try([]byte(v))
			}
			wide := make([]byte, 0, 2*len(text))
			for _, u := range utf16.Encode([]rune(text)) {
				wide = append(wide, byte(u), byte(u>>8))
			}
			try(wide)
			many := make([]event.Header, 10_000)
			for i := range many {
				many[i] = event.Header{Key: fmt.Sprint("h", i)}
			}
			try(good.Value, many...)
			for _, h := range []event.Header{
				{Key: ""},
				{Key: "\xff"},
				{Key: "a\r\nb"},
				{Key: "dlq-reason", Value: []byte("x")},
				{Key: "redrive-count", Value: []byte("9")},
				{Key: "content-type", Value: []byte("text/plain")},
				{Key: "content-type", Value: []byte("application/json; charset=utf-16")},
				{Key: "content-type", Value: []byte("application/cloudevents+avro")},
				{Key: "content-type", Value: []byte("application/cloudevents+json")},
				{Key: "Content-Type", Value: []byte("application/cloudevents+json")},
				{Key: "content-type"},
				{Key: "ce_specversion", Value: []byte("1.0")},
				{Key: "ce_specversion", Value: []byte("0.3")},
				{Key: "ce_id", Value: []byte("other")},
				{Key: "ce_type", Value: []byte("Nope")},
				{Key: "ce_time", Value: []byte("soon")},
			} {
				try(good.Value, h)
				try(nil, h)
			}
			for _, key := range [][]byte{nil, {}, []byte("other"), bytes.Repeat([]byte("k"), 1<<20)} {
				rec := good
				rec.Key = key
				p.decode(t, rec)
			}
		})
	}
}
