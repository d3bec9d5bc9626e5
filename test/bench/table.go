package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// median is the middle one, or the lower of the two.
func median(results []measure.Result, of func(measure.Result) float64) float64 {
	values := make([]float64, len(results))
	for i, r := range results {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

func perSecond(r measure.Result) float64 { return r.PerSecond }
func cpuMicros(r measure.Result) float64 { return r.CPUMicros }

// raw is the index of the raw client with or without headroom.
func (b block) raw(headroom bool) int {
	return max(0, slices.IndexFunc(b.series, func(s measure.Series) bool { return s.Raw && s.Headroom == headroom }))
}

// table shows a block's results. "of raw" is the ratio to the raw client with
// the same headroom, which the targets are for; "of plain" that to the raw
// client as it comes. A target that is missed is said and is no error: on a busy
// machine a ratio says little.
func (b block) table(results [][]measure.Result) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%s: %s\n", b.name, b.title)
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "msg/s\tof raw\ttarget\t\tof plain\tCPU µs/msg\tCPU of raw\tallocs/msg\tGCs/1M\tslowest–fastest\t  series")
	for i, s := range b.series {
		raw := results[b.raw(s.Headroom)]
		rate, cpu := median(results[i], perSecond), median(results[i], cpuMicros)
		ratio := rate / median(raw, perSecond)
		target, verdict := "", ""
		if s.Target > 0 {
			target, verdict = fmt.Sprintf("≥ %.2f", s.Target), "PASS"
			if ratio < s.Target {
				verdict = "below target"
			}
		}
		fmt.Fprintf(w, "%.0f\t%.2f\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f–%.0fk\t  %s\n", rate, ratio, target, verdict,
			rate/median(results[0], perSecond), cpu, cpu/median(raw, cpuMicros),
			median(results[i], func(r measure.Result) float64 { return r.Allocs }),
			median(results[i], func(r measure.Result) float64 { return r.GCs }),
			slices.MinFunc(results[i], slower).PerSecond/1000, slices.MaxFunc(results[i], slower).PerSecond/1000, s.Name)
	}
	_ = w.Flush() // to memory
	return out.String()
}

func slower(a, b measure.Result) int {
	switch {
	case a.PerSecond < b.PerSecond:
		return -1
	case a.PerSecond > b.PerSecond:
		return 1
	}
	return 0
}
