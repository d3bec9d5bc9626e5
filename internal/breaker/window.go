package breaker

import (
	"slices"
	"time"
)

// parts is how finely a window slides.
const parts = 6

// window counts the calls of the last while. Successes are counted by whoever has them:
// the window notes how many there were at the start of each of its parts.
type window struct {
	width time.Duration // of a part
	keys  int           // as many are told apart
	part  [parts]part   // the newest is the first
}

type part struct {
	begun     time.Time
	succeeded uint64 // when it began
	failed    int
	keys      []uint64 // some of those that failed
}

// begin counts anew.
func (w *window) begin(p Policy, now time.Time, succeeded uint64) {
	*w = window{width: p.Window / parts, keys: p.MinKeys}
	for i := range w.part {
		w.part[i] = part{begun: now, succeeded: succeeded}
	}
}

// roll begins the parts that are due.
func (w *window) roll(now time.Time, succeeded uint64) {
	for range parts {
		begun := w.part[0].begun.Add(w.width)
		if now.Before(begun) {
			return
		}
		copy(w.part[1:], w.part[:parts-1])
		w.part[0] = part{begun: begun, succeeded: succeeded}
	}
	w.part[0].begun = now // nobody has asked for long
}

func (w *window) fail(key uint64) {
	p := &w.part[0]
	p.failed++
	if len(p.keys) < w.keys && !slices.Contains(p.keys, key) {
		p.keys = append(p.keys, key)
	}
}

func (w *window) mostlyFails(p Policy, succeeded uint64) bool {
	failed := 0
	var keys []uint64
	for _, part := range w.part {
		failed += part.failed
		keys = append(keys, part.keys...)
	}
	calls := failed + int(succeeded-w.part[parts-1].succeeded)
	if calls < p.MinCalls || float64(failed) < p.FailureShare*float64(calls) {
		return false
	}
	slices.Sort(keys)
	return len(slices.Compact(keys)) >= p.MinKeys
}
