package valueset

import (
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"
)

// lengths are how long the values of a set are, by what is counted. What is not counted
// of a type is nil.
type lengths struct {
	characters, bytes, elements ranges
}

// settle lets characters and bytes bound each other: a character of UTF-8 has one to
// four bytes.
func (l *lengths) settle() {
	if l.characters == nil || l.bytes == nil || len(l.characters) == 0 || len(l.bytes) == 0 {
		return
	}
	least, most := l.bytes[0].lo, l.bytes[len(l.bytes)-1].hi
	quarter := new(big.Int).Add(least, number(3))
	l.characters = l.characters.and(between(quarter.Rsh(quarter, 2), most))
	if len(l.characters) == 0 {
		return
	}
	l.bytes = l.bytes.and(between(l.characters[0].lo, new(big.Int).Lsh(l.characters[len(l.characters)-1].hi, 2)))
}

func (l *lengths) atLeastOne() {
	for _, r := range []*ranges{&l.characters, &l.bytes, &l.elements} {
		if *r != nil {
			*r = r.minus(points(number(0)))
		}
	}
}

// measure is what a rule about lengths counts.
type measure int

const (
	characters measure = iota
	octets
	elements
	pairs
)

var measureWord = map[measure]string{characters: "character", octets: "byte", elements: "element", pairs: "pair"}

func (m measure) of(v Value) *big.Int {
	switch m {
	case characters:
		return number(int64(utf8.RuneCountInString(v.text)))
	case octets:
		return number(int64(len(v.text)))
	default:
		return number(int64(len(v.list)))
	}
}

func (m measure) in(l *lengths) *ranges {
	switch m {
	case characters:
		return &l.characters
	case octets:
		return &l.bytes
	default:
		return &l.elements
	}
}

// length is a rule about how long a value is.
type length struct {
	name    string
	measure measure
	allowed ranges
	// forgotten says that the engine does not look at the rule: nothing follows from it.
	// protovalidate-go 1.4.0 drops min_items and max_items beside unique where elements
	// are messages (tryNativeRepeatedRules clears them before it gives up).
	forgotten bool
}

func lengthOf(name string, m measure, lo, hi uint64) length {
	return length{name: name, measure: m, allowed: between(new(big.Int).SetUint64(min(lo, math.MaxInt32+1)), new(big.Int).SetUint64(min(hi, math.MaxInt32)))}
}

func (f length) rule() string { return f.name }

func (f length) words() string {
	if len(f.allowed) == 0 {
		return "a length that no value has"
	}
	lo, hi, word := f.allowed[0].lo, f.allowed[len(f.allowed)-1].hi, measureWord[f.measure]
	switch {
	case len(f.allowed) > 1:
		return fmt.Sprintf("%s or %s", lo, quantity(hi.String(), word))
	case lo.Cmp(hi) == 0:
		return "exactly " + quantity(hi.String(), word)
	case lo.Sign() == 0:
		return "at most " + quantity(hi.String(), word)
	default:
		return "at least " + quantity(lo.String(), word)
	}
}

func (f length) holds(v Value) answer {
	has := f.allowed.has(f.measure.of(v))
	if !has && f.forgotten {
		return unknown
	}
	return answerOf(has)
}

func (f length) narrow(s *Set) {
	if r := f.measure.in(&s.lengths); !f.forgotten {
		*r = r.and(f.allowed)
	}
}

func (f length) follows(s *Set) bool {
	return len(f.measure.in(&s.lengths).minus(f.allowed)) == 0 || s.each(f)
}

// against are values just beyond the rule: those nearest to what is allowed are most
// likely to be real.
func (f length) against(s *Set) ([]Value, bool) {
	if s.only != nil {
		return s.only, true
	}
	var out []Value
	for _, n := range f.measure.in(&s.lengths).minus(f.allowed).ends() {
		if n.Cmp(number(maxSample)) > 0 {
			continue
		}
		switch f.measure {
		case characters:
			out = append(out, s.texts(int(n.Int64()), 1)...)
		case octets:
			out = append(out, s.texts(int(n.Int64()), 1)...)
			out = append(out, s.texts(int((n.Int64()+3)/4), 4)...)
			out = append(out, s.texts(int((n.Int64()+1)/2), 2)...)
		default:
			out = append(out, s.collections(int(n.Int64()))...)
		}
	}
	return out, false
}

// maxSample is the longest value that is tried.
const maxSample = 1 << 20

// each reports whether a facet holds for every value of a set that has few.
func (s *Set) each(f facet) bool {
	if s.only == nil {
		return false
	}
	for _, v := range s.only {
		if f.holds(v) != yes {
			return false
		}
	}
	return true
}
