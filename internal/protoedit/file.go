package protoedit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// File is the source of one .proto file. An edit that fails leaves it as it was.
// It is not safe for concurrent use.
type File struct {
	name string
	src  []byte
	bom  int // bytes of the byte order mark, which the compiler leaves out of its offsets
	tree *ast.FileNode
}

// Parse reads a .proto file. The name is for errors. A file that the compiler
// cannot parse is refused with all its Problems.
func Parse(name string, src []byte) (*File, error) {
	f, err := parse(name, src)
	if problems := Problems(nil); errors.As(err, &problems) && problems[0].Fix == "" {
		problems[0].Fix = "mend it before it is edited"
	}
	return f, err
}

// Bytes is the file as it is after the edits made so far.
func (f *File) Bytes() []byte { return slices.Clone(f.src) }

const bom = "\xef\xbb\xbf"

func parse(name string, src []byte) (*File, error) {
	tree, err := tree(name, src)
	if err != nil {
		return nil, err
	}
	f := &File{name: name, src: slices.Clone(src), tree: tree}
	if bytes.HasPrefix(src, []byte(bom)) {
		f.bom = len(bom)
	}
	return f, nil
}

func tree(name string, src []byte) (*ast.FileNode, error) {
	var problems Problems
	handler := reporter.NewHandler(reporter.NewReporter(func(err reporter.ErrorWithPos) error {
		pos := err.GetPosition()
		problems = append(problems, &Problem{File: name, Line: pos.Line, Col: pos.Col, Problem: err.Unwrap().Error()})
		return nil
	}, nil))
	if at := invalidUTF8(src); at >= 0 {
		pos := textedit.LineStart(src, at)
		return nil, Problems{{
			File: name, Line: 1 + bytes.Count(src[:at], []byte("\n")), Col: 1 + utf8.RuneCount(src[pos:at]),
			Problem: fmt.Sprintf("the byte 0x%02x is not UTF-8", src[at]), Fix: "save the file as UTF-8",
		}}
	}
	tree, err := guarded(name, src, handler)
	if len(problems) == 0 && err == nil {
		// What a parsed file may still have wrong in itself: two fields of one number, a
		// number that is reserved, two imports of one file.
		_, err = parser.ResultFromAST(tree, true, handler)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return tree, nil
}

// guarded parses. protocompile v0.14.1 panics on some files that are not what it
// expects, such as a string with an escape before a byte that is not UTF-8; a file is
// then refused like any other that does not parse.
func guarded(name string, src []byte, handler *reporter.Handler) (tree *ast.FileNode, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the compiler cannot read it: %v", r)
		}
	}()
	return parser.Parse(name, bytes.NewReader(src), handler)
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, -1 if all are.
func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// edit applies edits if the result parses and has what they were made for.
func (f *File) edit(done func(*File) bool, edits ...textedit.Edit) error {
	changed, err := parse(f.name, textedit.Apply(f.src, edits...))
	if err != nil {
		return fmt.Errorf("edit %s: what it would be does not parse: %w", f.name, err)
	}
	if !done(changed) {
		line := 1 + bytes.Count(f.src[:edits[0].Start], []byte("\n"))
		return &Problem{File: f.name, Line: line, Col: 1, Problem: "the edit has no effect here", Fix: "edit it by hand"}
	}
	*f = *changed
	return nil
}

func (f *File) start(n ast.Node) int { return f.bom + f.tree.NodeInfo(n).Start().Offset }

// end is the offset behind a node; the compiler gives that of its last byte.
func (f *File) end(n ast.Node) int { return f.bom + f.tree.NodeInfo(n).End().Offset + 1 }

func (f *File) text(n ast.Node) string { return string(f.src[f.start(n):f.end(n)]) }

func (f *File) problem(at ast.Node, fix, format string, args ...any) error {
	pos := f.tree.NodeInfo(at).Start()
	return &Problem{File: f.name, Line: pos.Line, Col: pos.Col, Problem: fmt.Sprintf(format, args...), Fix: fix}
}

// message finds a message by its name in the file, "Outer.Inner" for one in another.
func (f *File) message(name string) (*ast.MessageNode, error) {
	var found *ast.MessageNode
	var names []string
	var visit func(prefix string, m *ast.MessageNode)
	visit = func(prefix string, m *ast.MessageNode) {
		full := prefix + m.Name.Val
		names = append(names, full)
		if full == name {
			found = m
		}
		for _, d := range m.Decls {
			if nested, ok := d.(*ast.MessageNode); ok {
				visit(full+".", nested)
			}
		}
	}
	for _, d := range f.tree.Decls {
		if m, ok := d.(*ast.MessageNode); ok {
			visit("", m)
		}
	}
	if found == nil {
		fix := "the file has no message"
		if len(names) > 0 {
			fix = "give one of " + strings.Join(names, ", ")
		}
		return nil, &Problem{File: f.name, Line: 1, Col: 1, Problem: fmt.Sprintf("message %q is not in this file", name), Fix: fix}
	}
	return found, nil
}

// Messages are the names of the file's messages, in their order, without those that
// are inside of others.
func (f *File) Messages() []string {
	var names []string
	for _, d := range f.tree.Decls {
		if m, ok := d.(*ast.MessageNode); ok {
			names = append(names, m.Name.Val)
		}
	}
	return names
}
