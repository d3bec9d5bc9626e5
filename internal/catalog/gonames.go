package catalog

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"google.golang.org/protobuf/cmd/protoc-gen-go/internal_gengo"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// goNames finds declarations of protobuf that become one name of Go, such as the messages
// Foo_Bar and Foo.Bar: protoc-gen-go writes both, and the package does not compile. Which
// names there are is read from the code that it generates, because only some of them
// follow from its documented rules (the methods and variables beside a type do not).
func (g *goFiles) goNames() ([]Problem, error) {
	gen, err := g.plugin()
	if err != nil {
		return nil, err
	}
	n := &goNames{declared: map[goName][]protoreflect.Descriptor{}, found: map[[2]protoreflect.FullName]Problem{}}
	byPath := map[string]*protogen.File{}
	for _, f := range gen.Files {
		if !f.Generate {
			continue
		}
		internal_gengo.GenerateFile(gen, f)
		byPath[f.GeneratedFilenamePrefix+".pb.go"] = f
		n.file(f)
	}
	resp := gen.Response()
	if resp.Error != nil { // it has looked at its own output, and could not read it
		return nil, fmt.Errorf("contracts: the Go of them: %s", resp.GetError())
	}
	seen := map[goName]protoreflect.FileDescriptor{}
	for _, out := range resp.GetFile() {
		f := byPath[out.GetName()]
		if f == nil { // of a build tag: what an API of two kinds is when it is opaque alone
			continue
		}
		code, err := parser.ParseFile(token.NewFileSet(), out.GetName(), out.GetContent(), parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("contracts: the Go of %s: %w", f.Desc.Path(), err)
		}
		for _, name := range namesIn(code) {
			at := goName{f.GoImportPath, name}
			if first, twice := seen[at]; twice {
				n.report(at, first, f.Desc)
			} else {
				seen[at] = f.Desc
			}
		}
	}
	return n.problems(), nil
}

// plugin is protoc-gen-go with the files that are generated with the contracts. Those
// that are lent to them, and the well-known ones, are compiled by who publishes them.
func (g *goFiles) plugin() (*protogen.Plugin, error) {
	req := &pluginpb.CodeGeneratorRequest{Parameter: proto.String("paths=source_relative")}
	for _, f := range g.ordered() {
		file := protodesc.ToFileDescriptorProto(f)
		if file.Options == nil {
			file.Options = &descriptorpb.FileOptions{}
		}
		p := g.packages[f.Path()]
		file.Options.GoPackage = proto.String(p.path + ";" + p.name)
		req.ProtoFile = append(req.ProtoFile, file)
		if !slices.Contains(contractrepo.Lent, f.Path()) && !strings.HasPrefix(f.Path(), "google/protobuf/") {
			req.FileToGenerate = append(req.FileToGenerate, f.Path())
		}
	}
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		return nil, fmt.Errorf("contracts: the Go of them: %w", err)
	}
	gen.SupportedFeatures = internal_gengo.SupportedFeatures
	gen.SupportedEditionsMinimum = internal_gengo.SupportedEditionsMinimum
	gen.SupportedEditionsMaximum = internal_gengo.SupportedEditionsMaximum
	return gen, nil
}

// ordered are the files with each behind those that it imports.
func (g *goFiles) ordered() []protoreflect.FileDescriptor {
	var out []protoreflect.FileDescriptor
	added := map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if added[f.Path()] {
			return
		}
		added[f.Path()] = true
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i).FileDescriptor)
		}
		out = append(out, f)
	}
	for _, f := range g.files {
		add(f)
	}
	return out
}

// goName is a name in a Go package: of a declaration, or "T.f" of a field or method.
type goName struct {
	pkg  protogen.GoImportPath
	name string
}

// goNames collects the names that more than one declaration of protobuf has.
type goNames struct {
	declared map[goName][]protoreflect.Descriptor // what becomes a name, as far as it is documented
	pairs    [][2]protoreflect.Descriptor         // that have one name, in the order of the code
	found    map[[2]protoreflect.FullName]Problem // by pair
}

// problems are those that do not follow from another: what is inside two messages of one
// name has one name too.
func (n *goNames) problems() []Problem {
	var out []Problem
	for _, pair := range n.pairs {
		follows := false
		for a, b := pair[0].Parent(), pair[1].Parent(); a != nil && b != nil; a, b = a.Parent(), b.Parent() {
			_, known := n.found[pairOf(a, b)]
			follows = follows || known
		}
		if !follows {
			out = append(out, n.found[pairOf(pair[0], pair[1])])
		}
	}
	return out
}

// file notes what the names of a file stand for.
func (n *goNames) file(f *protogen.File) {
	for _, e := range f.Enums {
		n.enum(e)
	}
	for _, m := range f.Messages {
		n.message(m)
	}
	for _, x := range f.Extensions {
		n.add(x.GoIdent, x.Desc, "E_")
	}
}

// add notes that d becomes id with each of the prefixes; the empty one is id itself.
func (n *goNames) add(id protogen.GoIdent, d protoreflect.Descriptor, prefixes ...string) {
	for _, p := range prefixes {
		at := goName{id.GoImportPath, p + id.GoName}
		n.declared[at] = append(n.declared[at], d)
	}
}

