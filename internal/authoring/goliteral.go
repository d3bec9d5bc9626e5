package authoring

import (
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/gosource"
)

// goWriter writes one Go file that uses generated packages.
type goWriter struct {
	names   *gosource.Names
	imports *gosource.Imports
	err     error // the first of message's

	// now has times be those of the moment, as a service writes them.
	now bool
}

// newGoWriter knows the packages of files, imports included.
func newGoWriter(files []*protogen.File) *goWriter {
	return &goWriter{names: gosource.NewNames(files), imports: &gosource.Imports{}}
}

// use is the alias of a package, which is imported from then on.
func (w *goWriter) use(path, name string) string { return w.imports.Add(path, name) }

// ident is a generated name, qualified.
func (w *goWriter) ident(id protogen.GoIdent) string { return w.names.Ident(id, w.imports) }

// message is an expression for a message with its fields.
func (w *goWriter) message(m protoreflect.Message) string {
	var opts []gosource.Option
	if w.now {
		opts = append(opts, gosource.Now)
	}
	text, err := w.names.Literal(m, w.imports, opts...)
	if w.err == nil {
		w.err = err
	}
	return text
}
