package catalog

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
)

// What the compiler says of options that are not there. It has no codes: should a version
// of it use other words, the problem is reported without its fix.
var (
	unknownExtension = regexp.MustCompile(`unknown extension (eventcontracts\.v1|buf\.validate)\.`)
	unknownField     = regexp.MustCompile(`option \(eventcontracts\.v1\.(event|topic|field)\): field (\w+) not found`)
)

// compilerProblem is a mistake that the compiler found, with the fix if it is
// about the vocabulary.
func compilerProblem(file string, line int, err error) Problem {
	p := Problem{File: file, Line: line, Problem: err.Error()}
	if m := unknownExtension.FindStringSubmatch(p.Problem); m != nil {
		p.Fix = addImport + `"eventcontracts/v1/options.proto"`
		if m[1] == "buf.validate" {
			p.Fix = addImport + `"buf/validate/validate.proto"`
		}
	}
	// The compiler says which name is wrong, and not which ones are right.
	if m := unknownField.FindStringSubmatch(p.Problem); m != nil {
		known := optionFields(m[1])
		p.Fix = "give one of " + strings.Join(known, ", ")
		if near := suggest.Near(m[2], known); len(near) > 0 {
			p.Fix = fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
		}
	}
	return p
}

// addImport begins the fix of a file that lacks an import. oncePerImport knows these
// problems by it.
const addImport = "add import "

// oncePerImport keeps of each import that a file lacks the first complaint: the
// compiler has one for each option that is unknown without it.
func oncePerImport(ps []Problem) []Problem {
	type missing struct{ file, fix string }
	said := map[missing]bool{}
	slices.SortStableFunc(ps, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return slices.DeleteFunc(ps, func(p Problem) bool {
		m := missing{p.File, p.Fix}
		again := said[m]
		said[m] = strings.HasPrefix(p.Fix, addImport)
		return again
	})
}

// optionFields are the names of the fields of one of our options.
func optionFields(option string) []string {
	messages := map[string]protoreflect.Message{
		"event": (*eventcontractsv1.EventOptions)(nil).ProtoReflect(),
		"topic": (*eventcontractsv1.TopicOptions)(nil).ProtoReflect(),
		"field": (*eventcontractsv1.FieldOptions)(nil).ProtoReflect(),
	}
	fields := messages[option].Descriptor().Fields()
	var out []string
	for i := range fields.Len() {
		out = append(out, string(fields.Get(i).Name()))
	}
	return out
}

// missingImport is the import of a file that is neither in a module nor lent:
// buf would fetch it from its registry, which this program does not.
func missingImport(file string, line int, imported string) Problem {
	return Problem{
		File: file, Line: line, Problem: fmt.Sprintf("imports %s, which no module holds", imported),
		Fix: "vendor it as a module of buf.yaml, or build an image with buf build -o FILE and give it with --contracts",
	}
}
