package authoring

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// thisModule is what services import.
const thisModule = "github.com/eventcontracts/eventcontracts"

// Snippet is a Go file that publishes and handles the event: what to do next. It is empty
// for an event that there was before, for a service, and if no Go was generated.
func (c *Change) Snippet() (string, error) {
	if c.Contract == nil || c.generated.names == nil {
		return "", nil
	}
	if _, err := c.build.workspace.Catalog.Files.FindDescriptorByName(c.Contract.Descriptor.FullName()); err == nil {
		return "", nil
	}
	w := newGoWriter(c.generated.all)
	w.now = true
	example, err := exampleOf(c.After.Registry, c.Contract)
	if err != nil || example == nil {
		return "", err
	}
	names := w.names.Message(c.Contract.Descriptor)
	typ, bus := w.ident(names.GoIdent), w.use(thisModule+"/pkg/eventbus", "eventbus")
	ctx := w.use("context", "context")
	var body strings.Builder
	fmt.Fprintf(&body, "\nfunc publish%s(ctx %s.Context, p *%s.Producer) error {\n", names.GoIdent.GoName, ctx, bus)
	fmt.Fprintf(&body, "_, err := p.Publish(ctx, %s)\nreturn err\n}\n", w.message(example.ProtoReflect()))
	if w.err != nil {
		return "", w.err
	}
	fmt.Fprintf(&body, "\nfunc handle%s() %s.Handler {\n", names.GoIdent.GoName, bus)
	fmt.Fprintf(&body, "return %s.Handle(func(ctx %s.Context, e *%s) error {\n", bus, ctx, typ)
	fmt.Fprintf(&body, "%s.InfoContext(ctx, %q%s)\nreturn nil\n})\n}\n", w.use("log/slog", "slog"), c.Contract.Type, keyAttr(c.Contract, w, names))
	return gofmt("package app\n\n" + w.imports.String() + body.String())
}

// keyAttr is the key as an attribute of a log's line, by getters, which are safe where
// a message on the way is absent.
func keyAttr(k *event.Contract, w *goWriter, m *protogen.Message) string {
	if k.KeyPath == "" {
		return ""
	}
	call := "e"
	for _, part := range strings.Split(k.KeyPath, ".") {
		for _, f := range m.Fields {
			if string(f.Desc.Name()) == part {
				call += ".Get" + f.GoName + "()"
				if f.Message != nil {
					m = f.Message
				}
				break
			}
		}
	}
	return fmt.Sprintf(", %q, %s", path.Base(strings.ReplaceAll(k.KeyPath, ".", "/")), call)
}

// exampleOf is a valid event with what it needs and no more; nil if none could be made.
func exampleOf(r *event.Registry, k *event.Contract) (proto.Message, error) {
	set, err := fixture.Of(r, k)
	if err != nil {
		return nil, err
	}
	var best *fixture.File
	for i, f := range set.Files {
		if f.Rule == "" && (path.Base(f.Path) == "valid_least.json" || path.Base(f.Path) == "valid.json" && best == nil) {
			best = &set.Files[i]
		}
	}
	if best == nil {
		return nil, nil
	}
	msg, violations, err := fixture.Read(r, k, best.Content)
	if err == nil && len(violations) > 0 {
		err = fmt.Errorf("the fixture %s is refused: %v", best.Path, violations)
	}
	return msg, err
}

func gofmt(text string) (string, error) {
	out, err := format.Source([]byte(text))
	if err != nil {
		return "", fmt.Errorf("format Go: %w\n%s", err, text)
	}
	return string(bytes.TrimLeft(out, "\n")), nil
}
