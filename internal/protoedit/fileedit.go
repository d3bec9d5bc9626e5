package protoedit

import (
	"fmt"
	"strings"

	"github.com/bufbuild/protocompile/ast"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// Package is the file's package, "" if it has none.
func (f *File) Package() string {
	if p := f.packageNode(); p != nil {
		return string(p.Name.AsIdentifier())
	}
	return ""
}

// SetPackage renames the package. References from other files, and the folder that
// buf wants the file in, are the caller's.
func (f *File) SetPackage(name string) error {
	p := f.packageNode()
	if p == nil {
		return &Problem{File: f.name, Line: 1, Col: 1, Problem: "the file has no package", Fix: "add package " + name + ";"}
	}
	return f.edit(func(changed *File) bool { return changed.Package() == name },
		textedit.Edit{Start: f.start(p.Name), End: f.end(p.Name), Text: name})
}

// GoPackage is the value of option go_package, "" if the file leaves it to
// buf.gen.yaml.
func (f *File) GoPackage() string {
	if o := f.goPackage(); o != nil {
		if s, ok := o.Val.(ast.StringValueNode); ok {
			return s.AsString()
		}
	}
	return ""
}

// SetGoPackage replaces the value of option go_package.
func (f *File) SetGoPackage(path string) error {
	o := f.goPackage()
	if o == nil {
		return &Problem{File: f.name, Line: 1, Col: 1, Problem: "the file has no option go_package", Fix: "leave it to buf.gen.yaml, or add it"}
	}
	return f.edit(func(changed *File) bool { return changed.GoPackage() == path },
		textedit.Edit{Start: f.start(o.Val), End: f.end(o.Val), Text: `"` + path + `"`})
}

// Imports are the paths that the file imports, in its order.
func (f *File) Imports() []string {
	var out []string
	for _, i := range f.imports() {
		out = append(out, i.Name.AsString())
	}
	return out
}

// AddImport imports a file, in the place where buf format sorts it. A file that is
// imported already is no change.
func (f *File) AddImport(path string) error {
	statement := `import "` + path + `";`
	if tree, err := parseAlone(statement); err != nil || len(tree.Decls) != 1 {
		return fmt.Errorf("import %q: it is not the path of a file", path)
	}
	imports := f.imports()
	before := len(imports)
	for i, other := range imports {
		name := other.Name.AsString()
		if name == path {
			return nil
		}
		if name > path && before == len(imports) {
			before = i
		}
	}
	var edit textedit.Edit
	switch {
	case before > 0:
		edit = f.after(f.end(imports[before-1]), statement, "", "", false)
	case len(imports) > 0:
		edit = f.above(imports[0], statement)
	default:
		edit = f.afterHead(statement)
	}
	return f.edit(func(changed *File) bool { return len(changed.imports()) == len(imports)+1 }, edit)
}

// AddTopic adds an option (eventcontracts.v1.topic) to the file, given as the whole
// statement, after the topics that it declares, or after its other options.
func (f *File) AddTopic(statement string) error {
	tree, err := parseAlone(statement)
	if err != nil {
		return fmt.Errorf("insert a topic: %w", err)
	}
	if o, ok := tree.Decls[0].(*ast.OptionNode); !ok || len(tree.Decls) != 1 || !f.names(o, topicOption) {
		return fmt.Errorf("insert a topic: %q is not an option (%s)", statement, topicOption)
	}
	topics, others := f.options()
	edit := f.afterHead(statement)
	// buf format keeps options together, but for comments above them.
	blank := strings.HasPrefix(strings.TrimSpace(statement), "/")
	switch {
	case len(topics) > 0:
		edit = f.after(f.end(topics[len(topics)-1]), statement, "", "", blank)
	case len(others) > 0:
		edit = f.after(f.end(others[len(others)-1]), statement, "", "", blank)
	case len(f.imports()) > 0:
		edit = f.after(f.end(f.imports()[len(f.imports())-1]), statement, "", "", true)
	}
	return f.edit(func(changed *File) bool {
		now, _ := changed.options()
		return len(now) == len(topics)+1
	}, edit)
}

// above puts a statement on a line before a declaration and the comments that
// belong to it.
func (f *File) above(n ast.Node, statement string) textedit.Edit {
	at := f.blockStart(n)
	if !f.begins(at) {
		return textedit.Insert(at, statement+" ")
	}
	eol := textedit.LineEnd(f.src, at)
	return textedit.Insert(at, textedit.Lines(statement, "", eol)+eol)
}

// afterHead puts a statement, with blank lines around it, after the package, or what
// else a file begins with.
func (f *File) afterHead(statement string) textedit.Edit {
	var head ast.Node
	switch p := f.packageNode(); {
	case p != nil:
		head = p
	case f.tree.Syntax != nil:
		head = f.tree.Syntax
	case f.tree.Edition != nil:
		head = f.tree.Edition
	case len(f.tree.Decls) > 0:
		return f.above(f.tree.Decls[0], statement)
	default:
		eol := textedit.LineEnd(f.src, len(f.src))
		if len(f.src) > f.bom && f.src[len(f.src)-1] != '\n' {
			return textedit.Insert(len(f.src), eol+textedit.Lines(statement, "", eol))
		}
		return textedit.Insert(len(f.src), textedit.Lines(statement, "", eol)+eol)
	}
	edit := f.after(f.end(head), statement, "", "", true)
	rest := strings.TrimLeft(string(f.src[edit.Start:]), " \t\r")
	if next, found := strings.CutPrefix(rest, "\n"); found && strings.TrimLeft(next, " \t\r") != "" && !strings.HasPrefix(strings.TrimLeft(next, " \t\r"), "\n") {
		edit.Text += textedit.LineEnd(f.src, edit.Start)
	}
	return edit
}

func (f *File) packageNode() *ast.PackageNode {
	for _, d := range f.tree.Decls {
		if p, ok := d.(*ast.PackageNode); ok {
			return p
		}
	}
	return nil
}

func (f *File) imports() []*ast.ImportNode {
	var out []*ast.ImportNode
	for _, d := range f.tree.Decls {
		if i, ok := d.(*ast.ImportNode); ok {
			out = append(out, i)
		}
	}
	return out
}

// options are the file's options that declare topics, and the others.
func (f *File) options() (topics, others []*ast.OptionNode) {
	for _, d := range f.tree.Decls {
		o, ok := d.(*ast.OptionNode)
		switch {
		case !ok:
		case f.names(o, topicOption):
			topics = append(topics, o)
		default:
			others = append(others, o)
		}
	}
	return topics, others
}

func (f *File) goPackage() *ast.OptionNode {
	_, others := f.options()
	for _, o := range others {
		if len(o.Name.Parts) == 1 && o.Name.Parts[0].Value() == "go_package" {
			return o
		}
	}
	return nil
}
