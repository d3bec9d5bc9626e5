package event

import (
	"errors"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// errUnknown is a message with fields that its descriptor does not have: they came from
// binary protobuf of a newer contract, or hold extensions of nobody.
var errUnknown = errors.New("it has fields that this program's contract does not know, which JSON cannot hold")

// errNull is a null that is not the one there is: protojson writes any as null.
var errNull = errors.New("a google.protobuf.NullValue other than NULL_VALUE, which JSON cannot hold")

// lost refuses what protojson would leave out, or write as something else, in silence.
func (c *codec) lost(m protoreflect.Message) error {
	if len(m.GetUnknown()) > 0 {
		return errUnknown
	}
	if c.simple {
		return nil
	}
	return c.lostIn(m)
}

func (c *codec) lostIn(m protoreflect.Message) (err error) {
	if len(m.GetUnknown()) > 0 {
		return errUnknown
	}
	if m.Descriptor().FullName() == "google.protobuf.Any" {
		return c.lostInAny(m)
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsMap():
			if one := fd.MapValue(); one.Message() != nil || one.Enum() != nil {
				v.Map().Range(func(_ protoreflect.MapKey, e protoreflect.Value) bool {
					err = at("[*]", c.lostOne(one, e))
					return err == nil
				})
			}
		case fd.IsList():
			if fd.Message() != nil || fd.Enum() != nil {
				for i := 0; i < v.List().Len() && err == nil; i++ {
					err = at("[*]", c.lostOne(fd, v.List().Get(i)))
				}
			}
		default:
			err = c.lostOne(fd, v)
		}
		err = at(fd.TextName(), err)
		return err == nil
	})
	return err
}

func (c *codec) lostOne(fd protoreflect.FieldDescriptor, v protoreflect.Value) error {
	switch {
	case fd.Message() != nil:
		return c.lostIn(v.Message())
	case fd.Enum() != nil && fd.Enum().FullName() == "google.protobuf.NullValue" && v.Enum() != 0:
		return errNull
	}
	return nil
}

// lostInAny looks into an Any; what cannot be resolved, protojson refuses.
func (c *codec) lostInAny(m protoreflect.Message) error {
	fields := m.Descriptor().Fields()
	t, err := c.shapes.types.FindMessageByURL(m.Get(fields.ByNumber(1)).String())
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	inner := t.New()
	if (proto.UnmarshalOptions{AllowPartial: true, Resolver: c.shapes.types}).Unmarshal(m.Get(fields.ByNumber(2)).Bytes(), inner.Interface()) != nil {
		return nil //nolint:nilerr // see above
	}
	return c.lostIn(inner)
}

// hasParts reports whether a field holds messages of which more can be lost than of a
// time or a number, or a NullValue.
func hasParts(fd protoreflect.FieldDescriptor) bool {
	if fd.IsMap() {
		fd = fd.MapValue()
	}
	if fd.Message() == nil {
		return fd.Enum() != nil && fd.Enum().FullName() == "google.protobuf.NullValue"
	}
	switch fd.Message().Name() {
	case "Struct", "Value", "ListValue", "Any":
		return true
	}
	return !descriptor.WellKnown(fd.Message())
}
