package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable makes text from records and contracts safe for a terminal: control
// characters, escape sequences, bidirectional overrides and bytes that are not
// UTF-8 are shown as Go escapes, on one line.
func Printable(s string) string { return escape(s, false) }

// PrintableLines is Printable but for line breaks and tabs, which stay: for text of
// several lines that we composed ourselves. A record's text must not be part of it
// unescaped, since its line breaks could pass for ours.
func PrintableLines(s string) string { return escape(s, true) }

func escape(s string, keepLayout bool) string {
	clean := true // nearly all text is, and is not copied then
	for _, r := range s {
		// The replacement character may stand for a byte that is not UTF-8: which of
		// the two it is, the loop below finds out.
		if r == utf8.RuneError || !safe(r, keepLayout) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case safe(r, keepLayout):
			b.WriteRune(r)
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ') // the protobuf library's errors have others at random
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// safe reports whether a character is printed as it is.
func safe(r rune, keepLayout bool) bool {
	if keepLayout && (r == '\n' || r == '\t') {
		return true
	}
	// Not printable are the bidirectional overrides too, which can make a line
	// read as something that it is not.
	return unicode.IsPrint(r)
}

// Short cuts text to n characters, not bytes, the last of which is an ellipsis for
// what is gone.
func Short(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
