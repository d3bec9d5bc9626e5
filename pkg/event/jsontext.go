package event

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// text reads a JSON string that the scanner has accepted.
func text(raw []byte) (string, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", errors.New("not a string")
	}
	raw = raw[1 : len(raw)-1]
	if i := bytes.IndexByte(raw, '\\'); i >= 0 {
		raw = unescaped(raw, i)
	}
	return string(raw), nil
}

// unescaped is a text whose first escape is at i.
func unescaped(raw []byte, i int) []byte {
	out := append(make([]byte, 0, len(raw)), raw[:i]...)
	s := scanner{b: raw}
	for i < len(raw) {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		switch c := raw[i+1]; c {
		case 'u':
			r, _ := s.hex4(i + 2)
			i += 6
			if utf16.IsSurrogate(r) { // the scanner has seen its other half
				low, _ := s.hex4(i + 2)
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			out = utf8.AppendRune(out, r)
			continue
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		default: // a quote or a slash stands for itself
			out = append(out, c)
		}
		i += 2
	}
	return out
}

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string. s is valid UTF-8. It escapes what RFC 8259
// requires and no more: encoding/json would also escape <, > and &, and readers
// of other languages compare texts.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	at := len(b)
	b = append(b, s...)
	if eventrt.Plain(b[at:]) { // as nearly all metadata are
		return append(b, '"')
	}
	b = b[:at]
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		if c < 0x20 {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
