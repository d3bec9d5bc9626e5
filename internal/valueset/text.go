package valueset

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// place is where a text has a part: prefix, suffix, anywhere, nowhere.
type place string

const (
	prefix   place = "prefix"
	suffix   place = "suffix"
	anywhere place = "contains"
	nowhere  place = "not_contains"
)

// affix is a rule that a text begins with, ends in, contains or lacks a part.
type affix struct {
	name  string
	place place
	part  string
}

func (f affix) rule() string { return f.name }

func (f affix) words() string {
	return map[place]string{prefix: "beginning with ", suffix: "ending in ", anywhere: "containing ", nowhere: "not containing "}[f.place] + fmt.Sprintf("%q", f.part)
}

func (f affix) in(text string) bool {
	switch f.place {
	case prefix:
		return strings.HasPrefix(text, f.part)
	case suffix:
		return strings.HasSuffix(text, f.part)
	case anywhere:
		return strings.Contains(text, f.part)
	default:
		return !strings.Contains(text, f.part)
	}
}

func (f affix) holds(v Value) answer { return answerOf(f.in(v.text)) }

func (f affix) narrow(s *Set) {
	if f.place == nowhere {
		return
	}
	least := func(r *ranges, n int) {
		if *r != nil {
			*r = r.minus(between(number(0), number(int64(n)-1)))
		}
	}
	least(&s.lengths.bytes, len(f.part))
	least(&s.lengths.characters, utf8.RuneCountInString(f.part))
}

func (f affix) follows(s *Set) bool {
	return s.each(f) || slices.ContainsFunc(s.facets, func(g facet) bool {
		own, ok := g.(affix)
		if !ok {
			return false
		}
		switch f.place {
		case prefix, suffix: // what begins with "abc" begins with "a"
			return own.place == f.place && f.in(own.part)
		case anywhere:
			return own.place != nowhere && strings.Contains(own.part, f.part)
		default: // what lacks "a" lacks "abc"
			return own.place == nowhere && strings.Contains(f.part, own.part)
		}
	})
}

func (f affix) against(s *Set) ([]Value, bool) {
	if s.only != nil {
		return s.only, true
	}
	if f.place != nowhere {
		return s.samples()
	}
	var out []Value
	for _, v := range s.some() {
		out = append(out, Value{text: f.part}, Value{text: v.text + f.part}, Value{text: f.part + v.text})
	}
	return out, false
}

// among is a rule that lists all texts that are allowed.
type among struct {
	name  string
	texts []string
	show  func(string) string
}

func (f among) rule() string { return f.name }

func (f among) words() string {
	var words []string
	for _, t := range f.texts {
		words = append(words, f.show(t))
	}
	if len(words) == 1 {
		return "exactly " + words[0]
	}
	return "one of " + named(words)
}

func (f among) holds(v Value) answer { return answerOf(slices.Contains(f.texts, v.text)) }
func (f among) follows(s *Set) bool  { return s.each(f) }

func (f among) narrow(s *Set) {
	var values []Value
	for _, t := range f.texts {
		if s.only == nil || contains(s.only, Value{text: t}) {
			values = append(values, Value{text: t})
		}
	}
	if s.only = values; values == nil {
		s.only = []Value{}
	}
}

func (f among) against(s *Set) ([]Value, bool) { return s.samples() }

// except is a rule that lists texts that are refused.
type except struct{ among }

func (f except) words() string {
	return "none of " + strings.TrimPrefix(strings.TrimPrefix(f.among.words(), "exactly "), "one of ")
}
func (f except) holds(v Value) answer { return answerOf(!slices.Contains(f.texts, v.text)) }
func (f except) narrow(*Set)          {}

func (f except) follows(s *Set) bool {
	for _, t := range f.texts {
		if s.maybe(Value{text: t}) {
			return s.each(f)
		}
	}
	return true
}

func (f except) against(s *Set) ([]Value, bool) {
	var out []Value
	for _, t := range f.texts {
		if v := (Value{text: t}); s.maybe(v) {
			out = append(out, v)
		}
	}
	return out, true // others are not refused
}

// textsOf are the texts of a rule that has one or several.
func textsOf(in reading, name string) []string {
	v, ok := in.get(name)
	if !ok {
		return nil
	}
	text := func(v protoreflect.Value) string {
		if b, ok := v.Interface().([]byte); ok {
			return string(b)
		}
		return v.String()
	}
	if !in.field(name).IsList() {
		return []string{text(v)}
	}
	var out []string
	for i := range v.List().Len() {
		out = append(out, text(v.List().Get(i)))
	}
	return out
}

// pattern is a regular expression. Whether all texts of one match another is not asked:
// it is known by its text, and of single values.
type pattern struct{ opaque }

func (f pattern) holds(v Value) answer {
	// CEL's matches, as Go's, is RE2. Bytes have to be UTF-8 before they are matched.
	re, err := regexp.Compile(f.key)
	if err != nil || !utf8.ValidString(v.text) {
		return unknown
	}
	return answerOf(re.MatchString(v.text))
}

func (f pattern) follows(s *Set) bool { return s.each(f) || f.opaque.follows(s) }
