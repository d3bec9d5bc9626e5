package authoring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/protoedit"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// AddField is what is asked for of fields that an event gets.
type AddField struct {
	Type     string // of an event, as catalog.Find takes names
	Major    int    // 0 for the highest
	Spec     string // the fields
	Describe []string
}

// AddField gives an event more fields, with the next free numbers, and raises its
// revision. Only what every deployed reader and every retained record can do without
// may be added. Nothing is written.
func (w *Workspace) AddField(ctx context.Context, r AddField) (*Change, error) {
	k, err := w.contract(r.Type, r.Major)
	if err != nil {
		return nil, err
	}
	file := k.Descriptor.ParentFile()
	messages := contractproto.Messages(w.Catalog.Files, file.Package())
	s, err := parseSpec(r.Spec, messages)
	if err != nil {
		return nil, err
	}
	_, fields, err := comments(r.Describe, k.Type, s, messages)
	if err != nil {
		return nil, err
	}
	ds := decisions{}
	b := w.build()
	name := string(k.Descriptor.Name())
	err = b.edit(w.Catalog.Source(file.Path()), func(f *protoedit.File) error {
		if err := addable(k, s, f, w.Catalog.Path(file.Path())); err != nil {
			return err
		}
		for _, field := range s.Fields {
			number, err := f.NextFieldNumber(name)
			if err != nil {
				return err
			}
			o := fields[field.Name]
			o.Import, o.Presence = importer(messages, file.Path()), contractproto.PresenceIn(file)
			lines := contractproto.RenderField(field, int(number), o)
			if err := f.AddField(name, outdent(lines.Text)); err != nil {
				return err
			}
			for _, imported := range lines.Imports {
				if err := f.AddImport(imported); err != nil {
					return err
				}
			}
			ds.add(fmt.Sprintf("field %d", number), field.String(), "")
		}
		ds.add("revision", fmt.Sprint(k.Revision+1), fmt.Sprintf("it was %d", k.Revision))
		return f.SetEventOption(name, "revision", fmt.Sprint(k.Revision+1))
	})
	if err != nil {
		return nil, err
	}
	return b.finish(ctx, k.Descriptor.FullName(), ds, func(c *Change) error { return sameFields(k.Descriptor, c.Contract.Descriptor) })
}

// sameFields refuses a change by which fields that were there would hold something else:
// the enum that a new field declares hides a message or an enum of its name.
func sameFields(before, after protoreflect.MessageDescriptor) error {
	for i := range before.Fields().Len() {
		was := before.Fields().Get(i)
		now := after.Fields().ByNumber(was.Number())
		if now != nil && holds(was) == holds(now) {
			continue
		}
		return fmt.Errorf("nothing is changed, because the field %q would be a %s where it was a %s: a new field declares an enum of that name, so give it another name",
			was.Name(), holds(now), holds(was))
	}
	return nil
}

// holds is the type of a field, or of its map's values.
func holds(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd == nil:
		return "nothing"
	case fd.IsMap():
		return "map of " + holds(fd.MapValue())
	case fd.Message() != nil:
		return string(fd.Message().FullName())
	case fd.Enum() != nil:
		return string(fd.Enum().FullName())
	}
	return fd.Kind().String()
}

// contract finds the event that a name and a major mean; 0 is the highest major.
func (w *Workspace) contract(name string, major int) (*event.Contract, error) {
	found := w.Catalog.Find(name)
	if len(found) == 0 {
		return nil, mistake("no contract declares type %q: %s", name, nearOr(name, w.Catalog.NearTypes(name), "eventctl list shows all"))
	}
	for _, k := range found {
		if k.Topic.Name != found[0].Topic.Name {
			return nil, mistake("type %q is on topics %s and %s: write %s/%s or %s/%s", name,
				found[0].Topic.Name, k.Topic.Name, found[0].Topic.Name, k.Type, k.Topic.Name, k.Type)
		}
	}
	k := found[len(found)-1]
	if major != 0 {
		i := slices.IndexFunc(found, func(k *event.Contract) bool { return k.Major == major })
		if i < 0 {
			return nil, mistake("type %q has no major %d", name, major)
		}
		k = found[i]
	}
	if file := k.Descriptor.ParentFile().Path(); w.Catalog.Source(file) == "" {
		return nil, fmt.Errorf("%s is not in a file that can be changed: give the directory of its .proto files with --contracts", name)
	}
	return k, nil
}

// addable refuses fields that an event cannot get later. The error has all of them,
// with their places in the spec.
func addable(k *event.Contract, s *spec.Spec, f *protoedit.File, file string) error {
	var out spec.Errors
	for _, field := range s.Fields {
		if err := f.CheckFieldName(string(k.Descriptor.Name()), field.Name); err != nil {
			problem, fix := err.Error(), "give it another name"
			if p := (*protoedit.Problem)(nil); errors.As(err, &p) {
				problem, fix = fmt.Sprintf("%s (%s:%d)", p.Problem, file, p.Line), p.Fix
			}
			out = append(out, s.Complain(field.At, problem, fix))
			continue
		}
		if twin := getter(k.Descriptor, field.Name); twin != "" {
			out = append(out, s.Complain(field.At, fmt.Sprintf("%q beside %q: in Go the method of one has the name of the other", field.Name, twin), "give it another name"))
			continue
		}
		if why, fix := required(field); why != "" {
			out = append(out, s.Complain(field.At, fmt.Sprintf("%q %s, but records that were written before do not have it, and would be refused", field.Name, why),
				fmt.Sprintf("%s, or make a new major with eventctl new-version %s", fix, k.Type)))
		}
	}
	if len(out) > 0 {
		return &refusedSpec{out}
	}
	return nil
}

// getter is the field that a new one would clash with: x has the method GetX in Go,
// which is the name of the field get_x.
func getter(m protoreflect.MessageDescriptor, name string) string {
	for _, twin := range []string{"get_" + name, strings.TrimPrefix(name, "get_")} {
		if twin != name && m.Fields().ByName(protoreflect.Name(twin)) != nil {
			return twin
		}
	}
	return ""
}

// required says why a field must be there, and how it would not have to.
func required(f spec.Field) (why, fix string) {
	t := f.Type
	switch {
	case t.Base == spec.List || t.Base == spec.Set || t.Base == spec.Dict && t.Elem != nil:
		if t.Min.Set() {
			return "must not be empty", fmt.Sprintf("leave out its lower bound %s", t.Min.Number)
		}
		return "", ""
	case t.Optional:
		return "", ""
	}
	t.Optional = true
	return "is required", fmt.Sprintf("write %q", f.Name+" ("+t.String()+")")
}

// refusedSpec is fields that are well written and cannot be had.
type refusedSpec struct{ errs spec.Errors }

func (r *refusedSpec) Error() string {
	return "nothing is changed, because the fields cannot be added:\n" + r.errs.Error()
}

// importer says which file a message needs, in a file that need not import itself.
func importer(messages map[string]string, self string) func(string) string {
	return func(message string) string {
		if file := messages[message]; file != self {
			return file
		}
		return ""
	}
}

// outdent moves lines to the left margin, as edits take them.
func outdent(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

// fullName is a message of a package.
func fullName(pkg, message string) protoreflect.FullName {
	return protoreflect.FullName(pkg + "." + message)
}
