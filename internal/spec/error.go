package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is one mistake in a spec.
type Error struct {
	At      Pos
	Problem string // what is wrong
	Fix     string // what to do, or what may have been meant

	text string // the line
}

// Errors are all mistakes of a spec, in the order of the line.
type Errors []*Error

// Error prints each mistake as [Error.Error] does.
func (es Errors) Error() string {
	all := make([]string, len(es))
	for i, e := range es {
		all[i] = e.Error()
	}
	return strings.Join(all, "\n")
}

// Unwrap are the mistakes one by one.
func (es Errors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}

// Complain makes a mistake of something that only a caller can know, such as a
// field that the event has already, so that it is told as all others are.
func (s *Spec) Complain(at Pos, problem, fix string) *Error {
	return &Error{At: at, Problem: problem, Fix: fix, text: s.text}
}

// Error is "spec:column: problem: fix" and, below it, the part of the line around
// the column with a caret under it.
func (e *Error) Error() string {
	head := fmt.Sprintf("spec:%d: %s: %s", e.At.Column, e.Problem, e.Fix)
	if strings.TrimSpace(e.text) == "" {
		return head
	}
	line, caret := e.window()
	return head + "\n  " + line + "\n  " + strings.Repeat(" ", caret) + "^"
}

// What a window shows on either side of the column, in characters: together they
// fit a terminal of 80 columns.
const (
	before = 40
	after  = 34
)

// window is the part of the line around the column, and how many characters of it
// are before the column. Control characters must not reach a terminal.
func (e *Error) window() (line string, caret int) {
	from, n := e.At.Offset, 0
	for ; n < before && from > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(e.text[:from])
		from -= size
	}
	var b strings.Builder
	if from > 0 {
		b.WriteRune('…')
		n++
	}
	to := e.At.Offset
	for k := 0; k < after && to < len(e.text); k++ {
		_, size := utf8.DecodeRuneInString(e.text[to:])
		to += size
	}
	for _, r := range e.text[from:to] {
		b.WriteRune(shown(r))
	}
	if to < len(e.text) {
		b.WriteRune('…')
	}
	return strings.TrimRight(b.String(), " "), n
}

// shown is a character that takes one column and does nothing else.
func shown(r rune) rune {
	switch {
	case isBlank(r):
		return ' '
	case !unicode.IsGraphic(r) || unicode.Is(unicode.M, r):
		return '·'
	default:
		return r
	}
}

// maxQuoted is how much of a word an error repeats, in characters.
const maxQuoted = 40

// quote is a word for an error.
func quote(s string) string {
	n := 0
	for i := range s {
		if n == maxQuoted {
			return strconv.Quote(s[:i] + "…")
		}
		n++
	}
	return strconv.Quote(s)
}
