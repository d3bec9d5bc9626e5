package valueset

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
)

// samples are values that s probably has, of several kinds; all if there are no others.
func (s *Set) samples() (values []Value, all bool) {
	if s.only != nil {
		return s.only, true
	}
	return s.some(), false
}

// some are values that s probably has: those at the ends of what it has first.
func (s *Set) some() []Value {
	switch {
	case s.only != nil:
		return s.only
	case s.order != nil:
		var out []Value
		for _, n := range slices.Concat(s.line.ends(), []*big.Int{number(0), number(1), number(-1), number(2), number(100)}) {
			if s.line.has(n) || s.zero && n.Sign() == 0 {
				out = append(out, Value{ordinal: n})
			}
		}
		return out
	case s.items != nil || s.keys != nil:
		var out []Value
		for _, n := range s.counts(0) {
			out = append(out, s.collections(n)...)
		}
		if s.items != nil {
			for _, v := range s.items.some() {
				out = append(out, s.listsWith(v)...)
			}
		} else {
			out = append(out, s.mapsWith(nil, nil)...)
		}
		return append(out, Value{})
	case s.lengths.bytes != nil:
		out := []Value{{}}
		texts := s.lengths.characters
		if texts == nil {
			texts = s.lengths.bytes
		}
		for _, n := range append(texts.ends(), number(1), number(3), number(10)) {
			if n.Cmp(number(2000)) <= 0 && texts.has(n) {
				out = append(out, s.texts(int(n.Int64()), 1)...)
				out = append(out, s.texts(int(n.Int64()), 4)...)
			}
		}
		return out
	case s.fd.Message() != nil && s.fd.Message().FullName() == anyName:
		return []Value{{text: "type.googleapis.com/google.protobuf.Empty"}, {text: "type.googleapis.com/google.protobuf.Timestamp"}, {}}
	case s.fd.Message() != nil && s.fd.Message().FullName() == maskName:
		v, _ := masked{how: maskWithin}.against(s)
		return v
	default:
		return []Value{{}}
	}
}

// fillers are what texts are filled with, by the bytes of a character: letters and what
// patterns and formats often refuse.
var fillers = map[int][]string{1: {"a", "A", "0", "-", " ", "!"}, 2: {"é"}, 4: {"😀"}}

// texts are texts of n characters that s probably has.
func (s *Set) texts(n, width int) []Value {
	var begin, middle, end string
	var out []Value
	formats := false
	for _, f := range s.facets {
		switch f := f.(type) {
		case affix:
			switch f.place {
			case prefix:
				begin = f.part
			case suffix:
				end = f.part
			case anywhere:
				middle += f.part
			}
		case format:
			formats = true
			w := wellKnowns[f.of]
			for _, t := range w.texts {
				out = append(out, Value{text: t})
			}
			if w.grow != nil {
				out = append(out, Value{text: w.grow(n)})
			}
		}
	}
	if formats {
		return out
	}
	fixed := begin + middle + end
	for _, c := range fillers[width] {
		if fill := n - utf8.RuneCountInString(fixed); fill >= 0 {
			out = append(out, Value{text: begin + middle + strings.Repeat(c, fill) + end})
		}
	}
	return out
}

// collections are lists or maps of n elements.
func (s *Set) collections(n int) []Value {
	if n > maxCollection {
		return nil
	}
	if s.keys != nil {
		keys := s.keys.different(n, nil)
		values := s.values.some()
		if len(keys) < n || len(values) == 0 && n > 0 {
			return nil
		}
		v := Value{keys: keys}
		for range n {
			v.list = append(v.list, values[0])
		}
		return []Value{v}
	}
	if elements := s.items.different(n, nil); len(elements) == n {
		return []Value{{list: elements}}
	}
	var out []Value
	if !s.unique {
		for _, e := range s.items.some() {
			out = append(out, Value{list: slices.Repeat([]Value{e}, n)})
		}
	}
	return out
}

// different are n values of s that differ, first of them those given.
func (s *Set) different(n int, first []Value) []Value {
	out := slices.Clone(first)
	add := func(v Value) {
		if len(out) < n && s.maybe(v) && !slices.ContainsFunc(out, func(o Value) bool { return same(o, v) }) {
			out = append(out, v)
		}
	}
	if n <= maxListed {
		for _, v := range s.some() {
			add(v)
		}
	}
	switch {
	case s.order != nil:
		for _, sp := range s.line {
			for k := sp.lo; len(out) < n && k.Cmp(sp.hi) <= 0; k = new(big.Int).Add(k, one) {
				out = appendNew(out, first, Value{ordinal: k})
			}
		}
	case s.lengths.bytes != nil:
		for i := 0; len(out) < n && i < 2*n+10; i++ {
			mark := fmt.Sprintf("%d", i)
			for _, v := range s.lengthsFor(len(mark)) {
				text := []byte(v.text)
				if at := len(text)/2 + len(mark); at <= len(text) {
					copy(text[len(text)/2:], mark)
				} else if len(text) >= len(mark) {
					copy(text, mark)
				}
				if w := (Value{text: string(text)}); s.maybe(w) && utf8.Valid(text) {
					out = appendNew(out, first, w)
					break
				}
			}
		}
	}
	return out[:min(len(out), n)]
}

// appendNew appends v, unless it is among those that were there first. What is appended
// ascends, so that the last one is enough to look at beside them.
func appendNew(out, first []Value, v Value) []Value {
	if contains(first, v) || len(out) > 0 && same(out[len(out)-1], v) || len(out) <= maxListed && contains(out, v) {
		return out
	}
	return append(out, v)
}

// lengthsFor are texts of s of a length that has room for n characters.
func (s *Set) lengthsFor(n int) []Value {
	lengths := s.lengths.characters
	if lengths == nil {
		lengths = s.lengths.bytes
	}
	var out []Value
	for _, l := range lengths {
		at := max(l.lo.Int64(), min(int64(n), l.hi.Int64()))
		out = append(out, s.texts(int(at), 1)...)
	}
	return out
}

// listsWith are lists of s that probably have v in them.
func (s *Set) listsWith(v Value) []Value {
	var out []Value
	for _, n := range s.counts(1) {
		if !s.unique {
			out = append(out, Value{list: slices.Repeat([]Value{v}, n)})
		}
		if n <= maxListed {
			if elements := s.items.different(n, []Value{v}); len(elements) == n {
				out = append(out, Value{list: elements})
			}
		}
	}
	return out
}

// mapsWith are maps of s that probably have the key or the value.
func (s *Set) mapsWith(key, value *Value) []Value {
	var out []Value
	for _, n := range s.counts(1) {
		if n > maxListed {
			continue
		}
		var first []Value
		if key != nil {
			first = []Value{*key}
		}
		keys := s.keys.different(n, first)
		if len(keys) < n {
			continue
		}
		values := s.values.some()
		if value != nil {
			values = []Value{*value}
		}
		for _, v := range values {
			out = append(out, Value{keys: keys, list: slices.Repeat([]Value{v}, n)})
		}
	}
	return out
}
