package report

import (
	"fmt"
	"strings"
)

// Markdown is the whole run as tables for the documentation.
func (r Run) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %s; %s; medians of %s.\n", r.Event, r.Broker, r.Machine, count(r.Rounds, "round"))
	if r.Scale != 1 {
		fmt.Fprintf(&b, "\n**A short run, of %s of the records: it shows that it runs, and no more.**\n", number(r.Scale))
	}
	for _, g := range r.Groups {
		fmt.Fprintf(&b, "\n### %s: %s\n\n", g.Name, g.Title)
		table(&b, []string{"", "k/s", "slowest–fastest", "of raw", "of plain", "CPU µs", "beyond raw", "CPU of raw", "bus is", "target", ""}, func(row func(...string)) {
			for i, s := range g.Series {
				f := g.figures(i)
				if s.Failed != "" {
					row(s.Name, "", "", "", "", "", "", "", "", "", f.verdict)
					continue
				}
				row(s.Name, thousands(f.rate), thousands(f.slowest)+"–"+thousands(f.fastest), fmt.Sprintf("%.2f", f.ofRaw), fmt.Sprintf("%.2f", f.ofPlain),
					fmt.Sprintf("%.1f", f.cpu), fmt.Sprintf("%+.1f", f.beyond), fmt.Sprintf("%.2f", f.cpuRaw), times(f.beaten), f.target, f.verdict)
			}
		})
	}
	if len(r.Latencies) > 0 {
		b.WriteString("\n### latency: from the call that publishes to the handler, ms\n\n")
		table(&b, []string{"", "events/s", "linger ms", "p50", "p99", "p99.9", "p99 of raw", "target", ""}, func(row func(...string)) {
			for _, l := range r.Latencies {
				target, met := "", ""
				if l.Target > 0 {
					target, met = fmt.Sprintf("≤ %.2f", l.Target), atMost(r.ofRaw(l), l.Target)
				}
				p := l.median()
				row(l.Name, fmt.Sprint(l.Rate), fmt.Sprint(l.Linger), fmt.Sprintf("%.2f", p.P50), fmt.Sprintf("%.2f", p.P99), fmt.Sprintf("%.2f", p.P999),
					fmt.Sprintf("%.2f", r.ofRaw(l)), target, met)
			}
		})
	}
	for _, c := range r.Curves {
		fmt.Fprintf(&b, "\n### %s: CPU µs an event\n\n", c.Name)
		rows := c.rows()
		table(&b, rows[0], func(row func(...string)) {
			for _, cells := range rows[1:] {
				row(cells...)
			}
		})
	}
	if len(r.Facts) > 0 {
		b.WriteString("\n### once\n\n")
		table(&b, []string{"", "", "target", ""}, func(row func(...string)) {
			for _, f := range r.Facts {
				value, target, met := f.cells()
				row(f.Name, value, target, met)
			}
		})
	}
	if failures := r.Failures(); len(failures) > 0 {
		b.WriteString("\nWhat failed:\n\n")
		for _, f := range failures {
			fmt.Fprintf(&b, "- %s\n", f)
		}
	}
	if sources := r.sources(); len(sources) > 0 {
		b.WriteString("\nWhere the settings of each peer are from:\n\n")
		for _, s := range sources {
			fmt.Fprintf(&b, "- %s\n", s)
		}
	}
	return b.String()
}

// sources are those of all peers, each once.
func (r Run) sources() (out []string) {
	seen := map[string]bool{}
	for _, g := range r.Groups {
		for _, s := range g.Series {
			if line := s.Name + ": " + s.Source; s.Source != "" && !seen[line] {
				seen[line] = true
				out = append(out, line)
			}
		}
	}
	return out
}

func table(b *strings.Builder, head []string, rows func(row func(...string))) {
	line := func(cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }
	line(head...)
	b.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	rows(line)
}

// thousands is a rate in thousands a second.
func thousands(rate float64) string {
	if rate < 10_000 {
		return fmt.Sprintf("%.1f", rate/1000)
	}
	return fmt.Sprintf("%.0f", rate/1000)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
