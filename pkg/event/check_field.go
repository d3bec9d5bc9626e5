package event

import (
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

func fieldOptions(fd protoreflect.FieldDescriptor) *eventcontractsv1.FieldOptions {
	o, _ := proto.GetExtension(fd.Options(), eventcontractsv1.E_Field).(*eventcontractsv1.FieldOptions)
	return o
}

// checkFieldOptions checks the (field) options of m's own fields, whether m is
// an event or a part of one.
func (c *checker) checkFieldOptions(m protoreflect.MessageDescriptor) {
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		o := fieldOptions(fd)
		bad := func(problem, fix string) {
			err := c.add(fd, string(m.Name()), fmt.Sprintf("field %q: %s", fd.Name(), problem), fix)
			c.registry.problems[m.FullName()] = err
		}
		if o.GetAccept() != nil {
			bad("accept is declared but not yet in force", "remove it; readers use the field's own rules")
		}
		if eventcontractsv1.Sensitivity_name[int32(o.GetSensitivity())] == "" {
			bad(fmt.Sprintf("sensitivity %d is unknown", o.GetSensitivity()), "use a value of eventcontracts.v1.Sensitivity")
		}
		if o == nil || o.Default == nil {
			continue
		}
		switch {
		case fd.IsList() || fd.IsMap() || fd.Message() != nil || !fd.HasOptionalKeyword():
			bad("a default needs a singular optional scalar or enum", "make it optional or remove the default")
		case rules(fd).GetRequired():
			bad("a required field has no default", "remove required or the default")
		default:
			if _, err := literal(fd, o.GetDefault()); err != nil {
				bad(err.Error(), "write the default as a proto2 literal of the field's type")
			}
		}
	}
}

// fieldDefault is the value of an optional field that is absent.
type fieldDefault struct {
	field protoreflect.FieldDescriptor
	value protoreflect.Value
}

func defaultsOf(m protoreflect.MessageDescriptor) []fieldDefault {
	var out []fieldDefault
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if o := fieldOptions(fd); o != nil && o.Default != nil && fd.HasOptionalKeyword() && fd.Message() == nil {
			if v, err := literal(fd, o.GetDefault()); err == nil {
				out = append(out, fieldDefault{fd, v})
			}
		}
	}
	return out
}

// withDefaults returns msg with absent fields set, as a copy if there are any.
func (c *Contract) withDefaults(msg proto.Message) proto.Message {
	copied := false
	for _, d := range c.defaults {
		if msg.ProtoReflect().Has(d.field) {
			continue
		}
		if !copied {
			msg, copied = proto.Clone(msg), true
		}
		msg.ProtoReflect().Set(d.field, d.value)
	}
	return msg
}

// setDefaults sets the absent fields of a message that is ours.
func (c *Contract) setDefaults(m protoreflect.Message) {
	for _, d := range c.defaults {
		if !m.Has(d.field) {
			m.Set(d.field, d.value)
		}
	}
}

// literal reads a proto2 default literal.
func literal(fd protoreflect.FieldDescriptor, s string) (protoreflect.Value, error) {
	fail := func() (protoreflect.Value, error) {
		return protoreflect.Value{}, fmt.Errorf("default %.60q is no %s", s, fd.Kind())
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(s), nil
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(s)), nil
	case protoreflect.BoolKind:
		if s != "true" && s != "false" {
			return fail()
		}
		return protoreflect.ValueOfBool(s == "true"), nil
	case protoreflect.EnumKind:
		if v := fd.Enum().Values().ByName(protoreflect.Name(s)); v != nil {
			return protoreflect.ValueOfEnum(v.Number()), nil
		}
		return fail()
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil {
			return fail()
		}
		return protoreflect.ValueOfInt32(int32(n)), nil
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return fail()
		}
		return protoreflect.ValueOfInt64(n), nil
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return fail()
		}
		return protoreflect.ValueOfUint32(uint32(n)), nil
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return fail()
		}
		return protoreflect.ValueOfUint64(n), nil
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		size := 64
		if fd.Kind() == protoreflect.FloatKind {
			size = 32
		}
		x, err := strconv.ParseFloat(s, size)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return fail()
		}
		if size == 32 {
			return protoreflect.ValueOfFloat32(float32(x)), nil
		}
		return protoreflect.ValueOfFloat64(x), nil
	default:
		return fail()
	}
}
