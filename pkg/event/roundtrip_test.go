package event_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// payloads are probes with every kind of value.
var payloads = map[string]string{
	"least":   `{` + probeID + `}`,
	"scalars": `{` + probeID + `,"i32":-1,"i64":"-9223372036854775808","u64":"18446744073709551615","d":1e-300,"f":0.1,"b":false,"raw":"AP8=","e":"E_ONE","left":"","text":"ab"}`,
	"nan":     `{` + probeID + `,"d":"NaN","f":"-Infinity"}`,
	"enum":    `{` + probeID + `,"e":7}`,
	"times":   `{` + probeID + `,"at":"2026-01-01T00:00:00.123456789Z","took":"-1.5s","times":["0001-01-01T00:00:00Z"],"named":{"x":"9999-12-31T23:59:59Z"}}`,
	"structs": `{` + probeID + `,"free":{"":null,"ü":[1,{"b":[]}]},"any_value":null,"list":[]}`,
	"empty":   `{` + probeID + `,"free":{},"part":{},"parts":[{},{"p":{"s":""}}],"numbers":[0]}`,
	"text":    `{` + probeID + `,"right":"\u0000\u001b\"\\/\u2028<🥛","labels":{"":"","\"":"\\"}}`,
}

func TestRoundTripOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		r := probes(t, format)
		for name, payload := range payloads {
			t.Run(format+"/"+name, func(t *testing.T) {
				t.Parallel()
				msg := probeOf(t, r, payload)
				before := proto.Clone(msg)
				rec, err := r.Encode(context.Background(), msg, event.WithSource("/s"), event.WithHeader("x", "y"))
				if err != nil {
					t.Fatal(err)
				}
				if !proto.Equal(before, msg) {
					t.Errorf("Encode changed the caller's message from %v to %v", before, msg)
				}
				_, got, err := r.Decode(rec)
				if err != nil {
					t.Fatalf("%v\n%s", err, rec.Value)
				}
				want := probeOf(t, r, strings.NewReplacer(`"part":{}`, `"part":{"n":7}`, `[{},{"p":{"s":""}}]`, `[{"n":7},{"n":7,"p":{"n":7,"s":""}}]`).Replace(payload))
				if !proto.Equal(want, got) {
					t.Errorf("message (-want +got):\n%s\n%s", cmp.Diff(want, got, protocmp.Transform()), rec.Value)
				}
				if string(rec.Key) != todoID || rec.Topic != "orders" || rec.Headers[0].Key != "x" {
					t.Errorf("record %+v", rec)
				}
				// Blanks between tokens would differ from build to build.
				var bare bytes.Buffer
				if err := json.Compact(&bare, rec.Value); err != nil || bare.String() != string(rec.Value) {
					t.Errorf("not compact JSON (%v): %s", err, rec.Value)
				}
			})
		}
	}
}

