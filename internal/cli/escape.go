package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes text from records and contracts safe for a terminal: control
// characters, escape sequences, bidirectional overrides and bytes that are not
// UTF-8 are shown as Go escapes, on one line.
func printable(s string) string { return escape(s, false) }

// printableLines keeps line breaks and tabs, for text of several lines that we
// composed ourselves.
func printableLines(s string) string { return escape(s, true) }

func escape(s string, keepLayout bool) string {
	clean := true
	for _, r := range s {
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

func safe(r rune, keepLayout bool) bool {
	if keepLayout && (r == '\n' || r == '\t') {
		return true
	}
	// Not printable are the bidirectional overrides too, which can make a line
	// read as something that it is not.
	return unicode.IsPrint(r)
}

// short cuts text to n characters, with an ellipsis for what is gone.
func short(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
