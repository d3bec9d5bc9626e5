package valueset

// Demand is what one rule demands of a field's values, in words.
type Demand struct {
	Rule  string // "repeated.items.string.max_len"
	Words string // "each element: at most 400 characters"
}

// Demands are what the rules of s say, in the order of the table of kinds.
func (s *Set) Demands() []Demand {
	var out []Demand
	for _, f := range s.facets {
		out = append(out, Demand{f.rule(), f.words()})
	}
	part := func(of *Set, rule, words string) {
		if of == nil {
			return
		}
		for _, d := range of.Demands() {
			out = append(out, Demand{rule + d.Rule, words + d.Words})
		}
	}
	part(s.items, "repeated.items.", "each element: ")
	part(s.keys, "map.keys.", "each key: ")
	part(s.values, "map.values.", "each value: ")
	return out
}
