package report

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// Text is a group for a terminal. "of raw" is the ratio to the raw client with the same
// headroom, which targets are for; "of plain" that to the raw client as it comes. A target that
// is missed is said and is no error: on a busy machine a ratio says little.
func (g Group) Text() string {
	return columns(fmt.Sprintf("\n%s: %s\n", g.Name, g.Title), tabwriter.AlignRight, func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "msg/s\tof raw\tof plain\ttarget\t\tbus is\tCPU µs/msg\tbeyond raw\tCPU of raw\tallocs/msg\tGCs/1M\tslowest–fastest\t  series")
		for i, s := range g.Series {
			f := g.figures(i)
			if s.Failed != "" {
				fmt.Fprintf(w, "\t\t\t\t%s\t\t\t\t\t\t\t\t  %s\n", f.verdict, s.Name)
				continue
			}
			fmt.Fprintf(w, "%.0f\t%.2f\t%.2f\t%s\t%s\t%s\t%.2f\t%+.2f\t%.2f\t%.2f\t%.0f\t%s–%sk\t  %s\n", f.rate, f.ofRaw, f.ofPlain, f.target, f.verdict,
				times(f.beaten), f.cpu, f.beyond, f.cpuRaw,
				median(s.Samples, func(r measure.Result) float64 { return r.Allocs }),
				median(s.Samples, func(r measure.Result) float64 { return r.GCs }),
				thousands(f.slowest), thousands(f.fastest), s.Name)
		}
	})
}

// LatencyText is all latencies for a terminal.
func (r Run) LatencyText() string {
	return columns("\nlatency, from the call that publishes to the handler, ms\n", tabwriter.AlignRight, func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "events/s\tlinger ms\tp50\tp99\tp99.9\tp99 of raw\ttarget\t\t  series")
		for _, l := range r.Latencies {
			target, met := "", ""
			if l.Target > 0 {
				target, met = fmt.Sprintf("≤ %.2f", l.Target), atMost(r.ofRaw(l), l.Target)
			}
			p := l.median()
			fmt.Fprintf(w, "%d\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%s\t%s\t  %s\n", l.Rate, l.Linger, p.P50, p.P99, p.P999, r.ofRaw(l), target, met, l.Name)
		}
	})
}

// Text is a curve for a terminal.
func (c Curve) Text() string {
	return columns("\n"+c.Name+", CPU µs an event\n", tabwriter.AlignRight, func(w *tabwriter.Writer) {
		for _, cells := range c.rows() {
			fmt.Fprintln(w, strings.Join(cells, "\t")+"\t")
		}
	})
}

// rows are a curve's table, its head first.
func (c Curve) rows() [][]string {
	head := []string{c.X}
	for _, l := range c.Lines {
		head = append(head, l.Name)
	}
	rows := [][]string{head}
	for i, p := range c.Lines[0].Points {
		row := []string{number(p.X)}
		for _, l := range c.Lines {
			row = append(row, fmt.Sprintf("%.2f", median(l.Points[i].Samples, itself)))
		}
		rows = append(rows, row)
	}
	return rows
}

// FactsText is all facts for a terminal.
func (r Run) FactsText() string {
	return columns("\n", 0, func(w *tabwriter.Writer) {
		for _, f := range r.Facts {
			value, target, met := f.cells()
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Name, value, target, met)
		}
	})
}

func (f Fact) cells() (value, target, met string) {
	m := median(f.Samples, itself)
	if f.AtMost > 0 {
		target, met = fmt.Sprintf("≤ %s %s", number(f.AtMost), f.Unit), atMost(m, f.AtMost)
	}
	return number(m) + " " + f.Unit, target, met
}

func atMost(value, target float64) string {
	if value <= target {
		return "met"
	}
	return "above"
}

// median is that of each percentile.
func (l Latency) median() measure.Percentiles {
	return measure.Percentiles{
		P50:  median(l.Samples, func(p measure.Percentiles) float64 { return p.P50 }),
		P99:  median(l.Samples, func(p measure.Percentiles) float64 { return p.P99 }),
		P999: median(l.Samples, func(p measure.Percentiles) float64 { return p.P999 }),
	}
}

// ofRaw is the ratio of the p99 to the raw client's at the same rate and linger.
func (r Run) ofRaw(l Latency) float64 {
	for _, other := range r.Latencies {
		if other.Raw && other.Rate == l.Rate && other.Linger == l.Linger {
			return l.median().P99 / other.median().P99
		}
	}
	return 0
}

// number is v with as many digits as tell something.
func number(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	default:
		return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
	}
}

// times is a ratio, or nothing where there is none.
func times(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f ×", ratio)
}

func columns(head string, flags uint, write func(*tabwriter.Writer)) string {
	var out strings.Builder
	out.WriteString(head)
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', flags)
	write(w)
	_ = w.Flush() // to memory
	return out.String()
}
