package valueset

import (
	"math/big"
	"slices"
)

// span is all whole numbers from lo to hi, both included.
type span struct{ lo, hi *big.Int }

// ranges are whole numbers as spans in ascending order that do not touch. Values of
// every ordered type are numbered in their order (see ordinal.go), so that rules about
// integers, floats, times, durations and lengths are compared by one arithmetic.
type ranges []span

var one = big.NewInt(1)

func number(n int64) *big.Int { return big.NewInt(n) }

func between(lo, hi *big.Int) ranges {
	if lo.Cmp(hi) > 0 {
		return ranges{}
	}
	return ranges{{lo, hi}}
}

func points(ns ...*big.Int) ranges {
	var out ranges
	for _, n := range ns {
		out = out.or(ranges{{n, n}})
	}
	return out
}

// or is the union.
func (r ranges) or(o ranges) ranges {
	all := slices.Concat(r, o)
	slices.SortFunc(all, func(a, b span) int { return a.lo.Cmp(b.lo) })
	out := ranges{}
	for _, s := range all {
		if n := len(out); n > 0 && new(big.Int).Add(out[n-1].hi, one).Cmp(s.lo) >= 0 {
			if out[n-1].hi.Cmp(s.hi) < 0 {
				out[n-1].hi = s.hi
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// and is the intersection.
func (r ranges) and(o ranges) ranges {
	out := ranges{}
	for _, a := range r {
		for _, b := range o {
			lo, hi := a.lo, a.hi
			if b.lo.Cmp(lo) > 0 {
				lo = b.lo
			}
			if b.hi.Cmp(hi) < 0 {
				hi = b.hi
			}
			if lo.Cmp(hi) <= 0 {
				out = append(out, span{lo, hi})
			}
		}
	}
	return out
}

// minus is what r has and o has not.
func (r ranges) minus(o ranges) ranges {
	out := slices.Clone(r)
	for _, cut := range o {
		var rest ranges
		for _, s := range out {
			if s.hi.Cmp(cut.lo) < 0 || s.lo.Cmp(cut.hi) > 0 {
				rest = append(rest, s)
				continue
			}
			if s.lo.Cmp(cut.lo) < 0 {
				rest = append(rest, span{s.lo, new(big.Int).Sub(cut.lo, one)})
			}
			if s.hi.Cmp(cut.hi) > 0 {
				rest = append(rest, span{new(big.Int).Add(cut.hi, one), s.hi})
			}
		}
		out = rest
	}
	return out
}

func (r ranges) has(n *big.Int) bool {
	return slices.ContainsFunc(r, func(s span) bool { return s.lo.Cmp(n) <= 0 && n.Cmp(s.hi) <= 0 })
}

// ends are the first and last numbers of each span: where a rule is most likely to say
// something else than the numbers around them.
func (r ranges) ends() []*big.Int {
	var out []*big.Int
	for _, s := range r {
		out = append(out, s.lo)
		if s.lo.Cmp(s.hi) != 0 {
			out = append(out, s.hi)
		}
	}
	return out
}

// all lists the numbers if there are at most limit.
func (r ranges) all(limit int) ([]*big.Int, bool) {
	var out []*big.Int
	for _, s := range r {
		for n := s.lo; n.Cmp(s.hi) <= 0; n = new(big.Int).Add(n, one) {
			if len(out) == limit {
				return nil, false
			}
			out = append(out, n)
		}
	}
	return out, true
}
