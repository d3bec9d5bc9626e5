package protoedit

import (
	"bytes"
	"strings"

	"github.com/bufbuild/protocompile/ast"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// tail looks at the rest of the line after a token that ends at end. If nothing but
// comments is there, a new line can begin: at is the end of that line, before its
// line end. Else another token follows, and at is end.
func (f *File) tail(end int) (at int, alone bool) {
	for i := end; ; {
		rest := f.src[i:]
		switch {
		case len(rest) == 0:
			return i, true
		case rest[0] == '\n':
			if i > end && f.src[i-1] == '\r' {
				i--
			}
			return i, true
		case bytes.HasPrefix(rest, []byte("//")):
			if line := bytes.IndexByte(rest, '\n'); line >= 0 {
				i += line
			} else {
				i = len(f.src)
			}
		case bytes.HasPrefix(rest, []byte("/*")):
			i += len("/*") + bytes.Index(rest[2:], []byte("*/")) + len("*/")
		case isBlank(rest[:1]):
			i++
		default:
			return end, false
		}
	}
}

// What the compiler takes for white space.
func isBlank(text []byte) bool { return len(bytes.Trim(text, " \t\r\n\f\v")) == 0 }

// begins says whether a token is the first of its line.
func (f *File) begins(at int) bool {
	return isBlank(bytes.TrimPrefix(f.src[textedit.LineStart(f.src, at):at], []byte(bom)))
}

// blockStart is where a declaration begins with the comments that stand directly
// above it. A comment that a blank line separates is not the declaration's.
func (f *File) blockStart(n ast.Node) int {
	at := f.start(n)
	comments := f.tree.NodeInfo(n).LeadingComments()
	for i := comments.Len() - 1; i >= 0; i-- {
		c := comments.Index(i)
		start := f.bom + c.Start().Offset
		if hasBlankLine(f.src[start:at]) || !f.begins(start) {
			break
		}
		at = start
	}
	return at
}

// hasBlankLine says whether a line without text is inside of a range. Blank lines
// of a block comment count too, which costs a blank line at most.
func hasBlankLine(text []byte) bool {
	lines := bytes.Split(text, []byte("\n"))
	for i := 1; i < len(lines)-1; i++ {
		if isBlank(lines[i]) {
			return true
		}
	}
	return false
}

// unit is what this file indents by: that of its first declaration in a message
// that begins a line.
func (f *File) unit() string {
	for _, d := range f.tree.Decls {
		m, ok := d.(*ast.MessageNode)
		if !ok {
			continue
		}
		outer := textedit.Indent(f.src, f.start(m))
		for _, inner := range m.Decls {
			if indent := textedit.Indent(f.src, f.start(inner)); f.begins(f.start(inner)) && len(indent) > len(outer) && strings.HasPrefix(indent, outer) {
				return indent[len(outer):]
			}
		}
	}
	return "  "
}

// onOneLine says whether text may stand between others on a line.
func onOneLine(text string) bool {
	return !strings.Contains(text, "\n") && !strings.Contains(text, "//")
}

// after is the edit that puts text behind what ends at end: on lines of its own if
// the line can end there, with a blank line before it if asked, else on the same
// line. A text of several lines always gets lines of its own, and what followed on
// the line is indented by outer.
func (f *File) after(end int, text, indent, outer string, blank bool) textedit.Edit {
	at, alone := f.tail(end)
	eol := textedit.LineEnd(f.src, at)
	switch {
	case alone:
		lead := eol
		if blank {
			lead += eol
		}
		return textedit.Insert(at, lead+textedit.Lines(text, indent, eol))
	case onOneLine(strings.Trim(text, "\r\n")):
		return textedit.Insert(end, " "+textedit.Lines(text, "", eol))
	}
	next := end
	for next < len(f.src) && isBlank(f.src[next:next+1]) {
		next++
	}
	return textedit.Insert(next, eol+textedit.Lines(text, indent, eol)+eol+outer)
}
