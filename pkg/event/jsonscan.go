package event

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

const (
	// maxDepth bounds the nesting of a payload's JSON: each level is a frame of
	// the stack, in readers of other languages too.
	maxDepth = 64

	// maxNumber bounds the characters of a number: no type has use for more.
	maxNumber = 1024
)

// scanner checks the syntax of RFC 8259 without building values.
// encoding/json would take what two readers may read differently (a key twice,
// invalid UTF-8, a lone surrogate), and allocates for each value; what protojson
// refuses, it refuses with an error that quotes the payload.
//
// A method moves i behind what it has read. After an error the scanner is of no
// further use.
type scanner struct {
	b       []byte
	i       int
	escaped bool // the last string has an escape
}

// fail says what is wrong at the byte where the scanner stands, and quotes nothing.
func (s *scanner) fail(what string) error { return fmt.Errorf("%s at byte %d", what, s.i) }

// space reads over blanks.
func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// take reads c, if it comes next.
func (s *scanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// closed reports whether an object or array ends before its first element.
func (s *scanner) closed(end byte) bool {
	s.space()
	return s.take(end)
}

// next reads what follows an element, and reports whether another one does.
func (s *scanner) next(end byte) (bool, error) {
	s.space()
	if s.take(',') {
		s.space()
		return true, nil
	}
	if s.take(end) {
		return false, nil
	}
	return false, s.fail("a comma is missing")
}

// finish refuses what follows the outermost value.
func (s *scanner) finish() error {
	s.space()
	if s.i != len(s.b) {
		return s.fail("something follows the object")
	}
	return nil
}

// key reads a member's key and the colon. The key is a part of the record, and
// valid as long as the record is, unless it has an escape.
func (s *scanner) key() ([]byte, error) {
	start := s.i
	if err := s.str(); err != nil {
		return nil, err
	}
	raw, plain := s.b[start:s.i], !s.escaped
	if err := s.colon(); err != nil {
		return nil, err
	}
	if plain {
		return raw[1 : len(raw)-1], nil
	}
	key, err := text(raw)
	return []byte(key), err
}

// colon reads what is between a key and its value.
func (s *scanner) colon() error {
	s.space()
	if !s.take(':') {
		return s.fail("a colon is missing")
	}
	s.space()
	return nil
}

// value reads over one value.
func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return s.fail("nested too deeply")
	}
	if s.i == len(s.b) {
		return s.fail("the value is cut short")
	}
	switch c := s.b[s.i]; {
	case c == '"':
		return s.str()
	case c == '{' || c == '[':
		s.i++
		return s.elements(c+2, depth+1) // '}' is '{'+2 and ']' is '['+2
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range [...]string{"null", "true", "false"} {
		if len(s.b)-s.i >= len(word) && string(s.b[s.i:s.i+len(word)]) == word {
			s.i += len(word)
			return nil
		}
	}
	return s.fail("a JSON value is missing")
}

// elements reads over what is in an object or array.
func (s *scanner) elements(end byte, depth int) error {
	for more := !s.closed(end); more; {
		if end == '}' {
			if err := s.str(); err != nil {
				return err
			}
			if err := s.colon(); err != nil {
				return err
			}
		}
		if err := s.value(depth); err != nil {
			return err
		}
		var err error
		if more, err = s.next(end); err != nil {
			return err
		}
	}
	return nil
}

// number reads over a number: no leading zero, no bare point, no plus.
func (s *scanner) number() error {
	start := s.i
	s.take('-')
	if !s.take('0') && !s.digits() {
		return s.fail("a number without digits")
	}
	if s.take('.') && !s.digits() {
		return s.fail("a number without digits after the point")
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return s.fail("a number without digits in the exponent")
		}
	}
	if s.i-start > maxNumber {
		return s.fail("the number is too long")
	}
	return nil
}

// digits reads over digits, and reports whether there were any.
func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

// plainText are the bytes of a string that stand for themselves.
var plainText = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// str reads over a string. Most of a record is plain text, which the inner loop
// passes without a look at anything but a table.
func (s *scanner) str() error {
	if !s.take('"') {
		return s.fail("a string is missing")
	}
	b, i := s.b, s.i
	s.escaped = false
	for {
		for i < len(b) && plainText[b[i]] {
			i++
		}
		s.i = i
		if i == len(b) {
			return s.fail("the string is cut short")
		}
		switch c := b[i]; {
		case c == '"':
			s.i++
			return nil
		case c < 0x20:
			return s.fail("a control character in a string")
		case c == '\\':
			s.escaped = true
			if err := s.escape(); err != nil {
				return err
			}
			i = s.i
		default:
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size <= 1 {
				return s.fail("invalid UTF-8")
			}
			i += size
		}
	}
}

// escape reads over one escape. Of surrogates it takes a high one with a low one
// behind it; alone they are not text, and readers replace or drop them.
func (s *scanner) escape() error {
	if s.i+1 >= len(s.b) {
		return s.fail("the escape is cut short")
	}
	switch s.b[s.i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i += 2
		return nil
	case 'u':
		hi, ok := s.hex4(s.i + 2)
		if !ok {
			return s.fail("a \\u escape without four hexadecimal digits")
		}
		s.i += 6
		switch {
		case hi >= 0xdc00 && hi < 0xe000:
			return s.fail("a lone surrogate")
		case hi >= 0xd800 && hi < 0xdc00:
			if s.i+1 >= len(s.b) || s.b[s.i] != '\\' || s.b[s.i+1] != 'u' {
				return s.fail("a lone surrogate")
			}
			if lo, ok := s.hex4(s.i + 2); !ok || lo < 0xdc00 || lo >= 0xe000 {
				return s.fail("a lone surrogate")
			}
			s.i += 6
		}
		return nil
	}
	return s.fail("an unknown escape")
}

// hex4 reads four hexadecimal digits at a place.
func (s *scanner) hex4(at int) (rune, bool) {
	if at+4 > len(s.b) {
		return 0, false
	}
	var r rune
	for _, c := range s.b[at : at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// whole reads over one value that nothing follows.
func (s *scanner) whole() error {
	s.space()
	if s.i == len(s.b) {
		return errors.New("the payload is missing")
	}
	if err := s.value(1); err != nil {
		return err
	}
	return s.finish()
}
