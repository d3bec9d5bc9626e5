package protoedit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// AddField inserts a field after the last one of a message, which "Outer.Inner"
// names if it is inside of another. The text is one or more fields with their
// comments, as they would stand in a message at the left margin:
//
//	// When it is due.
//	optional string due = 7;
//
// A oneof or a map is a field too, and an enum may stand among them that one of them
// holds. A number or a name that the message has already, or that it reserves, is
// refused with the place where that is said.
func (f *File) AddField(message, text string) error {
	m, err := f.message(message)
	if err != nil {
		return err
	}
	fields, err := elements(text, "field", func(d ast.MessageElement) bool { return isField(d) || isEnum(d) })
	if err != nil {
		return err
	}
	if every(fields, isEnum) {
		return fmt.Errorf("insert a field: %q is not a field", text)
	}
	names := map[string]bool{}
	for _, d := range fieldsOf(fields) {
		if names[jsonName(d.name)] {
			return fmt.Errorf("insert a field: the text has the name %s twice", d.name)
		}
		names[jsonName(d.name)] = true
		if err := f.checkNumber(m, d.number); err != nil {
			return err
		}
		if err := f.CheckFieldName(message, d.name); err != nil {
			return err
		}
	}
	last := lastOf(m, isField)
	blank := true // between options and the first field
	if last >= 0 {
		blank = f.separated(m, last)
	} else {
		last = lastOf(m, isOption)
	}
	return f.addElements(message, m, last, len(fields), text, blank)
}

// AddReserved inserts a reserved statement, such as "reserved 4;", after those that
// a message has, or after its options.
func (f *File) AddReserved(message, text string) error {
	m, err := f.message(message)
	if err != nil {
		return err
	}
	added, err := elements(text, "reserved statement", isReserved)
	if err != nil {
		return err
	}
	last, blank := lastOf(m, isReserved), false
	if last < 0 {
		last, blank = lastOf(m, isOption), true
	}
	return f.addElements(message, m, last, len(added), text, blank)
}

func isField(d ast.MessageElement) bool {
	switch d.(type) {
	case *ast.FieldNode, *ast.MapFieldNode, *ast.OneofNode, *ast.GroupNode:
		return true
	}
	return false
}

func isEnum(d ast.MessageElement) bool     { _, ok := d.(*ast.EnumNode); return ok }
func isOption(d ast.MessageElement) bool   { _, ok := d.(*ast.OptionNode); return ok }
func isReserved(d ast.MessageElement) bool { _, ok := d.(*ast.ReservedNode); return ok }

// lastOf is the index of a message's last declaration of a kind, or -1.
func lastOf(m *ast.MessageNode, kind func(ast.MessageElement) bool) int {
	for i, d := range slices.Backward(m.Decls) {
		if kind(d) {
			return i
		}
	}
	return -1
}

// elements parses text as what stands in a message, so that it cannot end the
// message that it is inserted in, or be a comment alone.
func elements(text, what string, kind func(ast.MessageElement) bool) ([]ast.MessageElement, error) {
	tree, err := parseAlone("message M {\n" + text + "\n}\n")
	if err != nil {
		return nil, fmt.Errorf("insert a %s: %w", what, err)
	}
	m, ok := tree.Decls[0].(*ast.MessageNode)
	if !ok || len(tree.Decls) != 1 || len(m.Decls) == 0 || !every(m.Decls, kind) {
		return nil, fmt.Errorf("insert a %s: %q is not a %s", what, text, what)
	}
	return m.Decls, nil
}

func every(ds []ast.MessageElement, kind func(ast.MessageElement) bool) bool {
	return !slices.ContainsFunc(ds, func(d ast.MessageElement) bool { return !kind(d) })
}

// separated says whether a blank line stands between a declaration of a message and
// the one before it.
func (f *File) separated(m *ast.MessageNode, i int) bool {
	return i > 0 && hasBlankLine(f.src[f.end(m.Decls[i-1]):f.start(m.Decls[i])])
}

// addElements inserts n declarations behind the one with index last, at the start of
// the message if that is -1.
func (f *File) addElements(message string, m *ast.MessageNode, last, n int, text string, blank bool) error {
	outer := textedit.Indent(f.src, f.start(m))
	indent := outer + f.unit()
	end := f.end(m.OpenBrace)
	if last >= 0 {
		d := m.Decls[last]
		end = f.end(d)
		if f.begins(f.start(d)) {
			indent = textedit.Indent(f.src, f.start(d))
		}
	} else {
		blank = false
	}
	edit := f.after(end, text, indent, outer, blank)
	closing := f.start(m.CloseBrace)
	_, alone := f.tail(end)
	switch {
	case last == len(m.Decls)-1 && alone && f.begins(closing):
		// Comments at the end of a message belong to what is above them.
		edit = f.beforeBrace(closing, text, indent, blank)
	case last < 0 && !alone && end == closing && onOneLine(edit.Text):
		edit.Text += " " // {} becomes { string a = 1; }
	}
	want := len(m.Decls) + n
	return f.edit(func(changed *File) bool {
		m, err := changed.message(message)
		return err == nil && len(m.Decls) == want
	}, edit)
}

// beforeBrace inserts lines above a closing brace that stands alone on its line.
func (f *File) beforeBrace(closing int, text, indent string, blank bool) textedit.Edit {
	at := textedit.LineStart(f.src, closing)
	eol := textedit.LineEnd(f.src, max(at-1, 0))
	lead := ""
	above := f.src[textedit.LineStart(f.src, max(at-1, 0)):at]
	if blank && len(bytes.TrimSpace(above)) > 0 {
		lead = eol
	}
	return textedit.Insert(at, lead+textedit.Lines(strings.TrimSpace(text), indent, eol)+eol)
}
