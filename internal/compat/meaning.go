package compat

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Misread says where a reader of the other state understands a record otherwise than one of
// its writer's: "" if it does not. w is what the latter reads, r the former; forward says
// that the writer's state is the new one. Fields that one of them does not know, it ignores.
func Misread(w, r protoreflect.Message, forward bool) string {
	if w.Descriptor().ParentFile().Package() == "google.protobuf" || r.Descriptor().ParentFile().Package() == "google.protobuf" {
		// Two states have two descriptors of them, which proto.Equal tells apart.
		if bytes.Equal(encoded(w), encoded(r)) {
			return ""
		}
		return shown(protoreflect.ValueOfMessage(w)) + " is read as " + shown(protoreflect.ValueOfMessage(r))
	}
	fields := w.Descriptor().Fields()
	for i := range fields.Len() {
		a := fields.Get(i)
		b := r.Descriptor().Fields().ByName(a.Name())
		if b == nil {
			continue
		}
		if why := misreadField(w, r, a, b, forward); why != "" {
			return string(a.Name()) + ": " + why
		}
	}
	for i := range r.Descriptor().Fields().Len() {
		b := r.Descriptor().Fields().Get(i)
		// Readers set what has a default.
		if fields.ByName(b.Name()) == nil && r.Has(b) && !descriptor.HasDefault(b) {
			return fmt.Sprintf("%s: nobody wrote it, and it is read as %s", b.Name(), shown(r.Get(b)))
		}
	}
	for i := range w.Descriptor().Oneofs().Len() {
		o := w.Descriptor().Oneofs().Get(i)
		other := counterpart(r.Descriptor(), o)
		// A member that was deleted is ignored, as other fields that are.
		if forward && !o.IsSynthetic() && other != nil && w.WhichOneof(o) != nil && r.WhichOneof(other) == nil {
			return fmt.Sprintf("%s: %s is set, and nothing is read", o.Name(), w.WhichOneof(o).Name())
		}
	}
	return ""
}

func encoded(m protoreflect.Message) []byte {
	raw, err := proto.MarshalOptions{Deterministic: true, AllowPartial: true}.Marshal(m.Interface())
	if err != nil {
		return []byte(err.Error())
	}
	return raw
}

// maxValue is how much of a value is shown.
const maxValue = 40

func shown(v protoreflect.Value) string {
	if text, ok := v.Interface().(string); ok {
		return fmt.Sprintf("%.*q", maxValue, text)
	}
	return fmt.Sprintf("%.*s", maxValue, v.String())
}

// holdsMessage reports whether a field, or what is in its map, is a message.
func holdsMessage(fd protoreflect.FieldDescriptor) bool {
	if fd.IsMap() {
		fd = fd.MapValue()
	}
	return fd.Message() != nil
}

func misreadField(w, r protoreflect.Message, a, b protoreflect.FieldDescriptor, forward bool) string {
	absent := func(m protoreflect.Message, fd protoreflect.FieldDescriptor) bool {
		return fd.HasPresence() && !m.Has(fd)
	}
	x, y := w.Get(a), r.Get(b)
	if a.IsList() != b.IsList() || a.IsMap() != b.IsMap() {
		return fmt.Sprintf("%s is read as %s", shown(x), shown(y))
	}
	switch {
	case absent(w, a) && absent(r, b):
		if !sameUnset(a, b) {
			return "it is not set, which means " + unsetMeans(a) + ", and is read as " + unsetMeans(b)
		}
		return ""
	case absent(w, a):
		return "it is not set, and is read as " + shown(y)
	case absent(r, b):
		return shown(x) + " is read as not set"
	}
	one := func(x, y protoreflect.Value) string {
		if holdsMessage(a) != holdsMessage(b) {
			return shown(x) + " is read as " + shown(y)
		}
		if holdsMessage(a) {
			return Misread(x.Message(), y.Message(), forward)
		}
		if !x.Equal(y) {
			return shown(x) + " is read as " + shown(y)
		}
		return ""
	}
	switch {
	case a.IsList():
		if x.List().Len() != y.List().Len() {
			return fmt.Sprintf("of %d elements %d are read", x.List().Len(), y.List().Len())
		}
		for i := range x.List().Len() {
			if why := one(x.List().Get(i), y.List().Get(i)); why != "" {
				return why
			}
		}
		return ""
	case a.IsMap():
		if x.Map().Len() != y.Map().Len() {
			return fmt.Sprintf("of %d pairs %d are read", x.Map().Len(), y.Map().Len())
		}
		why := ""
		x.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			if !y.Map().Has(k) {
				why = "a key is not read"
			} else {
				why = one(v, y.Map().Get(k))
			}
			return why == ""
		})
		return why
	default:
		return one(x, y)
	}
}

// unsetMeans is what code that was generated from a contract has for a field that is not
// set: the default of proto2, or of an enum the value that it declares first.
func unsetMeans(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.Message() != nil || fd.IsList():
		return ""
	case fd.Enum() != nil:
		return fmt.Sprintf("%d (%s)", fd.Default().Enum(), fd.Enum().Values().ByNumber(fd.Default().Enum()).Name())
	default:
		return shown(fd.Default())
	}
}

// sameUnset reports whether a field that is not set means the same in both states. That a
// value of an enum has another name is another matter.
func sameUnset(a, b protoreflect.FieldDescriptor) bool {
	if a.Enum() != nil && b.Enum() != nil && !a.IsList() && !b.IsList() {
		return a.Default().Enum() == b.Default().Enum()
	}
	return unsetMeans(a) == unsetMeans(b)
}
