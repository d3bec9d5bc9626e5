package textedit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Edit puts Text in the place of the bytes from Start up to End. With Start and
// End the same it inserts.
type Edit struct {
	Start, End int
	Text       string
}

// Insert is the edit that adds text at an offset.
func Insert(at int, text string) Edit { return Edit{Start: at, End: at, Text: text} }

// Apply makes edits of one text; their offsets are those of src. Insertions at
// one offset keep the order in which they are given. Ranges that overlap, or that
// are outside of src, are a mistake of the caller and panic.
func Apply(src []byte, edits ...Edit) []byte {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	var out []byte
	done := 0
	for _, e := range edits {
		if e.Start < done || e.End < e.Start || e.End > len(src) {
			panic(fmt.Sprintf("textedit: range %d to %d after %d of %d bytes", e.Start, e.End, done, len(src)))
		}
		out = append(out, src[done:e.Start]...)
		out = append(out, e.Text...)
		done = e.End
	}
	return append(out, src[done:]...)
}

// LineEnd is how the line at an offset ends: "\r\n" or "\n". A last line without
// an end, as an inserted line after it must have one, takes that of the line before.
// So a file with mixed line ends gets at each place what stands there.
func LineEnd(src []byte, at int) string {
	end := at + bytes.IndexByte(src[at:], '\n')
	if end < at {
		end = bytes.LastIndexByte(src[:at], '\n')
	}
	if end > 0 && src[end-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// LineStart is the offset of the first byte of the line that at is in.
func LineStart(src []byte, at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }

// Indent is the white space that begins the line that at is in, up to at.
func Indent(src []byte, at int) string {
	line := src[LineStart(src, at):at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// Lines writes a text of one or more lines with an indentation before each line
// that is not empty, joined by lineEnd and without one at its end. The lines may
// end in either way.
func Lines(text, indent, lineEnd string) string {
	lines := strings.Split(strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		if line != "" {
			line = indent + line
		}
		lines[i] = line
	}
	return strings.Join(lines, lineEnd)
}
