package protoedit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bufbuild/protocompile/ast"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

const (
	eventOption = "eventcontracts.v1.event"
	topicOption = "eventcontracts.v1.topic"
)

// EventOption is how a field of a message's (eventcontracts.v1.event) is written,
// such as `2` for revision; "" if it is not there.
func (f *File) EventOption(message, name string) (string, error) {
	m, err := f.message(message)
	if err != nil {
		return "", err
	}
	if v := eventFieldOf(f.eventOptions(m), name); v != nil {
		return f.text(v), nil
	}
	return "", nil
}

// SetEventOption sets a field of (eventcontracts.v1.event) of a message that is an
// event: it replaces the value, or adds the field after the last one, separated as
// the others are. Where each field is an option statement of its own
// (option (eventcontracts.v1.event).owner = "team";), one more is added.
func (f *File) SetEventOption(message, name, value string) error {
	m, err := f.message(message)
	if err != nil {
		return err
	}
	if err := checkEntry(name, value); err != nil {
		return fmt.Errorf("set %s of (%s) to %q: %w", name, eventOption, value, err)
	}
	options := f.eventOptions(m)
	if len(options) == 0 {
		return f.problem(m.Name, "add option ("+eventOption+") with topic, key and owner", "message %s is not an event", message)
	}
	value = strings.TrimSpace(value)
	done := func(changed *File) bool {
		got, err := changed.EventOption(message, name)
		return err == nil && got == value
	}
	if v := eventFieldOf(options, name); v != nil {
		return f.edit(done, textedit.Edit{Start: f.start(v), End: f.end(v), Text: value})
	}
	for _, o := range options {
		if literal, ok := o.Val.(*ast.MessageLiteralNode); ok && len(o.Name.Parts) == 1 {
			return f.edit(done, f.addToLiteral(o, literal, name, value)...)
		}
	}
	last := options[len(options)-1]
	statement := fmt.Sprintf("option %s.%s = %s;", f.text(last.Name.Parts[0]), name, value)
	return f.edit(done, f.after(f.end(last), statement, textedit.Indent(f.src, f.start(last)), textedit.Indent(f.src, f.start(m)), false))
}

// addToLiteral adds a field to an aggregate value.
func (f *File) addToLiteral(o *ast.OptionNode, literal *ast.MessageLiteralNode, name, value string) []textedit.Edit {
	entry := name + ": " + value
	n := len(literal.Elements)
	if n == 0 {
		open := f.end(literal.Open)
		at, alone := f.tail(open)
		switch {
		case alone:
			eol := textedit.LineEnd(f.src, at)
			return []textedit.Edit{textedit.Insert(at, eol+textedit.Indent(f.src, f.start(o))+f.unit()+entry)}
		case open == f.start(literal.Close):
			return []textedit.Edit{textedit.Insert(open, entry)}
		}
		return []textedit.Edit{textedit.Insert(open, " "+entry)}
	}
	last, lastSep := literal.Elements[n-1], literal.Seps[n-1]
	end, before := f.end(last), ""
	if lastSep != nil { // {a: 1, b: 2,}
		end = f.end(lastSep)
		entry += string(lastSep.Rune)
	} else {
		for _, sep := range literal.Seps { // {a: 1, b: 2}
			if sep != nil {
				before = string(sep.Rune)
			}
		}
	}
	if at, alone := f.tail(end); alone && f.begins(f.start(last)) {
		eol := textedit.LineEnd(f.src, at)
		return []textedit.Edit{textedit.Insert(end, before), textedit.Insert(at, eol+textedit.Indent(f.src, f.start(last))+entry)}
	}
	return []textedit.Edit{textedit.Insert(end, before+" "+entry)}
}

// checkEntry says whether a name and a value are one field of an aggregate value. A
// line comment, which would hide what follows on the line, is not.
func checkEntry(name, value string) error {
	tree, err := parseAlone("option (x) = { " + name + ": " + value + " };")
	if err != nil {
		return err
	}
	if o, ok := tree.Decls[0].(*ast.OptionNode); ok && len(tree.Decls) == 1 {
		if literal, ok := o.Val.(*ast.MessageLiteralNode); ok && len(literal.Elements) == 1 {
			return nil
		}
	}
	return errors.New("it is not one value")
}

// eventOptions are a message's statements about (eventcontracts.v1.event).
func (f *File) eventOptions(m *ast.MessageNode) []*ast.OptionNode {
	var out []*ast.OptionNode
	for _, d := range m.Decls {
		if o, ok := d.(*ast.OptionNode); ok && f.names(o, eventOption) {
			out = append(out, o)
		}
	}
	return out
}

// names says whether an option's name begins with an extension, written in full or
// from the file's package on: (v1.event) in package eventcontracts.v1 and below.
func (f *File) names(o *ast.OptionNode, extension string) bool {
	ref := o.Name.Parts[0]
	if !ref.IsExtension() {
		return false
	}
	written := string(ref.Name.AsIdentifier())
	if strings.TrimPrefix(written, ".") == extension {
		return true
	}
	scope := f.Package()
	for scope != "" {
		if scope+"."+written == extension {
			return true
		}
		scope = scope[:max(strings.LastIndexByte(scope, '.'), 0)]
	}
	return false
}

// eventFieldOf is the value that the statements give a field, nil if none does.
func eventFieldOf(options []*ast.OptionNode, name string) ast.Node {
	for _, o := range options {
		if len(o.Name.Parts) == 2 && o.Name.Parts[1].Value() == name {
			return o.Val
		}
		literal, ok := o.Val.(*ast.MessageLiteralNode)
		if !ok || len(o.Name.Parts) != 1 {
			continue
		}
		for _, e := range literal.Elements {
			if e.Name.Value() == name {
				return e.Val
			}
		}
	}
	return nil
}
