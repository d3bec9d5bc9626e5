package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a record's JSON, envelope included.
const maxDepth = 64

// maxMembers bounds the members of the outermost object: each costs memory.
const maxMembers = 1024

// member is one member of a JSON object, its value unread.
type member struct {
	key   string
	value []byte
}

// members splits a JSON object. Unlike encoding/json it refuses a key that
// occurs twice, text that is no UTF-8 and lone surrogates, since two readers
// could understand such a record differently.
func members(b []byte) ([]member, error) {
	s := scanner{b: b}
	s.space()
	if !s.take('{') {
		return nil, errors.New("no JSON object")
	}
	var out []member
	err := s.list('}', func() error {
		key, err := s.key()
		if err != nil {
			return err
		}
		start := s.i
		if err := s.value(1); err != nil {
			return err
		}
		for _, m := range out {
			if m.key == key {
				return fmt.Errorf("member %.40q occurs twice", key)
			}
		}
		if len(out) == maxMembers {
			return fmt.Errorf("more than %d members", maxMembers)
		}
		out = append(out, member{key, b[start:s.i]})
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.space()
	if s.i != len(b) {
		return nil, s.fail("something follows the object")
	}
	return out, nil
}

// scanner checks the syntax of RFC 8259 without building values.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) fail(what string) error { return fmt.Errorf("%s at byte %d", what, s.i) }

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

func (s *scanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// list reads the elements of an object or array up to its end.
func (s *scanner) list(end byte, element func() error) error {
	s.space()
	if s.take(end) {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		s.space()
		if s.take(end) {
			return nil
		}
		if !s.take(',') {
			return s.fail("a comma is missing")
		}
	}
}

// key reads a member's name and the colon.
func (s *scanner) key() (string, error) {
	s.space()
	start := s.i
	if err := s.str(); err != nil {
		return "", err
	}
	key, err := text(s.b[start:s.i])
	if err != nil {
		return "", err
	}
	s.space()
	if !s.take(':') {
		return "", s.fail("a colon is missing")
	}
	s.space()
	return key, nil
}

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
	case c == '{':
		s.i++
		return s.list('}', func() error {
			s.space()
			if err := s.str(); err != nil {
				return err
			}
			s.space()
			if !s.take(':') {
				return s.fail("a colon is missing")
			}
			s.space()
			return s.value(depth + 1)
		})
	case c == '[':
		s.i++
		return s.list(']', func() error {
			s.space()
			return s.value(depth + 1)
		})
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range [...]string{"null", "true", "false"} {
		if len(s.b)-s.i >= len(word) && string(s.b[s.i:s.i+len(word)]) == word {
			s.i += len(word)
			return nil
		}
	}
	return s.fail("no JSON value")
}

func (s *scanner) number() error {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return s.fail("no number")
	}
	if s.take('.') && !s.digits() {
		return s.fail("no fraction")
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		if !s.digits() {
			return s.fail("no exponent")
		}
	}
	return nil
}

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

func (s *scanner) str() error {
	if !s.take('"') {
		return s.fail("no string")
	}
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return nil
		case c < 0x20:
			return s.fail("a control character in a string")
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < utf8.RuneSelf:
			s.i++
		default:
			r, size := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && size <= 1 {
				return s.fail("invalid UTF-8")
			}
			s.i += size
		}
	}
	return s.fail("the string is cut short")
}

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
			return s.fail("no \\u escape")
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

// text reads a JSON string that the scanner has accepted.
func text(raw []byte) (string, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", errors.New("not a string")
	}
	for _, c := range raw {
		if c == '\\' {
			var s string
			err := json.Unmarshal(raw, &s)
			return s, err
		}
	}
	return string(raw[1 : len(raw)-1]), nil
}

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string. s is valid UTF-8.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