// The flat format writes null for every optional field that is unset, in the
// messages of the payload too, and nowhere else.
func TestFlatNulls(t *testing.T) {
	t.Parallel()
	r := probes(t, "FORMAT_FLAT")
	rec, err := r.Encode(context.Background(), probeOf(t, r, `{`+probeID+`,"part":{"n":1},"parts":[{"s":"x"}],"free":{"s":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(rec.Value, &got); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"left", "right", "any_value"} { // members of a oneof, and a Value, whose null is a value
		if _, ok := got[gone]; ok {
			t.Errorf("%s is written", gone)
		}
	}
	for _, name := range []string{"i32", "i64", "u64", "d", "f", "b", "raw", "e", "at", "took", "list", "text", "ranged", "known"} {
		if v, ok := got[name]; !ok || v != nil {
			t.Errorf("%s is %v, want null", name, v)
		}
	}
	want := map[string]any{
		"part":  map[string]any{"s": nil, "at": nil, "p": nil, "n": 1.0},
		"parts": []any{map[string]any{"s": "x", "at": nil, "p": nil, "n": 7.0}},
		"free":  map[string]any{"s": map[string]any{}},
	}
	for name, v := range want {
		if diff := cmp.Diff(v, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What Encode writes must be read: what readers refuse is refused before.
func TestEncodeRefusesWhatReadersRefuse(t *testing.T) {
	t.Parallel()
	r := probes(t, "FORMAT_ENVELOPE")
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	rows := []struct{ name, member, want string }{
		{"deepest", `"free":` + deep(deepestLevel), ""},
		{"too deep", `"free":` + deep(100), "nested too deeply"},
		{"many values", `"list":[` + strings.Repeat("1,", 3000) + "1]", ""},
		{"too many values", `"list":[` + strings.Repeat("1,", 40_000) + "1]", "of memory"},
		{"long texts", `"few":["` + strings.Repeat("x", 1<<17) + `"],"raw":"` + strings.Repeat("AAAA", 1<<17) + `","labels":{"a":"` + strings.Repeat("x", 1<<17) + `"},"any_value":"` + strings.Repeat("x", 1<<17) + `"`, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			rec, err := r.Encode(context.Background(), probeOf(t, r, `{`+probeID+`,`+row.member+`}`))
			if row.want != "" {
				if !errors.Is(err, event.ErrInvalid) || !strings.Contains(err.Error(), row.want) {
					t.Errorf("error %v, want ErrInvalid with %q", err, row.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := r.Decode(rec); err != nil {
				t.Error(err)
			}
		})
	}
}

// allocated is how many bytes f allocates. Nothing else may run beside it.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Bad input costs at most four times its size and 1 MiB. Not parallel: it counts
// what the process allocates.
func TestBadInputAllocates(t *testing.T) {
	r := probes(t, "FORMAT_FLAT")
	many := func(n int, one func(i int) string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(one(i))
		}
		return b.String()
	}
	pair := func(i int) string { return `"k` + strconv.Itoa(i) + `":1` }
	same := func(s string) func(int) string { return func(int) string { return s } }
	const million, tenth = 1_000_000, 100_000
	rows := map[string]string{
		"1e6 members":            many(million, pair),
		"1e6 keys in an unknown": `"more":{` + many(million, pair) + "}",
		"1e5 keys in a struct":   `"free":{` + many(tenth, pair) + "}",
		"1e5 keys in a map":      `"labels":{` + many(tenth, func(i int) string { return `"k` + strconv.Itoa(i) + `":""` }) + "}",
		"1e5 values in a list":   `"list":[` + many(tenth, same("1")) + "]",
		"1e5 numbers":            `"numbers":[` + many(tenth, same("1")) + "]",
		"1e5 messages":           `"parts":[` + many(tenth, same("{}")) + "]",
		"1e5 times":              `"times":[` + many(tenth, same(`"2026-01-01T00:00:00"`)) + "]",
		"depth 1e6":              `"free":` + strings.Repeat(`{"a":`, million),
		"depth 1e6 of arrays":    `"list":` + strings.Repeat(`[`, million),
		"1 MiB text":             `"left":"` + strings.Repeat("x", 1<<20) + `"`,
		"1 MiB text of escapes":  `"left":"` + strings.Repeat(`\u00e4`, 1<<18) + `"`,
		"1 MiB text in a number": `"i32":"` + strings.Repeat("x", 1<<20) + `"`,
		"1 MiB text in a time":   `"at":"` + strings.Repeat("x", 1<<20) + `"`,
		"1 MiB text in a bool":   `"b":"` + strings.Repeat("x", 1<<20) + `"`,
		"1 MiB text in an enum":  `"e":"` + strings.Repeat("x", 1<<20) + `"`,
		"1 MiB text in a list":   `"numbers":"` + strings.Repeat("x", 1<<20) + `"`,
		"1 MiB key twice":        `"labels":{"` + strings.Repeat("x", 1<<20) + `":"","` + strings.Repeat("x", 1<<20) + `":""}`,
		"1 MiB texts in lists":   `"few":["` + strings.Repeat("x", 1<<19) + `","` + strings.Repeat("y", 1<<19) + `"]`,
		"1 MiB too long":         `"text":"` + strings.Repeat("x", 1<<20) + `"`,
		"1 MiB bytes":            `"raw":"` + strings.Repeat("AAAA", 1<<18) + `"`,
		"1 MiB key":              `"` + strings.Repeat("k", 1<<20) + `":1`,
		"1 MiB number":           `"d":` + strings.Repeat("1", 1<<20),
		"1 MiB of blanks":        strings.Repeat(" ", 1<<20) + `"i32":1`,
		"1e5 keys with 1 escape": many(tenth, func(i int) string { return `"\u0061` + strconv.Itoa(i) + `":1` }),
		"1 MiB id":               `"event_id":"` + strings.Repeat("x", 1<<20) + `"`,
		"1 MiB type of escapes":  `"type":"` + strings.Repeat(`\u00e4`, 1<<18) + `"`,
	}
	measure := func(name string, r *event.Registry, rec event.Record) {
		var err error
		got := allocated(func() { _, _, err = r.Decode(rec) })
		if most := 4*uint64(len(rec.Value)) + 1<<20; got > most {
			t.Errorf("%s: %d bytes allocated for %d, most %d (%v)", name, got, len(rec.Value), most, event.ReasonOf(err))
		}
	}
	for _, rec := range inEachFormat(probeID) {
		_, _, _ = r.Decode(rec) // what is built once for all records
	}
	for name, members := range rows {
		for format, rec := range inEachFormat(probeID + "," + members) {
			measure(name+"/"+format, r, rec)
		}
	}
	// As many values as are accepted, in the types that services link.
	for name, changes := range map[string]string{
		"object": "{" + many(3000, pair) + "}",
		"array":  `{"a":[` + many(3000, same("1")) + "]}",
		"texts":  `{"a":[` + many(10_000, same(`"`+strings.Repeat("x", 120)+`"`)) + "]}",
		"arrays": `{"a":[` + many(1500, same("[[]]")) + "]}",
	} {
		value := strings.Replace("{"+goodMeta+`,"todo_id":"`+todoID+`","user_id":"`+userID+`","updated_fields":["title"],"changes":`+changes+"}", "TodoCreated", "TodoUpdated", 1)
		rec := event.Record{Topic: "todos", Value: []byte(value)}
		if _, _, err := event.Decode(rec); err != nil {
			t.Errorf("%s: %v", name, err) // what is accepted is what is measured
		}
		measure("linked "+name, event.Linked(), rec)
	}
}

// What is too deep is found before protojson sees it, and what can be written
// can be read, at every depth around the limit.
func TestDepthLimit(t *testing.T) {
	t.Parallel()
	deep := map[string]func(n int) string{
		"objects": func(n int) string { return `"free":` + strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) },
		"arrays":  func(n int) string { return `"list":` + strings.Repeat("[", n) + "null" + strings.Repeat("]", n) },
		"parts":   func(n int) string { return `"part":` + strings.Repeat(`{"p":`, n) + "{}" + strings.Repeat("}", n) },
		"value": func(n int) string {
			return `"any_value":` + strings.Repeat(`[{"a":`, n/2) + `""` + strings.Repeat("}]", n/2)
		},
		"unknown": func(n int) string { return `"more":` + strings.Repeat("[", n) + strings.Repeat("]", n) },
	}
	for _, format := range formats {
		r := probes(t, format)
		for name, of := range deep {
			refused := 0
			for n := 60; n < 68; n++ {
				for read, rec := range inEachFormat(probeID + "," + of(n)) {
					_, _, err := r.Decode(rec)
					want := notAnEvent
					if read == "cloudevents-binary" {
						want = undecodable
					}
					if err != nil && (event.ReasonOf(err) != want || !strings.Contains(err.Error(), "too deeply")) {
						t.Errorf("%s of depth %d in %s: %v", name, n, read, err)
					}
				}
				if name == "unknown" {
					continue
				}
				rec, err := r.Encode(context.Background(), probeOf(t, r, `{`+probeID+`,`+of(n)+`}`), event.WithSource("/s"))
				if err != nil {
					refused++
				} else if _, _, err := r.Decode(rec); err != nil {
					t.Errorf("%s of depth %d is written as %s and cannot be read: %v", name, n, format, err)
				}
			}
			if name != "unknown" && (refused == 0 || refused == 8) {
				t.Errorf("%s: %d depths refused, want the limit to be among them", name, refused)
			}
		}
	}
}