func (n *goNames) enum(e *protogen.Enum) {
	n.add(e.GoIdent, e.Desc, "")
	for _, affix := range []string{"_name", "_value"} {
		n.add(e.GoIdent.GoImportPath.Ident(e.GoIdent.GoName+affix), e.Desc, "")
	}
	for _, v := range e.Values {
		n.add(v.GoIdent, v.Desc, "")
	}
}

func (n *goNames) message(m *protogen.Message) {
	n.add(m.GoIdent, m.Desc, "")
	for _, e := range m.Enums {
		n.enum(e)
	}
	for _, inner := range m.Messages {
		n.message(inner)
	}
	for _, x := range m.Extensions {
		n.add(x.GoIdent, x.Desc, "E_")
	}
	methods := []string{"", "Get", "Set", "Has", "Clear", "Which"}
	member := func(name string) protogen.GoIdent {
		return m.GoIdent.GoImportPath.Ident(name)
	}
	for _, o := range m.Oneofs {
		if !o.Desc.IsSynthetic() {
			n.add(o.GoIdent, o.Desc, "is", "case_")
			for _, p := range methods {
				n.add(member(m.GoIdent.GoName+"."+p+o.GoName), o.Desc, "")
			}
		}
	}
	for _, f := range m.Fields {
		n.add(f.GoIdent, f.Desc, "Default_")
		if f.Oneof != nil && !f.Oneof.Desc.IsSynthetic() {
			n.add(f.GoIdent, f.Desc, "")
		}
		for _, p := range methods {
			n.add(member(m.GoIdent.GoName+"."+p+f.GoName), f.Desc, "")
		}
	}
}

// report says that a name is in two files, or twice in one. What follows from it, such as
// the methods of the second of two types, is the same mistake.
func (n *goNames) report(at goName, first, second protoreflect.FileDescriptor) {
	a, b := protoreflect.Descriptor(first), protoreflect.Descriptor(second)
	if typ, _, ok := strings.Cut(at.name, "."); ok && len(n.declared[at]) < 2 {
		if outer := n.declared[goName{at.pkg, typ}]; len(outer) == 1 {
			a, b = outer[0], outer[0]
		} else if len(outer) > 1 {
			return
		}
	}
	switch who := n.declared[at]; {
	case len(who) > 1:
		a, b = who[0], who[1]
	case len(who) == 1:
		b = who[0]
	}
	if _, known := n.found[pairOf(a, b)]; known {
		return
	}
	n.pairs = append(n.pairs, [2]protoreflect.Descriptor{a, b})
	typ, member, isMember := strings.Cut(at.name, ".")
	what := fmt.Sprintf("the Go package %s has %s twice", string(at.pkg), at.name)
	if isMember {
		what = fmt.Sprintf("the Go type %s has %s twice", typ, member)
	}
	fix := "rename one of them"
	switch {
	case a == b.Parent():
		what, fix = what+fmt.Sprintf(", of every message and from %s", b.FullName()), "rename the field"
	case a != b && a != protoreflect.Descriptor(first):
		what += fmt.Sprintf(", from %s and from %s", a.FullName(), b.FullName())
	case b == protoreflect.Descriptor(second):
		what += fmt.Sprintf(", from %s and from %s", first.Path(), second.Path())
	default:
		what += fmt.Sprintf(", once from %s", b.FullName())
	}
	event := ""
	for d := b; d != nil; d = d.Parent() {
		if m, ok := d.(protoreflect.MessageDescriptor); ok && descriptor.IsEvent(m) {
			event = string(m.Name())
		}
	}
	n.found[pairOf(a, b)] = Problem{
		File: b.ParentFile().Path(), Line: descriptor.Line(b), Event: event,
		Problem: what + ", and does not compile", Fix: fix,
	}
}

// pairOf names two declarations, in any order. A file has its path for a name.
func pairOf(a, b protoreflect.Descriptor) [2]protoreflect.FullName {
	name := func(d protoreflect.Descriptor) protoreflect.FullName {
		if f, ok := d.(protoreflect.FileDescriptor); ok {
			return protoreflect.FullName(f.Path())
		}
		return d.FullName()
	}
	pair := [2]protoreflect.FullName{name(a), name(b)}
	slices.SortFunc(pair[:], func(x, y protoreflect.FullName) int { return cmp.Compare(x, y) })
	return pair
}

// namesIn are the names that a file of Go declares: its own, and "T.f" for the fields
// and methods of its types. init and the blank name are no names.
func namesIn(code *ast.File) []string {
	var out []string
	add := func(prefix string, ids ...*ast.Ident) {
		for _, id := range ids {
			if id.Name != "_" && prefix+id.Name != "init" {
				out = append(out, prefix+id.Name)
			}
		}
	}
	for _, d := range code.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			prefix := ""
			if d.Recv != nil {
				t := d.Recv.List[0].Type
				if star, ok := t.(*ast.StarExpr); ok {
					t = star.X
				}
				prefix = t.(*ast.Ident).Name + "."
			}
			add(prefix, d.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					add("", s.Names...)
				case *ast.TypeSpec:
					add("", s.Name)
					if st, ok := s.Type.(*ast.StructType); ok {
						for _, f := range st.Fields.List {
							add(s.Name.Name+".", f.Names...)
						}
					}
				}
			}
		}
	}
	return out
}
