package authoring

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/protoedit"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// NewVersion is what is asked for of an event's next major version.
type NewVersion struct {
	Type string // of an event, as catalog.Find takes names

	// Spec are the fields of the new major, with Describe for their comments. Without
	// it, it has the fields of the one before.
	Spec     string
	Describe []string
}

// NewVersion makes the next major version of an event: its message, and the messages
// that only its package has, in the next major's package, and a conversion between the
// two. Records convert by name if they can, and else by Go functions that a person
// fills in. Nothing is written.
func (w *Workspace) NewVersion(ctx context.Context, r NewVersion) (*Change, error) {
	k, err := w.contract(r.Type, 0)
	if err != nil {
		return nil, err
	}
	prefix, name, _, _ := split(k.Descriptor.ParentFile().Package())
	l := survey(w.Catalog)
	v := &version{workspace: w, landscape: l, from: k, major: k.Major + 1}
	for _, d := range l.domains {
		if d.name == name && d.prefix == prefix {
			v.domain = d
		}
	}
	if v.domain == nil {
		return nil, fmt.Errorf("the package %s of %s is not one of PREFIX.DOMAIN.vN, so that its next major has no place: write it by hand", k.Descriptor.ParentFile().Package(), k.Type)
	}
	// By name first. What a contract says of it is asked of the contract.
	b, err := v.write(r, eventcontractsv1.Conversion_CONVERSION_BY_NAME)
	if err != nil {
		return nil, err
	}
	ds := decisions{}
	ds.add("follows", fmt.Sprintf("%s %s", k.Type, k.Version()), "its highest major")
	_, err = b.check(ctx)
	why := unmapped(err)
	switch {
	case why != "":
		if b, err = v.write(r, eventcontractsv1.Conversion_CONVERSION_GO); err != nil {
			return nil, err
		}
		ds.add("conversion", "Go functions to fill in", why)
	case err != nil:
		return nil, err
	default:
		ds.add("conversion", "by name", "every field has a counterpart")
	}
	c, err := b.finish(ctx, fullName(v.pkg(), string(k.Descriptor.Name())), ds,
		func(c *Change) error { return v.conversions(b, c) }, v.rollOut)
	if err == nil && r.Spec == "" { // a copy, which nobody made a new major for
		c.Next = slices.Insert(c.Next, 0, "edit "+v.target(k.Descriptor.ParentFile().Path())+" # it is a copy",
			"eventctl generate && eventctl fixtures # after that")
	}
	return c, err
}

// unmapped is why a new major does not convert by name, if that is all that is wrong.
func unmapped(err error) string {
	var problems catalog.Problems
	if !errors.As(err, &problems) {
		return ""
	}
	for _, p := range problems {
		if !strings.HasPrefix(p.Problem, eventcontractsv1.Conversion_CONVERSION_BY_NAME.String()) {
			return ""
		}
	}
	_, why, _ := strings.Cut(problems[0].Problem, ": ")
	return why
}

// version is the next major of one event.
type version struct {
	workspace *Workspace
	landscape *landscape
	domain    *domain
	from      *event.Contract
	major     int
}

func (v *version) pkg() string { return v.domain.pkg(majorText(v.major)) }

// place is where a file of the old major has its copy, as imports name it.
func (v *version) place(file string) string {
	return path.Join(v.domain.dir(v.major), path.Base(file))
}

// write makes the files of the new major.
func (v *version) write(r NewVersion, how eventcontractsv1.Conversion) (*build, error) {
	b := v.workspace.build()
	goPackage, err := v.landscape.goPackage(v.domain.dir(v.major))
	if err != nil {
		return nil, err
	}
	if r.Spec != "" {
		return b, v.render(b, r, goPackage, how)
	}
	if len(r.Describe) > 0 {
		return nil, mistake("--describe is for the fields of --spec: give both, or edit the comments in the copy")
	}
	file := v.from.Descriptor.ParentFile()
	parts, err := v.parts(v.from.Descriptor)
	if err != nil {
		return nil, err
	}
	if err := v.copy(b, file, parts, goPackage); err != nil {
		return nil, err
	}
	message := string(v.from.Descriptor.Name())
	return b, b.edit(v.target(file.Path()), func(f *protoedit.File) error {
		if len(descriptor.Topics(file)) > 0 { // which stay declared where they are
			if err := f.RemoveTopics(); err != nil {
				return err
			}
			if err := f.AddImport(file.Path()); err != nil {
				return err
			}
		}
		for _, of := range []string{"revision", "deprecated"} { // what is said of the old major
			if err := f.RemoveEventOption(message, of); err != nil {
				return err
			}
		}
		return f.SetEventOption(message, "from_previous", how.String())
	})
}

