package protoedit

import (
	"fmt"
	"strings"
)

// Problem is why a file cannot be edited as it was asked.
type Problem struct {
	File      string // as it was given to Parse
	Line, Col int    // 1 for the first, as the compiler counts: a tab moves to the next multiple of 8
	Problem   string
	Fix       string // what to do, where that is known
}

// Error is "file:line:col: problem: fix".
func (p *Problem) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Problem)
	if p.Fix != "" {
		text += ": " + p.Fix
	}
	return text
}

// Problems are all that the compiler finds wrong with one file.
type Problems []*Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}
