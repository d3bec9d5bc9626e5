package valueset

import (
	"fmt"
	"slices"
	"strings"
)

// masked is a rule about the paths of a FieldMask. A path stands for all below it.
type masked struct {
	name  string
	paths []string
	how   maskRule
}

type maskRule int

const (
	maskEquals maskRule = iota
	maskWithin
	maskOutside
)

// covered reports whether a path is one of paths, or below one.
func covered(path string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return path == p || strings.HasPrefix(path, p+".") })
}

func (f masked) rule() string { return f.name }

func (f masked) words() string {
	return map[maskRule]string{maskEquals: "exactly the paths ", maskWithin: "paths within ", maskOutside: "no paths within "}[f.how] + fmt.Sprintf("%q", named(f.paths))
}

func (f masked) holds(v Value) answer {
	if f.how == maskEquals {
		return answerOf(slices.EqualFunc(v.list, f.paths, func(e Value, p string) bool { return e.text == p }))
	}
	for _, e := range v.list {
		if covered(e.text, f.paths) != (f.how == maskWithin) {
			return no
		}
	}
	return yes
}

func (f masked) narrow(s *Set) {
	if f.how != maskEquals {
		return
	}
	if v := maskOf(f.paths...); s.only == nil || contains(s.only, v) {
		s.only = []Value{v}
	} else {
		s.only = []Value{}
	}
}

func maskOf(paths ...string) Value {
	var v Value
	for _, p := range paths {
		v.list = append(v.list, Value{text: p})
	}
	return v
}

func (f masked) follows(s *Set) bool {
	if s.each(f) {
		return true
	}
	return slices.ContainsFunc(s.facets, func(g facet) bool {
		own, ok := g.(masked)
		if !ok {
			return false
		}
		switch {
		case f.how == maskWithin && own.how == maskWithin:
			return !slices.ContainsFunc(own.paths, func(p string) bool { return !covered(p, f.paths) })
		case f.how == maskOutside && own.how == maskOutside:
			return !slices.ContainsFunc(f.paths, func(p string) bool { return !covered(p, own.paths) })
		case f.how == maskOutside && own.how == maskWithin: // neither holds a part of the other
			return !slices.ContainsFunc(own.paths, func(p string) bool {
				return covered(p, f.paths) || slices.ContainsFunc(f.paths, func(q string) bool { return covered(q, []string{p}) })
			})
		}
		return false
	})
}

func (f masked) against(s *Set) ([]Value, bool) {
	if s.only != nil {
		return s.only, true
	}
	out := []Value{{}}
	for _, g := range append(slices.Clone(s.facets), facet(f)) {
		if own, ok := g.(masked); ok {
			for _, p := range own.paths {
				out = append(out, maskOf(p))
			}
		}
	}
	return append(out, maskOf("another_path")), false
}
