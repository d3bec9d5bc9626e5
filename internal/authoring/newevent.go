package authoring

import (
	"context"
	"fmt"
	"path"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// NewEvent is what is asked for of a new event. Type and Spec are required, and the
// rest is inferred where it is not given.
type NewEvent struct {
	Type string // such as "TodoCreated"
	Spec string // the field spec

	Domain  string
	Topic   string
	Key     string
	Unkeyed bool
	Owner   string
	Major   int // 0 for 1

	// Describe are comments: that of the event, and FIELD=TEXT for those of fields.
	Describe []string

	Publisher string   // a service of services.yaml, or a new one
	Groups    []string // that handle the event: a group of services.yaml, or SERVICE/GROUP

	// Ask is put what nothing says. Nil asks nobody.
	Ask Ask
}

// maxMajor is far above what anybody needs, and keeps the number a name.
const maxMajor = 999

// New makes an event with everything that belongs to it. Nothing is written.
func (w *Workspace) New(ctx context.Context, r NewEvent) (*Change, error) {
	if err := checkType(r.Type); err != nil {
		return nil, err
	}
	if r.Major == 0 {
		r.Major = 1
	}
	if r.Major < 1 || r.Major > maxMajor {
		return nil, mistake("--major %d: give the number of a major version, such as 1", r.Major)
	}
	var ds decisions
	l := survey(w.Catalog)
	d, entity, err := l.decideDomain(r, w, &ds)
	if err != nil {
		return nil, err
	}
	if err := w.checkAbsent(r, d); err != nil {
		return nil, err
	}
	pkg := d.pkg(majorText(r.Major))
	messages := contractproto.Messages(w.Catalog.Files, protoreflect.FullName(pkg))
	s, err := parseSpec(r.Spec, messages)
	if err != nil {
		return nil, err
	}
	comment, fields, err := comments(r.Describe, r.Type, s, messages)
	if err != nil {
		return nil, err
	}
	described := comment != "" && len(fields) == len(s.Fields)+1
	if comment == "" {
		comment = placeholder(r.Type)
	}
	topic, err := l.decideTopic(r, w, d, &ds)
	if err != nil {
		return nil, err
	}
	key, err := decideKey(r, d, entity, s, &ds)
	if err != nil {
		return nil, err
	}
	owner, err := l.decideOwner(r, w, d, &ds)
	if err != nil {
		return nil, err
	}
	goPackage, err := l.goPackage(d.dir(r.Major))
	if err != nil {
		return nil, err
	}

	b := w.build()
	if topic.file == "" {
		if topic.file, err = b.declareTopic(l, d, r.Major, goPackage, topic.name); err != nil {
			return nil, err
		}
	}
	file := path.Join(d.dir(r.Major), fileName(r.Type)+".proto")
	text := contractproto.RenderFile(contractproto.Event{
		Package: pkg, GoPackage: goPackage, Message: r.Type, Comment: comment, Topic: topic.name, TopicFile: topic.file,
		Key: key, Unkeyed: r.Unkeyed, Owner: owner, Spec: s, Fields: fields,
	})
	file = fileOf(d.module, file)
	b.create(file, []byte(text))
	if err := b.addServices(r, owner, &ds); err != nil {
		return nil, err
	}
	c, err := b.finish(ctx, fullName(pkg, r.Type), ds)
	if err != nil {
		return nil, err
	}
	if !described {
		c.Next = append(c.Next, "edit "+file+" # what the fields mean")
	}
	if c.generated.names != nil && len(r.Groups) == 0 {
		c.Next = append(c.Next, "eventctl new-consumer NAME --events "+r.Type+" # a service that handles it")
	}
	return c, nil
}

// parseSpec reads the fields of an event that can hold the messages of these contracts.
func parseSpec(line string, messages map[string]string) (*spec.Spec, error) {
	opts := spec.Options{Reserved: event.ReservedFields(), Messages: []string{}}
	for name := range messages {
		opts.Messages = append(opts.Messages, name)
	}
	slices.Sort(opts.Messages)
	s, err := spec.Parse(line, opts)
	if err != nil {
		return nil, &Mistake{err}
	}
	return s, nil
}

// checkAbsent refuses an event that there is already, under any topic or major, unless
// another domain was asked for.
func (w *Workspace) checkAbsent(r NewEvent, d *domain) error {
	for _, k := range w.Catalog.Find(r.Type) {
		_, name, _, _ := split(k.Descriptor.ParentFile().Package())
		if r.Domain != "" && name != d.name && (r.Topic == "" || r.Topic != k.Topic.Name) {
			continue
		}
		file, line, _ := w.Catalog.Location(k.Descriptor)
		return fmt.Errorf("the event %s exists already, in %s:%d: give it more fields with eventctl add-field %s SPEC, or change it in the next major with eventctl new-version %s",
			r.Type, file, line, r.Type, r.Type)
	}
	full := fullName(d.pkg(majorText(r.Major)), r.Type)
	if other, err := w.Catalog.Files.FindDescriptorByName(full); err == nil {
		what := "is not an event"
		if m, ok := other.(protoreflect.MessageDescriptor); ok && descriptor.IsEvent(m) {
			what = "is an event of the type " + descriptor.Event(m).GetType()
		}
		file, line, _ := w.Catalog.Location(other)
		return fmt.Errorf("%s exists already and %s, in %s:%d: give the event another name", full, what, file, line)
	}
	return nil
}
