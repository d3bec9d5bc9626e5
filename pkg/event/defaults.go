package event

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

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

// defaultsOf collects the defaults of m; nil if there is none, which most records
// pay nothing for. known holds those of the messages around it, which m may
// contain again: a recursive message has recursive defaults.
func defaultsOf(m protoreflect.MessageDescriptor, known map[protoreflect.FullName]*defaults) *defaults {
	if d, ok := known[m.FullName()]; ok {
		return d
	}
	if !descriptor.Reaches(m, descriptor.HasDefault) {
		return nil
	}
	d := &defaults{}
	known[m.FullName()] = d
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if descriptor.HasDefault(fd) {
			if v, err := descriptor.Literal(fd, descriptor.Field(fd).GetDefault()); err == nil {
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
		if !m.Has(p.field) { // a message that is absent stays absent
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
