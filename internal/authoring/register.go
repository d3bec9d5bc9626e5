package authoring

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"

	"github.com/eventcontracts/eventcontracts/internal/gosource"
	"github.com/eventcontracts/eventcontracts/internal/textedit"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

type (
	goFile  = protogen.File
	goField = protogen.Field
)

// register adds the conversions to the variable Conversions of the domain's package,
// which consumers pass on. A package without one, or with one that is made in another
// way, is a refusal: its author knows where they belong.
func (g *conversionFile) register(b *build, c *Change, byName bool) error {
	file, src, err := g.find(c, b)
	if err != nil {
		return err
	}
	if src == nil {
		text, err := g.fresh(byName)
		if err != nil {
			return err
		}
		b.create(path.Join(g.dir, "conversions.go"), []byte(text))
		return nil
	}
	text, err := g.insert(file, src, byName)
	if err != nil {
		return err
	}
	b.replace(file, text)
	return nil
}

// entries are the two conversions, as elements of event.Conversions.
func (g *conversionFile) entries(w *goWriter, byName bool) []string {
	var out []string
	ev := w.use(thisModule+"/pkg/event", "event")
	for _, way := range [][2]*event.Contract{{g.old, g.new}, {g.new, g.old}} {
		if !byName {
			out = append(out, fmt.Sprintf("%s.Convert(%s)", ev, g.function(way[0], way[1])))
			continue
		}
		from, to := w.names.Message(way[0].Descriptor), w.names.Message(way[1].Descriptor)
		out = append(out, fmt.Sprintf("%s.ByName[*%s, *%s]()", ev, w.ident(from.GoIdent), w.ident(to.GoIdent)))
	}
	return out
}

// fresh is the first file of a domain's conversions.
func (g *conversionFile) fresh(byName bool) (string, error) {
	w := *g.writer
	w.imports = &gosource.Imports{}
	entries := g.entries(&w, byName)
	return gofmt(fmt.Sprintf("// Package %s converts between the majors of the %s events.\npackage %s\n\n%s\n"+
		"// Conversions are what a consumer of %s events passes on. They link the majors, so\n// that a handler of either reads records of both.\nvar Conversions = %s.Conversions{\n%s,\n}\n",
		g.pkg, g.domain, g.pkg, w.imports.String(), g.domain, w.use(thisModule+"/pkg/event", "event"), strings.Join(entries, ",\n")))
}

// find is the file that declares Conversions; no content if the package has no files.
func (g *conversionFile) find(c *Change, b *build) (string, []byte, error) {
	entries, err := os.ReadDir(c.After.Repo.Abs(g.dir))
	if err != nil && !os.IsNotExist(err) {
		return "", nil, err
	}
	any := false
	for _, e := range entries {
		name := path.Join(g.dir, e.Name())
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		any = true
		src, err := b.read(name)
		if err != nil {
			return "", nil, err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			return "", nil, fmt.Errorf("%s cannot be extended: %w", name, err)
		}
		g.pkg = tree.Name.Name
		if conversionsLiteral(tree) != nil {
			return name, src, nil
		}
	}
	if any {
		return "", nil, fmt.Errorf("the package %s has no variable Conversions of the form event.Conversions{…}, which conversions are added to: give it one", g.dir)
	}
	return "", nil, nil
}

// conversionsLiteral is the value of the variable Conversions.
func conversionsLiteral(tree *ast.File) *ast.CompositeLit {
	for _, d := range tree.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, s := range gen.Specs {
			v := s.(*ast.ValueSpec)
			if len(v.Names) == 1 && v.Names[0].Name == "Conversions" && len(v.Values) == 1 {
				if lit, ok := v.Values[0].(*ast.CompositeLit); ok {
					return lit
				}
			}
		}
	}
	return nil
}

// insert adds entries and the imports that they need to a file.
func (g *conversionFile) insert(file string, src []byte, byName bool) ([]byte, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	offset := func(p token.Pos) int { return set.Position(p).Offset }
	w := *g.writer
	w.imports = &gosource.Imports{}
	for _, i := range tree.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		alias := path.Base(p)
		if i.Name != nil {
			alias = i.Name.Name
		} else if name := w.names.PackageName(p); name != "" {
			alias = name
		}
		w.use(p, alias)
	}
	known := w.imports.Names()
	entries := g.entries(&w, byName)
	eol := textedit.LineEnd(src, 0)
	lit := conversionsLiteral(tree)
	text := strings.Join(entries, ","+eol) + "," + eol
	at := offset(lit.Rbrace)
	if line := src[textedit.LineStart(src, at):at]; len(bytes.TrimSpace(line)) > 0 {
		text = eol + text // the brace is not alone on its line
	}
	if len(lit.Elts) > 0 {
		end := offset(lit.Elts[len(lit.Elts)-1].End())
		if !bytes.Contains(src[end:at], []byte(",")) {
			text = "," + text
		}
	}
	edits := []textedit.Edit{textedit.Insert(at, text)}
	if names := w.imports.Names(); len(names) > len(known) {
		var lines []string
		for p, alias := range names {
			if known[p] == "" {
				lines = append(lines, alias+" "+strconv.Quote(p))
			}
		}
		slices.Sort(lines)
		edit, err := importEdit(tree, offset, lines, eol)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		edits = append(edits, edit)
	}
	out, err := format.Source(textedit.Apply(src, edits...))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be extended: %w", file, err)
	}
	// format writes line feeds alone.
	if eol == "\r\n" {
		out = bytes.ReplaceAll(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	}
	return out, nil
}

// importEdit adds imports behind the last one of the first declaration in parentheses;
// gofmt sorts them.
func importEdit(tree *ast.File, offset func(token.Pos) int, lines []string, eol string) (textedit.Edit, error) {
	for _, d := range tree.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.IMPORT {
			continue
		}
		if gen.Lparen.IsValid() && len(gen.Specs) > 0 {
			return textedit.Insert(offset(gen.Specs[len(gen.Specs)-1].End()), eol+"\t"+strings.Join(lines, eol+"\t")), nil
		}
		return textedit.Insert(offset(gen.End()), eol+"import ("+eol+"\t"+strings.Join(lines, eol+"\t")+eol+")"), nil
	}
	return textedit.Edit{}, fmt.Errorf("it has no imports")
}
