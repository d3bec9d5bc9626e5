package eventrt

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// PlainText reads a text without escapes, as a part of what is read. It is false, and
// reads nothing, at every other value.
func (d *Decoder) PlainText() (s []byte, ok bool) {
	if d.next() != '"' {
		return nil, false
	}
	return d.plainText()
}

// plainText reads a string without escapes and of valid UTF-8, and returns what is between
// the quotes; else it stands before the string, and ok is false.
func (d *Decoder) plainText() (s []byte, ok bool) {
	if d.next() != '"' {
		d.Unsure()
		return nil, false
	}
	rest := d.b[d.i+1:]
	n := plainPrefix(rest)
	if n < len(rest) && rest[n] == '"' {
		d.i += n + 2
		return rest[:n], true
	}
	return d.otherText(rest, n)
}

// otherText is plainText for what is not all ASCII; n bytes have been looked at.
func (d *Decoder) otherText(rest []byte, n int) ([]byte, bool) {
	start := n
	for n < len(rest) && (plain[rest[n]] || rest[n] >= utf8.RuneSelf) {
		n++
	}
	if n < len(rest) && rest[n] == '"' && utf8.Valid(rest[start:n]) {
		d.i += n + 2
		return rest[:n], true
	}
	return nil, false
}

// String reads a text.
func (d *Decoder) String() string {
	s, ok := d.plainText()
	if !ok {
		return d.escaped()
	}
	return string(s)
}

// escaped reads a text with escapes: those of RFC 8259, and surrogates in pairs.
func (d *Decoder) escaped() string {
	end := d.i + 1
	for end < len(d.b) && d.b[end] != '"' {
		if d.b[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(d.b) {
		d.Unsure()
		return ""
	}
	var out strings.Builder
	out.Grow(end - d.i) // no escape is shorter than what it stands for
	for i := d.i + 1; i < end; {
		switch c := d.b[i]; {
		case c < 0x20:
			d.Unsure()
			return ""
		case c != '\\':
			out.WriteByte(c)
			i++
		default:
			r, n := escape(d.b[i:])
			if n == 0 {
				d.Unsure()
				return ""
			}
			out.WriteRune(r)
			i += n
		}
	}
	if !utf8.ValidString(out.String()) {
		d.Unsure()
	}
	d.i = min(end+1, len(d.b))
	return out.String()
}

// skipEscaped reads over a text with escapes.
func (d *Decoder) skipEscaped() {
	start := d.i + 1
	for i := start; i < len(d.b); {
		switch c := d.b[i]; {
		case c == '"':
			if !utf8.Valid(d.b[start:i]) {
				d.Unsure()
				return
			}
			d.i = i + 1
			return
		case c < 0x20:
			d.Unsure()
			return
		case c != '\\':
			i++
		default:
			_, n := escape(d.b[i:])
			if n == 0 {
				d.Unsure()
				return
			}
			i += n
		}
	}
	d.Unsure()
}

// escape reads one escape, and how long it is: 0 if it is not one.
func escape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r, ok := hex4(b[2:])
		if !ok || !utf16.IsSurrogate(r) {
			return r, width(ok, 6)
		}
		if len(b) < 12 || b[6] != '\\' || b[7] != 'u' {
			return 0, 0
		}
		low, ok := hex4(b[8:])
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError { // they are no pair
			return 0, 0
		}
		return r, width(ok, 12)
	}
	return 0, 0
}

func width(ok bool, n int) int {
	if !ok {
		return 0
	}
	return n
}

// hex4 reads four hexadecimal digits.
func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		v := hexValue[c]
		if v < 0 {
			return 0, false
		}
		r = r<<4 | rune(v)
	}
	return r, true
}

// hexValue is what a hexadecimal digit stands for; -1 for every other byte.
var hexValue = func() (t [256]int8) {
	for c := range t {
		t[c] = -1
	}
	for i, c := range hexDigits {
		t[c] = int8(i)
		if c >= 'a' {
			t[c-'a'+'A'] = int8(i)
		}
	}
	return t
}()

// Bytes64 reads bytes from Base64 text, of the standard alphabet and padded; protojson
// takes others too.
func (d *Decoder) Bytes64() []byte {
	s, ok := d.plainText()
	if !ok || len(s)%4 != 0 {
		d.Unsure()
		return nil
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(s)))
	n, err := base64.StdEncoding.Decode(out, s)
	if err != nil {
		d.Unsure()
	}
	return out[:n]
}

// ImplicitBytes64 is Bytes64 of a field that does not tell unset from empty, and then has
// no bytes.
func (d *Decoder) ImplicitBytes64() []byte {
	if b := d.Bytes64(); len(b) > 0 {
		return b
	}
	return nil
}

// Enum reads a value of an enum: the name of one that is known, or the number of any.
func (d *Decoder) Enum(values map[string]int32) int32 {
	if d.next() != '"' {
		return d.Int32()
	}
	s, _ := d.plainText()
	v, ok := values[string(s)]
	if !ok {
		d.Unsure()
	}
	return v
}
