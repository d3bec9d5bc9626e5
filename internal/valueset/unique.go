package valueset

import "math/big"

// distinct is the rule that a list has no element twice.
type distinct struct{ name string }

func (f distinct) rule() string  { return f.name }
func (f distinct) words() string { return "no element twice" }
func (f distinct) narrow(s *Set) { s.unique = true }

func (f distinct) holds(v Value) answer {
	for i, e := range v.list {
		if contains(v.list[:i], e) {
			return no
		}
	}
	return yes
}

func (f distinct) follows(s *Set) bool {
	most := int64(1)
	if s.fd.Message() != nil {
		// Of messages protovalidate-go 1.4.0 cannot always evaluate the rule, and then
		// refuses a list of one too.
		most = 0
	}
	return s.unique || len(s.lengths.elements.minus(between(number(0), number(most)))) == 0
}

func (f distinct) against(s *Set) ([]Value, bool) {
	var out []Value
	for _, n := range s.counts(2) {
		for _, e := range s.items.some() {
			var v Value
			for range n {
				v.list = append(v.list, e)
			}
			out = append(out, v)
		}
	}
	return out, false
}

// counts are some lengths that a list or map may have, from least on.
func (s *Set) counts(least int64) []int {
	var out []int
	for _, n := range s.lengths.elements.minus(between(number(0), number(least-1))).ends() {
		if n.Cmp(big.NewInt(maxCollection)) <= 0 {
			out = append(out, int(n.Int64()))
		}
	}
	return out
}

// maxCollection is how many elements a list or map has at most that is tried.
const maxCollection = 10_000
