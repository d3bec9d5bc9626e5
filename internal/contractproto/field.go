package contractproto

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// Imports of what fields can need.
const (
	validateImport   = "buf/validate/validate.proto"
	vocabularyImport = "eventcontracts/v1/options.proto"
)

var wellKnown = map[string]string{
	timestamp: "google/protobuf/timestamp.proto",
	duration:  "google/protobuf/duration.proto",
	anyValue:  "google/protobuf/struct.proto",
	object:    "google/protobuf/struct.proto",
}

// FieldOptions are what the lines of a field need beside its spec.
type FieldOptions struct {
	// Comment stands above the field. Defaults to one made of its name.
	Comment string

	// Import is the import path of the file that declares a message, by the name
	// that the spec has for it; empty if the event's own file does. Nil imports
	// none.
	Import func(message string) string

	// Presence is that of the field's file. Defaults to proto3's.
	Presence Presence
}

// Lines are the lines of one field, indented as in a message at the top of its
// file, with the enum that the field declares above it.
type Lines struct {
	Text    string   // ends in a line's end
	Imports []string // sorted
}

// RenderField writes the lines of a field with a number. They are the same at each
// call.
func RenderField(f spec.Field, number int, o FieldOptions) Lines {
	const indent = "  "
	s := shapeOf(f)
	var b strings.Builder
	if s.enum != nil {
		s.writeEnum(&b, f, indent)
		b.WriteByte('\n')
	}
	comment := o.Comment
	if strings.TrimSpace(comment) == "" {
		comment = commentOf(f)
	}
	writeComment(&b, comment, indent)
	b.WriteString(indent)
	label, feature := o.Presence.of(&s)
	fmt.Fprintf(&b, "%s%s %s = %d", label, s.typ, f.Name, number)
	switch options := append(feature, s.options(indent)...); len(options) {
	case 0:
	case 1:
		b.WriteString(" [" + options[0] + "]")
	default:
		options = append(feature, s.options(indent+"  ")...)
		b.WriteString(" [\n" + indent + "  " + strings.Join(options, ",\n"+indent+"  ") + "\n" + indent + "]")
	}
	b.WriteString(";\n")
	return Lines{Text: b.String(), Imports: s.imports(f.Type, o.Import)}
}

// imports are the files that a field needs.
func (s shape) imports(t spec.Type, find func(string) string) []string {
	need := map[string]bool{}
	if s.rules != nil {
		need[validateImport] = true
	}
	if s.preset != nil {
		need[vocabularyImport] = true
	}
	if t.Elem != nil {
		t = *t.Elem
	}
	if file, ok := wellKnown[element("", t)]; ok {
		need[file] = true
	}
	if t.Base == spec.Message && find != nil {
		if file := find(t.Message); file != "" {
			need[file] = true
		}
	}
	return slices.Sorted(maps.Keys(need))
}

func (s shape) writeEnum(b *strings.Builder, f spec.Field, indent string) {
	writeComment(b, fmt.Sprintf("Values of the field %s.", f.Name), indent)
	fmt.Fprintf(b, "%senum %s {\n", indent, spec.EnumName(f.Name))
	for i, v := range s.enum {
		if i == 0 {
			fmt.Fprintf(b, "%s  // Not given; refused.\n", indent)
		}
		fmt.Fprintf(b, "%s  %s = %d;\n", indent, v, i)
	}
	b.WriteString(indent + "}\n")
}

// commentOf says what a name says, for a person to replace.
func commentOf(f spec.Field) string {
	words := strings.Split(f.Name, "_")
	last := len(words) - 1
	var text string
	switch {
	case f.Name == "id":
		text = "Its id"
	case words[last] == "id" && last > 0:
		text = "Id of the " + strings.Join(words[:last], " ")
	default:
		text = strings.ToUpper(f.Name[:1]) + strings.Join(words, " ")[1:]
	}
	if f.Type.Optional {
		return text + ", if there is one."
	}
	return text + "."
}

// width is where comments are broken, in bytes of the line.
const width = 100

func writeComment(b *strings.Builder, text, indent string) {
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && len(indent)+3+len(line)+1+len(word) > width {
				b.WriteString(indent + "// " + line + "\n")
				line = ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
		b.WriteString(strings.TrimRight(indent+"// "+line, " ") + "\n")
	}
}
