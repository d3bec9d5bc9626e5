package eventrt

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Each kind has a method without a name, for elements of lists and values of maps, and
// generated code gives the name to Name before.

// Name appends a member's comma, name and colon: `,"title":`.
func (e *Encoder) Name(name string) *Encoder {
	e.raw(name)
	return e
}

// String appends a text. protojson escapes what RFC 8259 requires, and refuses what is not
// UTF-8.
func (e *Encoder) String(s string) {
	e.b = append(e.b, '"')
	start := len(e.b)
	e.b = append(e.b, s...)
	if n := plainPrefix(e.b[start:]); n < len(s) {
		e.b = appendEscaped(e.b[:start+n], s[n:])
		if !utf8.ValidString(s[n:]) {
			e.unsure = true
		}
	}
	e.b = append(e.b, '"')
}

// Plain reports whether b is ASCII that stands for itself in a string of JSON.
func Plain(b []byte) bool { return plainPrefix(b) == len(b) }

// plainPrefix is how many bytes at the start of b are ASCII that stands for itself in a
// string of JSON. It looks at eight bytes at a time: of each, one of four sums has the
// highest bit if it is a control character, a quote, a backslash or not ASCII. What a sum
// borrows from the byte before can only find too much, which the loop below looks at.
func plainPrefix(b []byte) int {
	const each = 0x0101010101010101
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if (x|(x-each*0x20)|((x^each*'"')-each)|((x^each*'\\')-each))&(each*0x80) != 0 {
			break
		}
	}
	for i < len(b) && plain[b[i]] {
		i++
	}
	return i
}

// plain are the bytes of ASCII that stand for themselves in a string of JSON.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

const hexDigits = "0123456789abcdef"

// appendEscaped appends a text with escapes, as protojson has them.
func appendEscaped(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if plain[c] || c >= utf8.RuneSelf {
			b = append(b, c)
			continue
		}
		b = append(b, '\\')
		switch c {
		case '"', '\\':
			b = append(b, c)
		case '\b':
			b = append(b, 'b')
		case '\f':
			b = append(b, 'f')
		case '\n':
			b = append(b, 'n')
		case '\r':
			b = append(b, 'r')
		case '\t':
			b = append(b, 't')
		default:
			b = append(b, 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

// UUID appends a text whose rule says that it is a UUID: in lower case. A text that is
// neither one nor without capitals is left to the reference.
func (e *Encoder) UUID(s string) {
	start := len(e.b)
	e.String(s)
	for i := start; i < len(e.b); i++ {
		if c := e.b[i]; c >= 'A' && c <= 'Z' {
			if !IsUUID(s) && !IsTUUID(s) {
				e.unsure = true
				return
			}
			e.b[i] = c | 0x20
		}
	}
}

// Bytes64 appends bytes as Base64 text.
func (e *Encoder) Bytes64(v []byte) {
	e.b = append(e.b, '"')
	e.b = base64.StdEncoding.AppendEncode(e.b, v)
	e.b = append(e.b, '"')
}

// Bool appends a bool.
func (e *Encoder) Bool(v bool) { e.b = strconv.AppendBool(e.b, v) }

// Int32 appends a number.
func (e *Encoder) Int32(v int32) { e.b = strconv.AppendInt(e.b, int64(v), 10) }

// Uint32 appends a number.
func (e *Encoder) Uint32(v uint32) { e.b = strconv.AppendUint(e.b, uint64(v), 10) }

// Int64 appends a number as text, since JavaScript's would round it.
func (e *Encoder) Int64(v int64) {
	e.b = append(strconv.AppendInt(append(e.b, '"'), v, 10), '"')
}

// Uint64 appends a number as text.
func (e *Encoder) Uint64(v uint64) {
	e.b = append(strconv.AppendUint(append(e.b, '"'), v, 10), '"')
}

// Float appends a number.
func (e *Encoder) Float(v float32) { e.float(float64(v), 32) }

// Double appends a number.
func (e *Encoder) Double(v float64) { e.float(v, 64) }

// float writes numbers as ECMAScript does, and what is not one as text. Whether -0 keeps
// its sign depends on whether the reference has to copy the message.
func (e *Encoder) float(v float64, bits int) {
	switch {
	case v == 0:
		e.unsure = e.unsure || math.Signbit(v)
		e.b = append(e.b, '0')
		return
	case math.IsNaN(v):
		e.b = append(e.b, `"NaN"`...)
		return
	case math.IsInf(v, 1):
		e.b = append(e.b, `"Infinity"`...)
		return
	case math.IsInf(v, -1):
		e.b = append(e.b, `"-Infinity"`...)
		return
	}
	format := byte('f')
	if a := math.Abs(v); a != 0 && (bits == 64 && (a < 1e-6 || a >= 1e21) || bits == 32 && (float32(a) < 1e-6 || float32(a) >= 1e21)) {
		format = 'e'
	}
	e.b = strconv.AppendFloat(e.b, v, format, -1, bits)
	if n := len(e.b); format == 'e' && e.b[n-4] == 'e' && e.b[n-3] == '-' && e.b[n-2] == '0' { // e-07 is e-7
		e.b[n-2] = e.b[n-1]
		e.b = e.b[:n-1]
	}
}

// Enum appends the name of a value, or its number if it has none.
func (e *Encoder) Enum(v int32, names map[int32]string) {
	if name, ok := names[v]; ok {
		e.b = append(append(append(e.b, '"'), name...), '"')
		return
	}
	e.Int32(v)
}

// AppendList appends a list; one appends an element.
func AppendList[T any](e *Encoder, name string, list []T, one func(*Encoder, T)) {
	e.raw(name)
	e.deeper(0)
	e.b = append(e.b, '[')
	for i, v := range list {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		e.budget -= ElementMemory
		if e.budget < 0 { // it will not be used: write no more
			break
		}
		one(e, v)
	}
	e.b = append(e.b, ']')
	e.depth--
}

// AppendMap appends a map in the order of its keys; key and value append an entry.
func AppendMap[K cmp.Ordered, V any](e *Encoder, name string, m map[K]V, key func(*Encoder, K), value func(*Encoder, V)) {
	e.raw(name)
	e.deeper(0)
	e.b = append(e.b, '{')
	if e.budget -= EntryMemory * len(m); e.budget >= 0 {
		for i, k := range sortedKeys(m) {
			if i > 0 {
				e.b = append(e.b, ',')
			}
			key(e, k)
			e.b = append(e.b, ':')
			value(e, m[k])
		}
	}
	e.b = append(e.b, '}')
	e.depth--
}

// sortedKeys are the keys of a map in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	if len(m) == 0 {
		return nil
	}
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Keys of maps are texts.

// Int32Key appends a key.
func (e *Encoder) Int32Key(v int32) { e.Int64(int64(v)) }

// Uint32Key appends a key.
func (e *Encoder) Uint32Key(v uint32) { e.Uint64(uint64(v)) }
