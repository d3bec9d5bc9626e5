package event

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// byName is the conversion of a contract that says CONVERSION_BY_NAME.
func byName(to *Contract) Conversion {
	return Conversion{apply: func(m proto.Message) (proto.Message, error) {
		out := to.codec.new()
		return out, copyByName(m.ProtoReflect(), out.ProtoReflect())
	}}
}

// copyByName copies every field that to has under the same name and type.
func copyByName(from, to protoreflect.Message) (err error) {
	from.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.IsExtension() { // a field of its name is another one
			err = fmt.Errorf("extension %s has no counterpart", fd.FullName())
			return false
		}
		target := to.Descriptor().Fields().ByName(fd.Name())
		if target == nil {
			return true
		}
		if !descriptor.SameShape(fd, target) {
			err = fmt.Errorf("field %q changes its type", fd.Name())
			return false
		}
		err = copyField(to, fd, target, v)
		return err == nil
	})
	return err
}

// copyField copies one field, element by element where it has several.
func copyField(to protoreflect.Message, fd, target protoreflect.FieldDescriptor, v protoreflect.Value) (err error) {
	switch {
	case fd.IsMap():
		m := to.Mutable(target).Map()
		v.Map().Range(func(k protoreflect.MapKey, e protoreflect.Value) bool {
			if e, err = convertValue(e, fd.MapValue(), target.MapValue(), m.NewValue); err == nil {
				m.Set(k, e)
			}
			return err == nil
		})
	case fd.IsList():
		l := to.Mutable(target).List()
		for i := 0; i < v.List().Len() && err == nil; i++ {
			var e protoreflect.Value
			if e, err = convertValue(v.List().Get(i), fd, target, l.NewElement); err == nil {
				l.Append(e)
			}
		}
	default:
		if v, err = convertValue(v, fd, target, func() protoreflect.Value { return to.NewField(target) }); err == nil {
			to.Set(target, v)
		}
	}
	return err
}

// convertValue converts one value: messages by field name and enums by value
// name, since numbers may differ between majors.
func convertValue(v protoreflect.Value, fd, target protoreflect.FieldDescriptor, fresh func() protoreflect.Value) (protoreflect.Value, error) {
	switch {
	case fd.Message() != nil:
		out := fresh()
		return out, copyByName(v.Message(), out.Message())
	case fd.Enum() != nil && fd.Enum().FullName() != target.Enum().FullName():
		// An open enum may hold a number without a name, which means nothing to
		// the other major.
		name := fd.Enum().Values().ByNumber(v.Enum())
		if name == nil {
			return v, fmt.Errorf("field %q: %s has no value of this number", fd.Name(), fd.Enum().FullName())
		}
		if to := target.Enum().Values().ByName(name.Name()); to != nil {
			return protoreflect.ValueOfEnum(to.Number()), nil
		}
		return v, fmt.Errorf("field %q: %s has no value %s", fd.Name(), target.Enum().FullName(), name.Name())
	default:
		return v, nil
	}
}
