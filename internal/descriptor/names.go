package descriptor

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// JSON calls a field by its JSON name or by the name of the contract. The latter is what
// is written: the field's own, and for a group that of its message.

// Named is the field of m that a name in JSON means; nil if there is none. protojson
// looks at JSON names first, which makes a difference only where one name means two
// fields, and such contracts are refused.
func Named(m protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if fd := m.Fields().ByJSONName(name); fd != nil {
		return fd
	}
	return m.Fields().ByTextName(name)
}

// TwoFields is a name of JSON that means two fields of one message.
type TwoFields struct {
	Name        string
	First, Then protoreflect.FieldDescriptor
}

// Ambiguous lists the names that mean two fields of m, by the second of them.
func Ambiguous(m protoreflect.MessageDescriptor) []TwoFields {
	var out []TwoFields
	by := map[string]protoreflect.FieldDescriptor{}
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		for j, name := range [...]string{fd.TextName(), fd.JSONName(), string(fd.Name())} {
			switch first := by[name]; {
			case first == nil:
				by[name] = fd
			case first != fd:
				// Of two names that one other field has too, the first is told.
				if !told(out, first, fd) || j == 0 {
					out = append(out, TwoFields{name, first, fd})
				}
			}
		}
	}
	return out
}

func told(list []TwoFields, first, then protoreflect.FieldDescriptor) bool {
	for _, t := range list {
		if t.First == first && t.Then == then {
			return true
		}
	}
	return false
}

// IsExtensionName reports whether a name in JSON is that of an extension: [a.b.c].
func IsExtensionName(name string) bool {
	return strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]")
}
