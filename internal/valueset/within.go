package valueset

import "slices"

// Gap is a rule of one set that was not proved for all values of another.
type Gap struct {
	// Rule is the rule's name, such as "repeated.items.string.max_len".
	Rule string
	// Wants is what the rule demands, such as "at most 400 characters".
	Wants string
	// Had is what a rule of that name demands of the other set; "" if it has none.
	Had string
	// Values are values of the other set that the rule may refuse. Real validators know.
	Values []Value
	// All says that there are no others: if none of them is refused, nothing is.
	All bool
	// Why is the reason for which the rule cannot be reasoned about; "" if it can.
	Why string
}

// Within is what keeps s from being proved a part of t: nothing if every value of s is
// proved to be in t. The sets are of one field, in two states of its contract.
func (s *Set) Within(t *Set) []Gap {
	if s.only != nil && len(s.only) == 0 || s.empty() {
		return nil
	}
	var out []Gap
	for _, f := range t.facets {
		if s.has(f, t) {
			continue
		}
		g := Gap{Rule: f.rule(), Wants: f.words()}
		for _, own := range s.facets {
			if own.rule() == f.rule() && own.words() != f.words() {
				g.Had = own.words()
			}
		}
		if o, is := f.(opaque); is {
			g.Why = o.why
		}
		g.Values, g.All = f.against(s)
		if s.zero && !t.zero {
			g.Values = append([]Value{s.zeroValue()}, g.Values...)
		}
		if t.zero {
			g.Values = slices.DeleteFunc(slices.Clone(g.Values), Value.isZero)
		}
		out = append(out, g)
	}
	return append(out, s.inside(t)...)
}

// has reports whether every value of s is proved to have a facet of t. The zero value
// needs none if t accepts it anyway.
func (s *Set) has(f facet, t *Set) bool {
	if s.zero && !t.zero && f.holds(s.zeroValue()) != yes {
		return false
	}
	// From here on zero is in both, or was looked at.
	rest := s
	if s.zero || t.zero {
		rest = s.without()
	}
	if t.zero {
		rest.exclude()
	}
	return f.follows(rest)
}

// without is s as its facets alone have it.
func (s *Set) without() *Set {
	c := *s
	c.zero = false
	if c.only != nil && c.refuses(c.zeroValue()) {
		c.only = slices.DeleteFunc(slices.Clone(c.only), Value.isZero)
	}
	return &c
}

// exclude takes the zero value away.
func (s *Set) exclude() {
	notZero{}.narrow(s)
	s.facets = append(slices.Clone(s.facets), notZero{})
	if s.only != nil {
		s.only = slices.DeleteFunc(slices.Clone(s.only), Value.isZero)
	}
}

func (s *Set) zeroValue() Value {
	if s.order != nil {
		return Value{ordinal: number(0)}
	}
	return Value{}
}

// empty reports whether it is proved that s has no value.
func (s *Set) empty() bool {
	if s.zero {
		return false
	}
	for _, r := range []ranges{s.lengths.characters, s.lengths.bytes, s.lengths.elements} {
		if r != nil && len(r) == 0 {
			return true
		}
	}
	return s.order != nil && len(s.line) == 0
}

// Empty reports whether it is proved that no value is accepted.
func (s *Set) Empty() bool { return s.empty() || s.only != nil && len(s.only) == 0 }

// inside compares what is in lists and maps, where there is anything in them.
func (s *Set) inside(t *Set) []Gap {
	if len(s.lengths.elements.minus(points(number(0)))) == 0 {
		return nil
	}
	var out []Gap
	part := func(prefix string, a, b *Set, around func(Value) []Value) {
		if a == nil {
			return
		}
		for _, g := range a.Within(b) {
			g.Rule = prefix + g.Rule
			var values []Value
			for _, v := range g.Values {
				values = append(values, around(v)...)
			}
			// That all of these lists are accepted would prove nothing of others.
			g.Values, g.All = values, false
			out = append(out, g)
		}
	}
	part("repeated.items.", s.items, t.items, s.listsWith)
	part("map.keys.", s.keys, t.keys, func(k Value) []Value { return s.mapsWith(&k, nil) })
	part("map.values.", s.values, t.values, func(v Value) []Value { return s.mapsWith(nil, &v) })
	return out
}

// Contradiction says where no value can pass: "" if that is not proved of any part, else
// what of the field has none.
func (s *Set) Contradiction() string {
	switch {
	case s.Empty():
		return "value"
	case s.items != nil && s.items.Empty():
		return "element"
	case s.keys != nil && s.keys.Empty():
		return "key"
	case s.values != nil && s.values.Empty():
		return "value of a key"
	}
	return ""
}
