package gate

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// faults are the kinds of faults that buf's rules tell as ours do: of what an event holds,
// ours decide, whatever a buf.yaml asks for, and tell who is hit by which record. A buf
// rule is known by how its id begins, since it has variants for each category.
var faults = []struct{ buf, ours []string }{
	{
		[]string{"FIELD_SAME_TYPE", "FIELD_SAME_CARDINALITY", "FIELD_WIRE_", "ENUM_SAME_TYPE", "MESSAGE_SAME_REQUIRED_FIELDS"},
		[]string{compat.FieldTypeChanged, compat.PresenceChanged, compat.RequiredAdded, compat.RequiredRemoved},
	},
	{
		[]string{"FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME", "FIELD_NO_DELETE", "RESERVED_MESSAGE_NO_DELETE"},
		[]string{compat.FieldReused, compat.FieldNotReserved, compat.FieldRenumbered},
	},
	{
		[]string{"ENUM_VALUE_NO_DELETE", "ENUM_VALUE_SAME_NAME"},
		[]string{compat.EnumValueRemoved, compat.EnumValueRenumbered, compat.EnumValueAdded},
	},
	{
		[]string{"FIELD_SAME_ONEOF", "ONEOF_NO_DELETE"},
		[]string{compat.OneofChanged, compat.OneofMemberAdded, compat.RequiredAdded, compat.RequiredRemoved},
	},
	{[]string{"FIELD_SAME_DEFAULT"}, []string{compat.DefaultChanged}},
	{
		[]string{"FILE_NO_DELETE", "MESSAGE_NO_DELETE", "ENUM_NO_DELETE"},
		[]string{compat.RemovedEarly, compat.FieldTypeChanged},
	},
}

// told reports whether one of our findings tells the fault that a finding of buf's tells:
// it is of the same kind, and of the same declaration or of what that is in.
func told(f Finding, ours []Finding) bool {
	for _, k := range faults {
		if !slices.ContainsFunc(k.buf, func(prefix string) bool { return strings.HasPrefix(f.Rule, prefix) }) {
			continue
		}
		return slices.ContainsFunc(ours, func(o Finding) bool {
			return slices.Contains(k.ours, o.Rule) && (slices.Contains(f.places, o.New) || f.Old.File != "" && o.Old == f.Old)
		})
	}
	return false
}

// places are where our findings may be that are about a declaration: itself, and what it
// is in.
func places(l *loaded, d protoreflect.Descriptor) []compat.Position {
	at := func(d protoreflect.Descriptor) compat.Position {
		return compat.Position{File: l.path(d.ParentFile().Path()), Line: descriptor.Line(d)}
	}
	out := []compat.Position{at(d)}
	if fd, ok := d.(protoreflect.FieldDescriptor); ok && fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
		out = append(out, at(fd.ContainingOneof()))
	}
	if _, isFile := d.Parent().(protoreflect.FileDescriptor); !isFile && d.Parent() != nil {
		out = append(out, at(d.Parent()))
	}
	return out
}