// target is where the copy of a file lies below the root.
func (v *version) target(file string) string { return fileOf(v.domain.module, v.place(file)) }

// copy copies the event's file, and those of the parts that the new major's package
// lacks.
func (v *version) copy(b *build, event protoreflect.FileDescriptor, parts []protoreflect.FileDescriptor, goPackage string) error {
	moved := map[string]bool{}
	for _, f := range parts {
		moved[f.Path()] = true
	}
	for _, f := range append([]protoreflect.FileDescriptor{event}, parts...) {
		text, err := b.read(v.workspace.Catalog.Source(f.Path()))
		if err != nil {
			return err
		}
		if f != event && v.exists(f) {
			continue
		}
		b.create(v.target(f.Path()), text)
		b.copied[v.target(f.Path())] = v.workspace.Catalog.Source(f.Path())
		err = b.edit(v.target(f.Path()), func(edited *protoedit.File) error {
			if err := edited.SetPackage(v.pkg()); err != nil {
				return err
			}
			if edited.GoPackage() != "" {
				if err := edited.SetGoPackage(goPackage); err != nil {
					return err
				}
			}
			for _, imported := range edited.Imports() {
				if !moved[imported] {
					continue
				}
				if err := errors.Join(edited.RemoveImport(imported), edited.AddImport(v.place(imported))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// exists reports whether the new major's package has a file's messages already.
func (v *version) exists(f protoreflect.FileDescriptor) bool {
	for i := range f.Messages().Len() {
		full := fullName(v.pkg(), string(f.Messages().Get(i).Name()))
		if _, err := v.workspace.Catalog.Files.FindDescriptorByName(full); err == nil {
			return true
		}
	}
	return false
}

// parts are the files of the event's package whose messages and enums the event holds,
// however deeply, ordered by path. Each major has its own, so that one can change
// without the other.
func (v *version) parts(m protoreflect.MessageDescriptor) ([]protoreflect.FileDescriptor, error) {
	file := m.ParentFile()
	found := map[string]protoreflect.FileDescriptor{}
	for part := range descriptor.Messages(m) {
		add := func(d protoreflect.Descriptor) {
			if f := d.ParentFile(); f.Package() == file.Package() && f.Path() != file.Path() {
				found[f.Path()] = f
			}
		}
		add(part)
		for i := range part.Fields().Len() {
			if e := part.Fields().Get(i).Enum(); e != nil {
				add(e)
			}
		}
	}
	var out []protoreflect.FileDescriptor
	for _, f := range found {
		if len(eventsIn(f)) > 0 || len(descriptor.Topics(f)) > 0 {
			return nil, fmt.Errorf("%s holds messages of %s, which declares an event or a topic, and so cannot be copied into the next major: move them to a file of their own first",
				v.from.Type, v.workspace.Catalog.Path(f.Path()))
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b protoreflect.FileDescriptor) int { return strings.Compare(a.Path(), b.Path()) })
	return out, nil
}

// render writes the new major by a spec. What the fields of one name are said to be
// stays their comment.
func (v *version) render(b *build, r NewVersion, goPackage string, how eventcontractsv1.Conversion) error {
	k := v.from
	messages := contractproto.Messages(v.workspace.Catalog.Files, protoreflect.FullName(v.pkg()))
	s, err := parseSpec(r.Spec, messages)
	if err != nil {
		return err
	}
	comment, fields, err := comments(r.Describe, k.Type, s, messages)
	if err != nil {
		return err
	}
	if comment == "" {
		comment = leading(k.Descriptor)
	}
	for _, f := range s.Fields {
		old := k.Descriptor.Fields().ByName(protoreflect.Name(f.Name))
		if _, described := fields[f.Name]; old != nil && !described {
			fields[f.Name] = contractproto.FieldOptions{Comment: leading(old)}
		}
	}
	if first, _, _ := strings.Cut(k.KeyPath, "."); !k.Unkeyed && s.Field(first) == nil {
		return mistake("--spec lacks %q, which is the key: order between the majors follows it", k.KeyPath)
	}
	b.create(v.target(k.Descriptor.ParentFile().Path()), []byte(contractproto.RenderFile(contractproto.Event{
		Package: v.pkg(), GoPackage: goPackage, Message: string(k.Descriptor.Name()), Comment: comment, Topic: k.Topic.Name, TopicFile: k.Topic.File,
		Key: k.KeyPath, Unkeyed: k.Unkeyed, Type: k.Type, Owner: k.Owner, FromPrevious: how, Spec: s, Fields: fields,
	})))
	return nil
}

// leading is the comment above a declaration, one line for each of its own.
func leading(d protoreflect.Descriptor) string {
	return strings.TrimSpace(d.ParentFile().SourceLocations().ByDescriptor(d).LeadingComments)
}
