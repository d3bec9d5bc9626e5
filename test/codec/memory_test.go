package codec_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// What is wrong at its very end, or has too many values, costs no more memory than before
// there was generated code: four times its size and 1 MiB. What is too large was once read
// up to four times, each time a little further. Not parallel: it counts what the process allocates.
func TestBadInputAllocates(t *testing.T) {
	rows := map[string]func(n int) string{
		"messages":       func(n int) string { return `"ps":[` + strings.Repeat("{},", n/3) + "{}]" },
		"full messages":  func(n int) string { return `"ps":[` + strings.Repeat(`{"s":"","n":1},`, n/15) + "{}]" },
		"large messages": func(n int) string { return `"rules":` + strings.Repeat(`{"parts_unique":[],"p":`, 1) + "{}}" },
		"itself":         func(n int) string { return `"self":{"ss":[` + strings.Repeat(`"",`, n/3) + `""]}` },
		"numbers":        func(n int) string { return `"us":[` + strings.Repeat("1,", n/2) + "1]" },
		"64-bit numbers": func(n int) string { return `"is":[` + strings.Repeat(`"1",`, n/4) + `"1"]` },
		"texts":          func(n int) string { return `"ss":[` + strings.Repeat(`"",`, n/3) + `""]` },
		"short texts":    func(n int) string { return `"ss":[` + strings.Repeat(`"a",`, n/4) + `""]` },
		"bytes":          func(n int) string { return `"raws":[` + strings.Repeat(`"",`, n/3) + `""]` },
		"bools":          func(n int) string { return `"bs":[` + strings.Repeat("true,", n/5) + "true]" },
		"enums":          func(n int) string { return `"es":[` + strings.Repeat(`0,`, n/2) + `0]` },
		"values":         func(n int) string { return `"list":[` + strings.Repeat("1,", n/2) + "1]" },
		"lists":          func(n int) string { return `"list":[` + strings.Repeat("[],", n/3) + "1]" },
		"wrappers":       func(n int) string { return `"wss":[` + strings.Repeat(`"",`, n/3) + `""]` },
		"times": func(n int) string {
			return `"ats":[` + strings.Repeat(`"2026-01-01T00:00:00Z",`, n/23) + `"2026-01-01T00:00:00Z"]`
		},
		"a long text": func(n int) string { return `"s":"` + strings.Repeat("x", n) + `"` },
		"escapes":     func(n int) string { return `"s":"` + strings.Repeat(`\u00e4`, n/6) + `"` },
		"one escape":  func(n int) string { return `"s":"\n` + strings.Repeat("x", n) + `"` },
		"Base64":      func(n int) string { return `"raw":"` + strings.Repeat("AAAA", n/4) + `"` },
		"an unknown":  func(n int) string { return `"later":[` + strings.Repeat(`"\n",`, n/5) + `""]` },
		"a map": func(n int) string {
			var b strings.Builder
			for i := range n / 9 {
				fmt.Fprintf(&b, `"%d":"",`, i)
			}
			return `"texts":{` + b.String() + `"a":""}`
		},
		"a Struct": func(n int) string {
			var b strings.Builder
			for i := range n / 8 {
				fmt.Fprintf(&b, `"%d":1,`, i)
			}
			return `"free":{` + b.String() + `"a":1}`
		},
	}
	for format := range formats {
		p := torture(t, format)
		head := `"id":"` + eventID + `",`
		_, _, _ = event.Decode(p.record(head + `"s":"x"`)) // what is made once for all records
		large := 0
		_, whole := p.open("")
		for name, of := range rows {
			for _, n := range []int{30_000, 1_000_000} {
				for _, end := range []string{"", `,"s":1`, "]", whole} {
					rec, _ := p.open(head + of(n))
					rec.Value = append(rec.Value, end...)
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					_, _, err := event.Decode(rec)
					runtime.ReadMemStats(&after)
					if end == whole && (err == nil || !strings.Contains(err.Error(), "split the event")) {
						continue
					}
					if end == whole {
						large++
					}
					if e := (*event.Error)(nil); !errors.As(err, &e) {
						t.Fatal(err)
					}
					got := after.TotalAlloc - before.TotalAlloc
					if most := 4*uint64(len(rec.Value)) + 1<<20; got > most {
						t.Errorf("%s/%s of %d bytes, %q behind it: %d bytes allocated, most %d (%v)", format, name, len(rec.Value), end, got, most, event.ReasonOf(err))
					}
				}
			}
		}
		if large < 10 {
			t.Errorf("%s: %d payloads were too large", format, large)
		}
	}
}
