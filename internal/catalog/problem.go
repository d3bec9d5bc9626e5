package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Problem is one mistake in contracts or in services.yaml.
type Problem struct {
	File    string `json:"file"`            // as the reader can open it, relative to the working directory where possible
	Line    int    `json:"line,omitempty"`  // 1 for the first; 0 if it is not known
	Event   string `json:"event,omitempty"` // the event, topic or service that it is about
	Problem string `json:"problem"`
	Fix     string `json:"fix,omitempty"`
	Rule    string `json:"-"` // of the compatibility gate, where it has one for it
}

// String is "file:line: event: problem: fix", without the parts that are empty. Editors
// and CI systems make a link of the beginning, as of a compiler's errors.
func (p Problem) String() string {
	var parts []string
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, p.Line)
	}
	for _, part := range []string{where, p.Event, p.Problem, p.Fix} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// Problems is the error of contracts that have mistakes: all of them, ordered
// by file and line.
type Problems []Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sortProblems orders problems by place, so that the output is the same each time, and
// drops those that are equal in everything: two checks may find the same mistake.
func sortProblems(ps []Problem) Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Event, b.Event), cmp.Compare(a.Problem, b.Problem))
	})
	return slices.Compact(ps)
}

// contractProblems takes a registry's joined error apart. The error that it returns is
// what is not a mistake in a contract, and leaves the checks incomplete.
func contractProblems(err error) ([]Problem, error) {
	var out []Problem
	var rest []error
	var walk func(error)
	walk = func(err error) {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				walk(e)
			}
			return
		}
		var ce *event.ContractError
		if !errors.As(err, &ce) {
			rest = append(rest, err)
			return
		}
		out = append(out, Problem{File: ce.File, Line: ce.Line, Event: ce.Event, Problem: ce.Problem, Fix: ce.Fix, Rule: ce.Rule})
	}
	if err != nil {
		walk(err)
	}
	return out, errors.Join(rest...)
}
