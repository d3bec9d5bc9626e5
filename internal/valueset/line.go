package valueset

import (
	"math/big"
	"strings"
)

// interval is a rule about values of an ordered type: bounds, and lists of what is
// allowed or not.
type interval struct {
	name    string
	demand  string // in words
	order   *order
	allowed ranges
}

func (f interval) rule() string  { return f.name }
func (f interval) words() string { return f.demand }

func (f interval) holds(v Value) answer {
	n := v.ordinal
	if n == nil {
		n = new(big.Int)
	}
	return answerOf(f.allowed.has(n))
}

func (f interval) narrow(s *Set)       { s.line = s.line.and(f.allowed) }
func (f interval) follows(s *Set) bool { return len(s.line.minus(f.allowed)) == 0 }

func (f interval) against(s *Set) ([]Value, bool) {
	var out []Value
	for _, n := range s.line.minus(f.allowed).ends() {
		out = append(out, Value{ordinal: n})
	}
	if s.zero {
		out = append(out, s.zeroValue())
	}
	return out, false
}

// bounds reads lt, lte, gt and gte together: where the upper bound is below the lower
// one, protovalidate takes what is outside of the two.
func bounds(in reading, o *order) []facet {
	var upper, lower, demandUpper, demandLower string
	var below, above ranges
	var top, bottom *big.Int
	last := o.last
	if o.nan != nil {
		last = new(big.Int).Sub(o.nan, one) // no bound accepts NaN
	}
	bound := func(name string) *big.Int {
		v, ok := in.get(name)
		if !ok {
			return nil
		}
		return o.of(v)
	}
	if n := bound("lt"); n != nil {
		top, upper, demandUpper = n, "lt", "less than "+o.words(n)
		below = between(o.first, new(big.Int).Sub(n, one))
	}
	if n := bound("lte"); n != nil {
		top, upper, demandUpper = n, "lte", "at most "+o.words(n)
		below = between(o.first, n)
	}
	if n := bound("gt"); n != nil {
		bottom, lower, demandLower = n, "gt", "greater than "+o.words(n)
		above = between(new(big.Int).Add(n, one), last)
	}
	if n := bound("gte"); n != nil {
		bottom, lower, demandLower = n, "gte", "at least "+o.words(n)
		above = between(n, last)
	}
	if o.nan != nil && (top != nil && top.Cmp(o.nan) == 0 || bottom != nil && bottom.Cmp(o.nan) == 0) {
		return []facet{opaque{name: in.name("bounds"), text: "a bound that is not a number: " + demandUpper + " " + demandLower, why: "nothing can be compared with not-a-number"}}
	}
	switch {
	case top != nil && bottom != nil && top.Cmp(bottom) < 0:
		return []facet{interval{in.name(lower + "_" + upper + "_exclusive"), demandLower + " or " + demandUpper, o, below.or(above)}}
	default:
		var out []facet
		if bottom != nil {
			out = append(out, interval{in.name(lower), demandLower, o, above})
		}
		if top != nil {
			out = append(out, interval{in.name(upper), demandUpper, o, below})
		}
		return out
	}
}

// list reads a rule that has one value or several of the field's own type.
func list(in reading, name string, o *order) []*big.Int {
	v, ok := in.get(name)
	if !ok {
		return nil
	}
	if !in.field(name).IsList() {
		return []*big.Int{o.of(v)}
	}
	var out []*big.Int
	for i := range v.List().Len() {
		out = append(out, o.of(v.List().Get(i)))
	}
	return out
}

// allowed and forbidden read const, in and not_in. No list has NaN in it: it equals
// nothing, itself included.
func allowed(in reading, name string, o *order) []facet {
	ns := list(in, name, o)
	if ns == nil {
		return nil
	}
	set := points(ns...)
	if o.nan != nil {
		set = set.minus(points(o.nan))
	}
	word := "one of " + listWords(ns, o)
	if len(ns) == 1 {
		word = "exactly " + o.words(ns[0])
	}
	return []facet{interval{in.name(name), word, o, set}}
}

func forbidden(in reading, name string, o *order) []facet {
	ns := list(in, name, o)
	if ns == nil {
		return nil
	}
	set := points(ns...)
	if o.nan != nil {
		set = set.minus(points(o.nan))
	}
	return []facet{interval{in.name(name), "none of " + listWords(ns, o), o, o.domain().minus(set)}}
}

// maxNamed is how many members of a list are named.
const maxNamed = 8

func listWords(ns []*big.Int, o *order) string {
	var words []string
	for _, n := range ns {
		words = append(words, o.words(n))
	}
	return named(words)
}

func named(words []string) string {
	if len(words) > maxNamed {
		return strings.Join(words[:maxNamed], ", ") + " and " + quantity(number(int64(len(words)-maxNamed)).String(), "other")
	}
	return strings.Join(words, ", ")
}
