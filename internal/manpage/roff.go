package manpage

import (
	"fmt"
	"strings"
)

// text writes paragraphs, which an empty line divides. One whose lines are indented is
// written as it is.
func text(b *strings.Builder, s string) {
	for i, paragraph := range strings.Split(strings.Trim(s, "\n"), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		if strings.HasPrefix(paragraph, "  ") {
			literal(b, paragraph)
			continue
		}
		for line := range strings.SplitSeq(paragraph, "\n") {
			b.WriteString(escaped(line) + "\n")
		}
	}
}

// literal writes lines that are neither filled nor broken.
func literal(b *strings.Builder, s string) {
	b.WriteString(".RS 2\n.nf\n")
	for line := range strings.SplitSeq(strings.Trim(s, "\n"), "\n") {
		b.WriteString(escaped(strings.TrimPrefix(line, "  ")) + "\n")
	}
	b.WriteString(".fi\n.RE\n")
}

var special = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`)

// escaped is text as groff prints it: a hyphen that can be pasted into a shell, and no
// request at the beginning of a line.
func escaped(s string) string {
	s = ascii(special.Replace(s))
	if strings.HasPrefix(s, ".") { // an apostrophe is escaped already
		s = `\&` + s
	}
	return s
}

// ascii writes other characters by their code: groff reads Latin-1 unless it is told.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}

// quoted is an argument of a macro.
func quoted(s string) string { return `"` + strings.ReplaceAll(escaped(s), `"`, `\(dq`) + `"` }
