package event

import (
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// defaults are the values of the absent fields of a message and of the messages
// in it. Nil has none.
type defaults struct {
	own   []fieldDefault
	parts []partDefaults
}

type fieldDefault struct {
	field protoreflect.FieldDescriptor
	value protoreflect.Value
}

type partDefaults struct {
	field    protoreflect.FieldDescriptor
	defaults *defaults
}

func hasDefault(fd protoreflect.FieldDescriptor) bool {
	o := descriptor.Field(fd)
	return o != nil && o.Default != nil && fd.HasOptionalKeyword() && fd.Message() == nil
}

// defaultsOf collects the defaults of m. known holds those of the messages
// around it, which m may contain again.
func defaultsOf(m protoreflect.MessageDescriptor, known map[protoreflect.FullName]*defaults) *defaults {
	if d, ok := known[m.FullName()]; ok {
		return d
	}
	if !descriptor.Reaches(m, hasDefault) {
		return nil
	}
	d := &defaults{}
	known[m.FullName()] = d
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if hasDefault(fd) {
			if v, err := literal(fd, descriptor.Field(fd).GetDefault()); err == nil {
				d.own = append(d.own, fieldDefault{fd, v})
			}
		} else if part := descriptor.Part(fd); part != nil {
			if inner := defaultsOf(part, known); inner != nil {
				d.parts = append(d.parts, partDefaults{fd, inner})
			}
		}
	}
	return d
}

// in returns msg with absent fields set, as a copy if there are any: the
// caller's message is not ours.
func (d *defaults) in(msg proto.Message) proto.Message {
	if d == nil || !d.visit(msg.ProtoReflect(), false) {
		return msg
	}
	msg = proto.Clone(msg)
	d.visit(msg.ProtoReflect(), true)
	return msg
}

// set sets the absent fields of a message that is ours.
func (d *defaults) set(m protoreflect.Message) {
	if d != nil {
		d.visit(m, true)
	}
}

// visit reports whether m lacks a field that has a default, and sets all of
// them if it is to.
func (d *defaults) visit(m protoreflect.Message, set bool) (lacks bool) {
	for _, f := range d.own {
		if !m.Has(f.field) {
			lacks = true
			if set {
				m.Set(f.field, f.value)
			}
		}
	}
	for _, p := range d.parts {
		if !m.Has(p.field) {
			continue
		}
		switch v := m.Get(p.field); {
		case p.field.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, e protoreflect.Value) bool {
				lacks = p.defaults.visit(e.Message(), set) || lacks
				return true
			})
		case p.field.IsList():
			for i := range v.List().Len() {
				lacks = p.defaults.visit(v.List().Get(i).Message(), set) || lacks
			}
		default:
			lacks = p.defaults.visit(v.Message(), set) || lacks
		}
	}
	return lacks
}

// literal reads a proto2 default literal: what a descriptor's default_value
// holds, so strings have no quotes and bytes have C escapes.
func literal(fd protoreflect.FieldDescriptor, s string) (protoreflect.Value, error) {
	none, fail := protoreflect.Value{}, fmt.Errorf("default %.60q is no %s", s, fd.Kind())
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(s), nil
	case protoreflect.BytesKind:
		var b wrapperspb.BytesValue
		if err := prototext.Unmarshal([]byte(`value: "`+s+`"`), &b); err != nil {
			return none, fail
		}
		return protoreflect.ValueOfBytes(b.GetValue()), nil
	case protoreflect.BoolKind:
		if s != "true" && s != "false" {
			return none, fail
		}
		return protoreflect.ValueOfBool(s == "true"), nil
	case protoreflect.EnumKind:
		if v := fd.Enum().Values().ByName(protoreflect.Name(s)); v != nil {
			return protoreflect.ValueOfEnum(v.Number()), nil
		}
		return none, fmt.Errorf("default %.60q is no value of %s", s, fd.Enum().FullName())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil {
			return none, fail
		}
		return protoreflect.ValueOfInt32(int32(n)), nil
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return none, fail
		}
		return protoreflect.ValueOfInt64(n), nil
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return none, fail
		}
		return protoreflect.ValueOfUint32(uint32(n)), nil
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return none, fail
		}
		return protoreflect.ValueOfUint64(n), nil
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		size := 64
		if fd.Kind() == protoreflect.FloatKind {
			size = 32
		}
		x, err := strconv.ParseFloat(s, size)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return none, fail
		}
		if size == 32 {
			return protoreflect.ValueOfFloat32(float32(x)), nil
		}
		return protoreflect.ValueOfFloat64(x), nil
	default:
		return none, fail
	}
}
