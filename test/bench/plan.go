package main

import (
	"fmt"
	"time"

	"github.com/eventcontracts/eventcontracts/test/bench/report"
	"github.com/eventcontracts/eventcontracts/test/bench/scale"
)

// part is one line of the plan, or several that are measured together.
type part struct {
	lines   []planned
	measure func() error
}

// planned is what is measured, and about how long it takes.
type planned struct {
	name, what string
	takes      time.Duration
}

// plan is what the options ask for.
func (b *bench) plan(run *report.Run) (parts []part) {
	overhead := 700 * time.Millisecond // of a process and its broker
	if b.options.kafka {
		overhead = 9 * time.Second
	}
	var chosen []group
	var lines []planned
	for _, g := range groups() {
		if b.options.wants(g.name, g.extra) {
			chosen = append(chosen, g)
			lines = append(lines, planned{g.name, g.title, b.rounds(1, b.expected(g, overhead))})
		}
	}
	if len(chosen) > 0 {
		parts = append(parts, part{lines, func() error { return b.measureGroups(chosen, run) }})
	}
	if b.options.wants(latencyName, false) {
		each := b.scaled((latencySeconds+latencyWarm)*time.Second) + time.Second + overhead
		line := planned{latencyName, "From the call that publishes to the handler", b.rounds(len(latencySeries()), each)}
		parts = append(parts, part{[]planned{line}, func() error { return b.measureLatencies(run) }})
	}
	return append(parts, b.planScale(run, overhead)...)
}

// planScale is what needs the repository of package scale, which is made first.
func (b *bench) planScale(run *report.Run, overhead time.Duration) []part {
	const perPoint = 3 * time.Second
	var repo scale.Repo
	var chosen []curve
	lines := []planned{{"", "a repository of contracts for what follows, made and compiled", time.Minute}}
	for _, c := range curves() {
		if b.options.wants(c.name, false) {
			chosen = append(chosen, c)
			lines = append(lines, planned{c.name, c.title, b.rounds(len(c.points), b.scaled(perPoint)+overhead)})
		}
	}
	start, build := b.options.wants(startName, false), b.options.wants(buildName, false)
	if start {
		lines = append(lines, planned{startName, "Start of a service with hundreds of contracts", b.rounds(6, time.Second/2)})
	}
	if build {
		lines = append(lines, planned{buildName, "Size and build time of a service", b.rounds(len(services), 10*time.Second)})
	}
	if len(lines) == 1 {
		return nil
	}
	return []part{{lines, func() (err error) {
		if repo, err = scale.Make(b.dir); err != nil {
			return err
		}
		if err := b.measureCurves(chosen, repo, run); err != nil {
			return err
		}
		if start {
			if err := b.measureStart(repo, run); err != nil {
				return err
			}
		}
		if build {
			return b.measureBuilds(repo, run)
		}
		return nil
	}}}
}

// rounds is how long n measurements take in all rounds.
func (b *bench) rounds(n int, each time.Duration) time.Duration {
	return time.Duration(b.options.rounds*n) * each
}

func (b *bench) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * b.options.scale)
}

// expected is how long one round of a group will take.
func (b *bench) expected(g group, overhead time.Duration) (all time.Duration) {
	for _, s := range g.series {
		t := b.task(g, s)
		rate := s.Expect
		if b.options.kafka {
			rate /= 2
		}
		all += time.Duration(float64(t.Records+t.Warm) / rate * float64(time.Second))
		if s.Consume {
			all += time.Second // to join a group, and to leave it
		} else {
			all += overhead
		}
	}
	return all
}

// printPlan says what is measured and how long it will take.
func printPlan(parts []part) {
	var all time.Duration
	for _, p := range parts {
		for _, l := range p.lines {
			all += l.takes
		}
	}
	fmt.Printf("The plan, of about %s on a machine that does nothing else:\n", minutes(all))
	for _, p := range parts {
		for _, l := range p.lines {
			fmt.Printf("  %-16s %6s  %s\n", l.name, minutes(l.takes), l.what)
		}
	}
}

func minutes(d time.Duration) string {
	if d < 90*time.Second {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}
