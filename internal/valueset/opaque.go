package valueset

import (
	"regexp"
	"slices"
)

// opaque is a rule that is known by its text alone: it follows from itself, and from
// nothing else.
type opaque struct {
	name string // "cel[id]", "string.pattern"
	text string // in words
	key  string // what it is known by, beside its name
	why  string
	// fickle says that the rule's answer may differ from day to day, or with what
	// another part of the contract says: single values prove nothing, and maybe not
	// even the same text does.
	fickle bool
}

func (f opaque) rule() string       { return f.name }
func (f opaque) words() string      { return f.text }
func (f opaque) holds(Value) answer { return unknown }
func (f opaque) narrow(*Set)        {}

func (f opaque) follows(s *Set) bool {
	return slices.ContainsFunc(s.facets, func(g facet) bool {
		switch own := g.(type) {
		case opaque:
			return own.kind() == f.kind() && own.key == f.key
		case pattern:
			return own.kind() == f.kind() && own.key == f.key
		}
		return false
	})
}

// kind is the name without an id: an expression may get another id and say the same.
func (f opaque) kind() string { return inBrackets.ReplaceAllString(f.name, "") }

var inBrackets = regexp.MustCompile(`\[.*\]$`)

func (f opaque) against(s *Set) ([]Value, bool) {
	values, all := s.samples()
	return values, all && !f.fickle
}

// now is how an expression asks for the time of its evaluation.
var now = regexp.MustCompile(`\bnow\b`)
