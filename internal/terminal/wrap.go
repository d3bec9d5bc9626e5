package terminal

import (
	"strings"
	"unicode/utf8"
)

// Wrapped is text as lines of at most width characters, broken between words, and safe
// for a terminal. A longer word has a line of its own.
func Wrapped(s string, width int) string {
	var b strings.Builder
	line := 0
	for _, word := range strings.Fields(Printable(s)) {
		n := utf8.RuneCountInString(word)
		switch {
		case line == 0:
		case line+1+n > width:
			b.WriteByte('\n')
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += n
	}
	return b.String()
}

// hanging is text, safe for a terminal already, that begins in column indent, with what
// is over width on lines of its own below. It is broken at blanks, and keeps all others.
// A width of 0 has room for everything.
func hanging(s string, indent, width int) string {
	var b strings.Builder
	line := indent
	for i, word := range strings.Split(s, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width > 0 && line+1+n > width && line > indent && word != "":
			b.WriteString("\n" + strings.Repeat(" ", indent))
			line = indent
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += n
	}
	return b.String()
}
