package protoedit

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/bufbuild/protocompile/ast"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// RemoveImport removes the import of a file, which must be there, with the comments
// directly above it.
func (f *File) RemoveImport(path string) error {
	imports := f.imports()
	i := slices.IndexFunc(imports, func(n *ast.ImportNode) bool { return n.Name.AsString() == path })
	if i < 0 {
		return fmt.Errorf("%s does not import %q", f.name, path)
	}
	return f.edit(func(changed *File) bool { return len(changed.imports()) == len(imports)-1 }, f.removal(imports[i]))
}

// RemoveTopics removes every option (eventcontracts.v1.topic) with the comments
// directly above it: what is declared elsewhere once more.
func (f *File) RemoveTopics() error {
	before := *f
	for {
		topics, _ := f.options()
		if len(topics) == 0 {
			return nil
		}
		err := f.edit(func(changed *File) bool {
			left, _ := changed.options()
			return len(left) == len(topics)-1
		}, f.removal(topics[0]))
		if err != nil {
			*f = before
			return err
		}
	}
}

// removal is the edit that takes a declaration out, with its lines if nothing else is on
// them, and with the blank line behind it if there is one before it too.
func (f *File) removal(n ast.Node) textedit.Edit {
	start, end := f.blockStart(n), f.end(n)
	at, alone := f.tail(end)
	if !alone || !f.begins(start) {
		return textedit.Edit{Start: start, End: end}
	}
	start, end = textedit.LineStart(f.src, start), lineAfter(f.src, at)
	if start < f.bom {
		start = f.bom
	}
	if before := f.src[textedit.LineStart(f.src, max(start-1, 0)):start]; start > 0 && isBlank(before) {
		if next := lineAfter(f.src, end); next > end && isBlank(f.src[end:next]) {
			end = next
		}
	}
	return textedit.Edit{Start: start, End: end}
}

// lineAfter is where the next line begins.
func lineAfter(src []byte, at int) int {
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(src)
}

// RemoveEventOption takes a field out of a message's (eventcontracts.v1.event). One that
// is not there is no change.
func (f *File) RemoveEventOption(message, name string) error {
	m, err := f.message(message)
	if err != nil {
		return err
	}
	edit, ok := f.eventFieldRemoval(f.eventOptions(m), name)
	if !ok {
		return nil
	}
	return f.edit(func(changed *File) bool {
		left, err := changed.EventOption(message, name)
		return err == nil && left == ""
	}, edit)
}

func (f *File) eventFieldRemoval(options []*ast.OptionNode, name string) (textedit.Edit, bool) {
	for _, o := range options {
		if len(o.Name.Parts) == 2 && o.Name.Parts[1].Value() == name {
			return f.removal(o), true
		}
		literal, ok := o.Val.(*ast.MessageLiteralNode)
		if !ok || len(o.Name.Parts) != 1 {
			continue
		}
		for i, e := range literal.Elements {
			if e.Name.Value() == name {
				return f.entryRemoval(literal, i), true
			}
		}
	}
	return textedit.Edit{}, false
}

// entryRemoval takes out one entry of an aggregate value with what separates it.
func (f *File) entryRemoval(literal *ast.MessageLiteralNode, i int) textedit.Edit {
	start, end := f.start(literal.Elements[i]), f.end(literal.Elements[i])
	if sep := literal.Seps[i]; sep != nil {
		end = f.end(sep)
	}
	at, alone := f.tail(end)
	switch {
	case alone && f.begins(start):
		return textedit.Edit{Start: textedit.LineStart(f.src, start), End: lineAfter(f.src, at)}
	case i+1 < len(literal.Elements):
		return textedit.Edit{Start: start, End: f.start(literal.Elements[i+1])}
	case i > 0:
		return textedit.Edit{Start: f.end(literal.Elements[i-1]), End: end}
	}
	return textedit.Edit{Start: start, End: end}
}
