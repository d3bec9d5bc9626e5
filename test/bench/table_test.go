package main

import (
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// A series is compared with the raw client of its own headroom, by medians, and
// a target that is missed is said.
func TestTable(t *testing.T) {
	t.Parallel()
	b := block{name: "x", series: []measure.Series{
		{Name: "raw", Raw: true},
		{Name: "ours", Target: 0.5},
		{Name: "raw roomy", Raw: true, Headroom: true},
		{Name: "ours roomy", Headroom: true, Target: 0.5},
	}}
	of := func(rates ...float64) (out []measure.Result) {
		for _, r := range rates {
			out = append(out, measure.Result{PerSecond: r, CPUMicros: 1})
		}
		return out
	}
	got := strings.Split(b.table([][]measure.Result{of(90, 1, 100), of(60, 900, 40), of(200), of(80)}), "\n")
	for i, want := range [][]string{
		3: {"90", "1.00"},
		4: {"60", "0.67", "PASS", "ours"},
		5: {"200", "1.00", "2.22"},
		6: {"80", "0.40", "below target", "0.89"},
	} {
		for _, part := range want {
			if !strings.Contains(got[i], part) {
				t.Errorf("line %d is %q, without %q", i, got[i], part)
			}
		}
	}
}

// The events are the same in every process, and differ.
func TestEvents(t *testing.T) {
	t.Parallel()
	if a, b, c := newTodo(3).TodoId, newTodo(3).TodoId, newTodo(4).TodoId; a != b || a == c || len(a) != measure.KeySize {
		t.Errorf("event 3 is %s, then %s; event 4 is %s", a, b, c)
	}
}
