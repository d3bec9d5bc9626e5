package protoedit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
)

// The numbers that a field can have, by the language guide of protobuf: 1 to
// 2^29-1, without those that the implementation keeps for itself.
const (
	maxNumber     = 1<<29 - 1
	internalFirst = 19000
	internalLast  = 19999
)

// taken is a range of numbers that a new field cannot have, and what takes it.
type taken struct {
	first, last int64
	node        ast.Node // nil for the implementation's own
	by          string
}

// NextFieldNumber is the number for a field that is added to a message: the lowest
// free one above all its fields. Reserved numbers, extension ranges and 19000 to
// 19999 are passed over. Gaps between fields are not filled, because the number of a
// field that was deleted without being reserved would get a second meaning.
func (f *File) NextFieldNumber(message string) (int32, error) {
	m, err := f.message(message)
	if err != nil {
		return 0, err
	}
	return f.next(m)
}

func (f *File) next(m *ast.MessageNode) (int32, error) {
	ranges := f.taken(m)
	next := int64(1)
	for _, r := range ranges {
		if r.by == "field" {
			next = max(next, r.last+1)
		}
	}
	slices.SortFunc(ranges, func(a, b taken) int { return cmp.Compare(a.first, b.first) })
	for _, r := range ranges {
		if r.first <= next && next <= r.last {
			next = r.last + 1
		}
	}
	if next > maxNumber {
		return 0, f.problem(m.Name, "give the field a number between others by hand, one that no field has ever had",
			"no number above the fields of %s is free", m.Name.Val)
	}
	return int32(next), nil
}

// CheckFieldName says why a message cannot have one more field of a name: a field,
// oneof or type in it has the name, its JSON name is the same, or it is reserved.
func (f *File) CheckFieldName(message, name string) error {
	m, err := f.message(message)
	if err != nil {
		return err
	}
	for _, d := range fieldsOf(m.Decls) {
		if jsonName(d.name) == jsonName(name) {
			return f.problem(d.node, "choose another name", "message %s has the field %s already", message, d.name)
		}
	}
	for _, d := range m.Decls {
		var other *ast.IdentNode
		switch d := d.(type) {
		case *ast.OneofNode:
			other = d.Name
		case *ast.MessageNode:
			other = d.Name
		case *ast.EnumNode:
			other = d.Name
		case *ast.ReservedNode:
			for _, n := range d.Names {
				if n.AsString() == name {
					return f.problem(n, "choose another name", "message %s reserves the name %s", message, name)
				}
			}
			for _, n := range d.Identifiers {
				if n.Val == name {
					return f.problem(n, "choose another name", "message %s reserves the name %s", message, name)
				}
			}
		}
		if other != nil && other.Val == name {
			return f.problem(other, "choose another name", "message %s has a declaration of the name %s already", message, name)
		}
	}
	return nil
}

// checkNumber says why a message cannot have a field of a number.
func (f *File) checkNumber(m *ast.MessageNode, number int64) error {
	fix := "choose a number that is free"
	if next, err := f.next(m); err == nil {
		fix = fmt.Sprintf("take %d", next)
	}
	if number < 1 || number > maxNumber {
		return f.problem(m.Name, fix, "the field number %d is not between 1 and %d", number, maxNumber)
	}
	for _, r := range f.taken(m) {
		if r.first <= number && number <= r.last {
			at := r.node
			if at == nil {
				at = m.Name
			}
			return f.problem(at, fix, "the field number %d is taken by a %s", number, r.by)
		}
	}
	return nil
}

// taken are the numbers of a message that are not free.
func (f *File) taken(m *ast.MessageNode) []taken {
	out := []taken{{internalFirst, internalLast, nil, "range that protobuf keeps for itself"}}
	for _, d := range fieldsOf(m.Decls) {
		out = append(out, taken{d.number, d.number, d.node, "field"})
	}
	add := func(ranges []*ast.RangeNode, by string) {
		for _, r := range ranges {
			first, ok := r.StartValueAsInt32(0, maxNumber)
			if !ok {
				continue // the compiler has refused it
			}
			last, ok := first, true
			if r.To != nil {
				last, ok = r.EndValueAsInt32(0, maxNumber)
			}
			if r.Max != nil || !ok {
				last = maxNumber
			}
			out = append(out, taken{int64(first), int64(last), r, by})
		}
	}
	for _, d := range m.Decls {
		switch d := d.(type) {
		case *ast.ReservedNode:
			add(d.Ranges, "reserved range")
		case *ast.ExtensionRangeNode:
			add(d.Ranges, "range of extensions")
		}
	}
	return out
}

// field is a field of a message, also one in a oneof.
type field struct {
	name   string
	number int64
	node   ast.Node
}

func fieldsOf[E ast.Node](decls []E) []field {
	var out []field
	add := func(name *ast.IdentNode, tag *ast.UintLiteralNode, n ast.Node) {
		if tag == nil {
			return
		}
		out = append(out, field{name.Val, int64(min(tag.Val, 1<<62)), n})
	}
	for _, d := range decls {
		switch d := any(d).(type) {
		case *ast.FieldNode:
			add(d.Name, d.Tag, d)
		case *ast.MapFieldNode:
			add(d.Name, d.Tag, d)
		case *ast.GroupNode:
			add(d.Name, d.Tag, d)
		case *ast.OneofNode:
			out = append(out, fieldsOf(d.Decls)...)
		}
	}
	return out
}

// jsonName is a field's name in JSON: "_x" becomes "X". Two fields of one JSON name
// are refused by the compiler.
func jsonName(name string) string {
	var b strings.Builder
	up := false
	for _, r := range name {
		if r == '_' {
			up = true
			continue
		}
		if up {
			b.WriteString(strings.ToUpper(string(r)))
		} else {
			b.WriteRune(r)
		}
		up = false
	}
	return b.String()
}
