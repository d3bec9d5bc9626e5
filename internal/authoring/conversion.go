package authoring

import (
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/gogen"
	"github.com/eventcontracts/eventcontracts/internal/gosource"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// conversionsDir is where the conversions of a domain are, as docs/versions.md has it.
func conversionsDir(domain string) string { return path.Join("conversions", domain) }

// conversions writes how records of the new major and the one before convert, into the
// domain's package of conversions, with a test. Both majors are linked by it.
func (v *version) conversions(b *build, c *Change) error {
	if c.generated.names == nil {
		c.Notes = append(c.Notes, "no conversion is written, because no Go is generated: "+c.generated.without)
		return nil
	}
	files, err := v.goFiles(c)
	if err != nil {
		return err
	}
	name := string(v.from.Descriptor.Name())
	g := &conversionFile{
		dir: conversionsDir(v.domain.name), pkg: goPackageName(v.domain.name), domain: v.domain.name, typ: name,
		old: v.from, new: c.Contract, writer: newGoWriter(files),
	}
	if b.goImport, err = c.After.Repo.ImportPath(g.dir); err != nil {
		return err
	}
	byName := c.Contract.Options.GetFromPrevious() == eventcontractsv1.Conversion_CONVERSION_BY_NAME
	base := path.Join(g.dir, fmt.Sprintf("%s_v%d", spec.Snake(name), v.major))
	for _, file := range []string{base + ".go", base + "_test.go"} {
		if _, err := b.read(file); !errors.Is(err, fs.ErrNotExist) && (!byName || strings.HasSuffix(file, "_test.go")) {
			return fmt.Errorf("%s is there already: remove it or give it another name", file)
		}
	}
	if !byName {
		text, err := g.functions()
		if err != nil {
			return err
		}
		b.create(base+".go", []byte(text))
		c.Next = append(c.Next, fmt.Sprintf("write %s.go: its test fails until then", base))
	}
	test, err := g.test(c, b.goImport)
	if err != nil {
		return err
	}
	b.create(base+"_test.go", []byte(test))
	return g.register(b, c, byName)
}

// goFiles are the files of both majors as the Go generator sees them.
func (v *version) goFiles(c *Change) ([]*goFile, error) {
	old, err := gogen.Names(c.After.Files, c.generated.template, v.from.Descriptor.ParentFile().Path())
	return append(slices.Clone(c.generated.all), old...), err
}

// goPackageName is the name of a domain's package of conversions.
func goPackageName(domain string) string {
	name := strings.ReplaceAll(domain, "_", "")
	if token.IsKeyword(name) || name == "event" { // which it imports
		name += "s"
	}
	return name
}

// conversionFile writes the Go of one event's conversion.
type conversionFile struct {
	dir, pkg, domain, typ string
	old, new              *event.Contract
	writer                *goWriter
}

func (g *conversionFile) function(from, to *event.Contract) string {
	return fmt.Sprintf("%s%sV%dToV%d", strings.ToLower(g.typ[:1]), g.typ[1:], from.Major, to.Major)
}

// functions are one for each direction, with what maps filled in. They fail until a
// person has written the rest.
func (g *conversionFile) functions() (string, error) {
	w := *g.writer
	w.imports = &gosource.Imports{}
	var b strings.Builder
	for _, way := range [][2]*event.Contract{{g.old, g.new}, {g.new, g.old}} {
		from, to := way[0], way[1]
		a, z := w.names.Message(from.Descriptor), w.names.Message(to.Descriptor)
		name := g.function(from, to)
		fmt.Fprintf(&b, "\n// %s makes an event of major %d of one of\n// major %d. If it fails, the record becomes a dead letter.\n", name, to.Major, from.Major)
		fmt.Fprintf(&b, "func %s(e *%s) (*%s, error) {\nout := &%s{\n", name, w.ident(a.GoIdent), w.ident(z.GoIdent), w.ident(z.GoIdent))
		var open, lost []string
		mapped := map[protoreflect.Name]bool{}
		for _, f := range z.Fields {
			i := slices.IndexFunc(a.Fields, func(of *goField) bool { return of.Desc.Name() == f.Desc.Name() })
			if i < 0 || !assignable(a.Fields[i], f) {
				open = append(open, string(f.Desc.Name()))
				continue
			}
			mapped[f.Desc.Name()] = true
			fmt.Fprintf(&b, "%s: e.%s,\n", f.GoName, a.Fields[i].GoName)
		}
		for _, f := range a.Fields {
			if !mapped[f.Desc.Name()] {
				lost = append(lost, string(f.Desc.Name()))
			}
		}
		b.WriteString("}\n")
		if len(open) > 0 {
			fmt.Fprintf(&b, "// To be filled: %s.\n", strings.Join(open, ", "))
		}
		if len(lost) > 0 {
			fmt.Fprintf(&b, "// Read by nothing yet: %s.\n", strings.Join(lost, ", "))
		}
		fmt.Fprintf(&b, "return out, %s.New(%q)\n}\n", w.use("errors", "errors"), fmt.Sprintf("the conversion from major %d to %d is not written", from.Major, to.Major))
	}
	return gofmt("package " + g.pkg + "\n\n" + w.imports.String() + b.String())
}

// assignable reports whether Go takes the value of one field for another: scalars of one
// type and presence, and messages and enums that are the same.
func assignable(a, z *goField) bool {
	x, y := a.Desc, z.Desc
	if x.Kind() != y.Kind() || x.Cardinality() != y.Cardinality() || x.IsMap() != y.IsMap() || x.HasPresence() != y.HasPresence() ||
		a.Oneof != nil && !a.Oneof.Desc.IsSynthetic() || z.Oneof != nil && !z.Oneof.Desc.IsSynthetic() {
		return false
	}
	switch {
	case x.IsMap():
		return x.MapKey().Kind() == y.MapKey().Kind() && assignable(a.Message.Fields[1], z.Message.Fields[1])
	case x.Message() != nil:
		return x.Message().FullName() == y.Message().FullName()
	case x.Enum() != nil:
		return x.Enum().FullName() == y.Enum().FullName()
	}
	return true
}

// test converts a valid event each way, as a consumer does: through the format of its
// topic, the conversion, and the rules of the other major.
func (g *conversionFile) test(c *Change, importPath string) (string, error) {
	w := *g.writer
	w.imports = &gosource.Imports{}
	w.use(importPath, g.pkg)
	var rows strings.Builder
	for _, way := range [][2]*event.Contract{{g.old, g.new}, {g.new, g.old}} {
		k := c.contract(way[0].Descriptor.FullName())
		example, err := exampleOf(c.After.Registry, k)
		if err != nil {
			return "", err
		}
		if example == nil {
			return "", fmt.Errorf("no valid %s of major %d could be made for the test of its conversion", k.Type, k.Major)
		}
		fmt.Fprintf(&rows, "{%s, &%s{}},\n", w.message(example.ProtoReflect()), w.ident(w.names.Message(way[1].Descriptor).GoIdent))
	}
	if w.err != nil {
		return "", w.err
	}
	testing, pb, ev := w.use("testing", "testing"), w.use("google.golang.org/protobuf/proto", "proto"), w.use(thisModule+"/pkg/event", "event")
	body := fmt.Sprintf(`
// A record of either major becomes a valid event of the other.
func Test%sV%dAndV%dConvert(t *%s.T) {
	t.Parallel()
	for _, row := range []struct{ from, to %s.Message }{
%s	} {
		rec, err := %s.Encode(t.Context(), row.from, %s.WithSource("test"))
		if err != nil {
			t.Fatal(err)
		}
		reader, err := %s.NewReader([]%s.Message{row.to}, %s.Conversions...)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := reader.Read(rec); err != nil {
			t.Errorf("%%T to %%T: %%v", row.from, row.to, err)
		}
	}
}
`, g.typ, g.old.Major, g.new.Major, testing, pb, rows.String(), ev, ev, ev, pb, g.pkg)
	return gofmt("package " + g.pkg + "_test\n\n" + w.imports.String() + body)
}
