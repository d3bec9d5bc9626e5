package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// verdict is what a round, or a run of several, comes to. It is the exit code.
type verdict int

const (
	sound  verdict = 0
	found  verdict = 1
	unseen verdict = 2 // something that should have been looked at was not
)

// of is the verdict of an account. A finding was seen, whatever else was not.
func of(a account.Account) verdict {
	switch {
	case len(a.Findings) > 0:
		return found
	case len(a.Unseen) > 0:
		return unseen
	case !a.Holds():
		return found
	}
	return sound
}

const (
	shownFindings  = 5 // of each rule
	shownHistories = 1 // likewise
)

// showFindings prints the first ones of each rule, and the histories of some of their
// records.
func showFindings(out io.Writer, e account.Evidence, findings []account.Finding) {
	shown := map[account.Rule]int{}
	var histories []account.Finding
	told := map[account.Position]bool{}
	for _, f := range findings {
		if shown[f.Rule]++; shown[f.Rule] <= shownFindings {
			fmt.Fprintf(out, "! %s\n", f)
		}
		if shown[f.Rule] <= shownHistories && f.Position.Topic != "" && !told[f.Position] {
			told[f.Position] = true
			histories = append(histories, f)
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(shown)) {
		if more := shown[rule] - shownFindings; more > 0 {
			fmt.Fprintf(out, "! and %d more of %s\n", more, rule)
		}
	}
	for _, f := range histories {
		fmt.Fprint(out, account.History(e, f.Group, f.Position))
	}
}

// report prints the account of a round.
func report(out io.Writer, d *driver, e account.Evidence, a account.Account) {
	done, s := d.done, d.settings
	kills := make([]string, 0, len(done))
	for _, n := range slices.Sorted(maps.Keys(done)) {
		kills = append(kills, fmt.Sprintf("%s %d", n, done[n]))
	}
	fmt.Fprintf(out, "seed %d: %d events, %.0f a second; done to members: %s\n", s.Seed, len(e.Log), float64(len(e.Log))/d.published.Seconds(), orNone(kills))
	for _, r := range a.Rows {
		if r.Records > 0 {
			fmt.Fprintf(out, "  %s: %d records = %d handled + %d dead letters + %d skipped, %d lost, %d duplicates\n", r.Topic, r.Records, r.Direct+r.Redriven, r.DeadLetters, r.Skipped, r.Lost, r.Duplicates)
		}
	}
	causes := make([]string, 0, len(a.Causes))
	for _, c := range slices.Sorted(maps.Keys(a.Causes)) {
		causes = append(causes, fmt.Sprintf("%s %d", c, a.Causes[c]))
	}
	fmt.Fprintf(out, "  causes of duplicates: %s\n", orNone(causes))
	if d.stuck > 0 {
		fmt.Fprintf(out, "  the embedded broker could not end a rebalance: %d times all members were frozen until it did\n", d.stuck)
	}
	ends := 0
	for _, g := range e.Groups {
		for _, j := range g.Journals {
			if n := len(j.Entries); n > 0 && j.Entries[n-1].Kind == account.Left && j.Entries[n-1].Text != "" {
				ends++
			}
		}
	}
	fmt.Fprintf(out, "  members that ended with an error that is promised, such as of a drain that took too long: %d\n", ends)
	if e.Observed != nil {
		fmt.Fprintf(out, "  commits and dead letters seen at the broker: %d\n", len(e.Observed.Entries))
	}
	for _, r := range slices.Sorted(maps.Keys(a.Unchecked)) {
		fmt.Fprintf(out, "  %s was not checked: %s\n", r, a.Unchecked[r])
	}
	for _, u := range a.Unseen {
		fmt.Fprintf(out, "  not seen: %s\n", u)
	}
	showFindings(out, e, a.Findings)
	switch of(a) {
	case sound:
		fmt.Fprintln(out, "  0 findings")
	case unseen:
		fmt.Fprintln(out, "  no verdict: not everything was seen")
	case found:
		fmt.Fprintf(out, "  %d findings: go run ./test/faults -for %v -seed %d runs the same schedule\n", len(a.Findings), s.For, s.Seed)
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
