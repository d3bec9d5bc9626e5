package reality_test

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// differs says where a reader of the other side understood a record otherwise than its
// writer's own reader: "" if it did not. Fields that one of them does not know, it ignores.
func differs(w, r protoreflect.Message, forward bool) string {
	if w.Descriptor().ParentFile().Package() == "google.protobuf" {
		if proto.Equal(w.Interface(), r.Interface()) {
			return ""
		}
		return "its value"
	}
	fields := w.Descriptor().Fields()
	for i := range fields.Len() {
		a := fields.Get(i)
		b := r.Descriptor().Fields().ByName(a.Name())
		if b == nil {
			continue
		}
		if why := differ(w, r, a, b, forward); why != "" {
			return string(a.Name()) + ": " + why
		}
	}
	for i := range w.Descriptor().Oneofs().Len() {
		o := w.Descriptor().Oneofs().Get(i)
		other := r.Descriptor().Oneofs().ByName(o.Name())
		// A member that was deleted is ignored, as other fields that are.
		if forward && other != nil && !o.IsSynthetic() && w.WhichOneof(o) != nil && r.WhichOneof(other) == nil {
			return string(o.Name()) + ": nothing is set"
		}
	}
	return ""
}

func differ(w, r protoreflect.Message, a, b protoreflect.FieldDescriptor, forward bool) string {
	absent := func(m protoreflect.Message, fd protoreflect.FieldDescriptor) bool {
		return fd.HasPresence() && !m.Has(fd)
	}
	if absent(w, a) != absent(r, b) {
		return "absent on one side"
	}
	x, y := w.Get(a), r.Get(b)
	one := func(x, y protoreflect.Value) string {
		if a.Message() != nil && !a.IsMap() || a.IsMap() && a.MapValue().Message() != nil {
			return differs(x.Message(), y.Message(), forward)
		}
		if !x.Equal(y) {
			return "another value"
		}
		return ""
	}
	switch {
	case a.IsList():
		if x.List().Len() != y.List().Len() {
			return "another number of elements"
		}
		for i := range x.List().Len() {
			if why := one(x.List().Get(i), y.List().Get(i)); why != "" {
				return why
			}
		}
		return ""
	case a.IsMap():
		if x.Map().Len() != y.Map().Len() {
			return "another number of pairs"
		}
		why := ""
		x.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			if !y.Map().Has(k) {
				why = "a key is missing"
			} else {
				why = one(v, y.Map().Get(k))
			}
			return why == ""
		})
		return why
	case absent(w, a):
		return ""
	default:
		return one(x, y)
	}
}
