package contractproto

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// Event is all that the file of an event says. Package, Message, Comment, Topic,
// Owner and Spec are required, and so is Key unless the event is unkeyed: what a
// contract may say, the caller has checked, or package catalog will.
type Event struct {
	Package      string // such as "events.todo.v1"
	GoPackage    string // the go_package option; none if empty, as with buf's managed mode
	Message      string // such as "TodoCreated"
	Comment      string // when the event is published, and by what
	Topic        string
	TopicFile    string // import path of the file that declares the topic; empty for none
	Key          string
	Unkeyed      bool
	Type         string // wire name, if it is not the message's
	Revision     uint32
	Owner        string
	FromPrevious eventcontractsv1.Conversion
	Spec         *spec.Spec
	Fields       map[string]FieldOptions // by name; those of "" are for all others
}

// RenderFile is the text of an event's file, laid out as buf format does.
func RenderFile(e Event) string {
	imports := map[string]bool{vocabularyImport: true}
	if e.TopicFile != "" {
		imports[e.TopicFile] = true
	}
	var fields strings.Builder
	for i, f := range e.Spec.Fields {
		o, ok := e.Fields[f.Name]
		if all := e.Fields[""]; !ok {
			o = all
		} else if o.Import == nil {
			o.Import = all.Import
		}
		lines := RenderField(f, i+1, o)
		for _, file := range lines.Imports {
			imports[file] = true
		}
		fields.WriteString("\n" + lines.Text)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "syntax = \"proto3\";\n\npackage %s;\n\n", e.Package)
	for _, file := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&b, "import %s;\n", quoted(file))
	}
	if e.GoPackage != "" {
		fmt.Fprintf(&b, "\noption go_package = %s;\n", quoted(e.GoPackage))
	}
	b.WriteByte('\n')
	writeComment(&b, e.Comment, "")
	fmt.Fprintf(&b, "message %s {\n", e.Message)
	e.writeOption(&b)
	b.WriteString(fields.String() + "}\n")
	return b.String()
}

func (e Event) writeOption(b *strings.Builder) {
	b.WriteString("  option (eventcontracts.v1.event) = {\n")
	line := func(name, value string) { fmt.Fprintf(b, "    %s: %s\n", name, value) }
	line("topic", quoted(e.Topic))
	if e.Unkeyed {
		line("unkeyed", "true")
	} else {
		line("key", quoted(e.Key))
	}
	if e.Type != "" && e.Type != e.Message {
		line("type", quoted(e.Type))
	}
	if e.Revision > 0 {
		line("revision", fmt.Sprint(e.Revision))
	}
	line("owner", quoted(e.Owner))
	if e.FromPrevious != 0 {
		line("from_previous", e.FromPrevious.String())
	}
	b.WriteString("  };\n")
}
