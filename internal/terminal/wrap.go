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

// Folded is text, safe for a terminal already, whose lines have at most width characters:
// what is over goes to lines of its own below, which begin in column indent. They are
// broken between words, where a terminal breaks them in the middle of one. A width of 0
// has room for everything.
func Folded(s string, indent, width int) string {
	if width == 0 {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		text := strings.TrimLeft(line, " ") // stays where it is
		before := line[:len(line)-len(text)]
		lines[i] = before + fold(text, len(before), indent, width)
	}
	return strings.Join(lines, "\n")
}

// hanging is text, safe for a terminal already, that begins in column indent, with what
// is over width on lines of its own below. It is broken at blanks, and keeps all others.
// A width of 0 has room for everything.
func hanging(s string, indent, width int) string { return fold(s, indent, indent, width) }

// fold is hanging for text that begins in another column than its lines below.
func fold(s string, begin, indent, width int) string {
	var b strings.Builder
	line := begin
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
