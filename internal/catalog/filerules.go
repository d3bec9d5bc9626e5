package catalog

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// fileProblems checks how contracts are laid out in files, which a process that
// only links them neither knows nor cares about.
func fileProblems(files *protoregistry.Files) []Problem {
	var out []Problem
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		out = append(out, layout(f)...)
		return true
	})
	return out
}

// layout checks one file. An event is looked for by its name, which a file of its
// own has too, and its comment is all the documentation that most readers see. An
// image may be built without positions (protoc without --include_source_info), and then
// has no comments either: nothing is said about them.
func layout(f protoreflect.FileDescriptor) []Problem {
	events := descriptor.Events(f.Messages())
	if len(events) == 0 {
		return nil
	}
	var out []Problem
	report := func(d protoreflect.Descriptor, problem, fix string) {
		out = append(out, Problem{File: f.Path(), Line: descriptor.Line(d), Event: string(d.Name()), Problem: problem, Fix: fix})
	}
	hasPositions := f.SourceLocations().Len() > 0
	first := "" // event at the top level, which the file is for
	for _, e := range events {
		fix := "declare it at the top level of its file"
		if len(events) > 1 {
			fix = "declare it at the top level of a file of its own"
		}
		_, nested := e.Parent().(protoreflect.MessageDescriptor)
		switch {
		case nested: // where it belongs is another file in any case
			report(e, "the event is declared inside another message", fix)
		case first != "":
			report(e, fmt.Sprintf("the file declares %s too", first), "give each event a file of its own")
		default:
			first = string(e.Name())
		}
		if hasPositions && strings.TrimSpace(f.SourceLocations().ByDescriptor(e).LeadingComments) == "" {
			report(e, "the event has no comment", "say above the message when it is published, and by what")
		}
	}
	return out
}

// checkReplacements finds deprecated events whose successor does not exist. Package
// event does not check it: a service links only some of the contracts, and the
// successor need not be among them.
func (c *Catalog) checkReplacements() []Problem {
	var out []Problem
	declared := c.declaredEvents()
	for _, k := range c.Contracts() {
		name := k.Options.GetDeprecated().GetReplacedBy()
		if name == "" {
			continue
		}
		if problem, fix := c.checkType(name, declared); problem != "" {
			file, line, _ := c.Location(k.Descriptor)
			out = append(out, Problem{File: file, Line: line, Event: k.Type, Problem: "deprecated.replaced_by " + problem, Fix: fix})
		}
	}
	return out
}
