package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON prints one value, indented, for a program that reads the whole output.
func JSON(w io.Writer, v any) error { return printJSON(w, v, "  ") }

// JSONLine prints one value on one line, for a program that reads a stream.
func JSONLine(w io.Writer, v any) error { return printJSON(w, v, "") }

func printJSON(w io.Writer, v any, indent string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // payloads stay readable: < and & are dangerous in pages only
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeJSON(b.Bytes()))
	return err
}

// escapeJSON writes the characters that are not printable as JSON's escapes, so that
// the text is safe for a terminal and means the same. encoding/json does so for those
// below U+0020 only. In JSON no other such character stands outside of a string.
func escapeJSON(b []byte) []byte {
	var out []byte // nil as long as nothing was escaped
	from := 0
	for i := 0; i < len(b); {
		r, size := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b[i:])
		}
		invalid := r == utf8.RuneError && size == 1 // of a value that was JSON before
		if invalid || r != '\n' && !safe(r, false) {
			out = append(out, b[from:i]...)
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			from = i + size
		}
		i += size
	}
	if out == nil {
		return b
	}
	return append(out, b[from:]...)
}
