package descriptor

import (
	"iter"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Part is the message that a field holds, one or several, as the value of a map
// too; nil if it holds none.
func Part(fd protoreflect.FieldDescriptor) protoreflect.MessageDescriptor {
	if fd.IsMap() {
		fd = fd.MapValue()
	}
	return fd.Message()
}

// Messages yields m and every message in it, at any depth, each once. The
// entries of maps, which only descriptors see as messages, are not among them.
func Messages(m protoreflect.MessageDescriptor) iter.Seq[protoreflect.MessageDescriptor] {
	return func(yield func(protoreflect.MessageDescriptor) bool) {
		walk(m, map[protoreflect.FullName]bool{}, yield)
	}
}

// walk yields m and what is in it but for those seen before: a message may
// contain itself. It reports whether more is wanted.
func walk(m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool, yield func(protoreflect.MessageDescriptor) bool) bool {
	if seen[m.FullName()] {
		return true
	}
	seen[m.FullName()] = true
	if !yield(m) {
		return false
	}
	for i := range m.Fields().Len() {
		if part := Part(m.Fields().Get(i)); part != nil && !walk(part, seen, yield) {
			return false
		}
	}
	return true
}

// Reaches reports whether a field of m, or of a message in it at any depth, is
// one of those that is looked for.
func Reaches(m protoreflect.MessageDescriptor, is func(protoreflect.FieldDescriptor) bool) bool {
	for part := range Messages(m) {
		for i := range part.Fields().Len() {
			if is(part.Fields().Get(i)) {
				return true
			}
		}
	}
	return false
}

// ReachesType reports whether m is of a type, or has a message of that type in
// it.
func ReachesType(m protoreflect.MessageDescriptor, typ protoreflect.FullName) bool {
	for part := range Messages(m) {
		if part.FullName() == typ {
			return true
		}
	}
	return false
}

// Recursive reports whether m, or a message in it, contains itself.
func Recursive(m protoreflect.MessageDescriptor) bool {
	return recursive(m, map[protoreflect.FullName]bool{})
}

// recursive is told of each message whether it is one of those around m, or was
// looked through before and does not contain itself.
func recursive(m protoreflect.MessageDescriptor, around map[protoreflect.FullName]bool) bool {
	if is, known := around[m.FullName()]; known {
		return is
	}
	around[m.FullName()] = true
	for i := range m.Fields().Len() {
		if part := Part(m.Fields().Get(i)); part != nil && recursive(part, around) {
			return true
		}
	}
	around[m.FullName()] = false
	return false
}

// SameShape compares the types of two fields but for what is inside a message
// or an enum: whether those agree is a question of their fields' and values'
// names.
func SameShape(a, b protoreflect.FieldDescriptor) bool {
	if a.Kind() != b.Kind() || a.IsList() != b.IsList() || a.IsMap() != b.IsMap() {
		return false
	}
	return !a.IsMap() || a.MapKey().Kind() == b.MapKey().Kind() && a.MapValue().Kind() == b.MapValue().Kind()
}

// TypeName is the type of a field as a .proto file writes it, with the full names of
// messages and enums: "repeated shop.v1.Line", "map<string, int32>". Presence is no part
// of it, and of a message what is inside is not.
func TypeName(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.IsMap():
		return "map<" + single(fd.MapKey()) + ", " + single(fd.MapValue()) + ">"
	case fd.IsList():
		return "repeated " + single(fd)
	default:
		return single(fd)
	}
}

func single(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.Kind() == protoreflect.GroupKind:
		return "group " + string(fd.Message().FullName())
	case fd.Message() != nil:
		return string(fd.Message().FullName())
	case fd.Enum() != nil && fd.Enum().IsClosed():
		return "closed enum " + string(fd.Enum().FullName())
	case fd.Enum() != nil:
		return string(fd.Enum().FullName())
	default:
		return fd.Kind().String()
	}
}

// SameType reports whether the types of two fields have one name.
func SameType(a, b protoreflect.FieldDescriptor) bool { return TypeName(a) == TypeName(b) }

// Optional reports whether a field holds one value or none and tells the two apart,
// outside a oneof: one with the keyword optional, or in an edition with explicit
// presence, which is the default there.
func Optional(fd protoreflect.FieldDescriptor) bool {
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		return false
	}
	return fd.HasPresence() && fd.Cardinality() == protoreflect.Optional && !fd.IsExtension()
}
