package disclosure

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Hidden stands for text that is not shown.
const Hidden = "[hidden]"

// Types are the messages that a google.protobuf.Any may hold.
type Types interface {
	protoregistry.MessageTypeResolver
	protoregistry.ExtensionTypeResolver
}

// maxNested bounds how many messages of type Any are opened within each other. What
// is nested more deeply is hidden.
const maxNested = 16

// mask takes the values of personal and secret fields out of a message. Such a field
// stays set, to a value that says nothing, so that it is written; a list or a map is
// empty. An Any is opened if types has what it holds, and cleared if not: nobody knows
// then what is in it.
type mask struct {
	types  Types
	nested int
}

// fields follows messages to any depth. A sensitive field is not followed: what it
// holds is sensitive with it. Extensions are fields too.
func (k mask) fields(m protoreflect.Message) {
	if m.Descriptor().FullName() == descriptor.Any {
		k.any(m)
		return
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case descriptor.Sensitive(f):
			if f.Cardinality() == protoreflect.Repeated {
				m.Clear(f)
			} else {
				m.Set(f, nothing(m, f))
			}
		case f.IsMap():
			if f.MapValue().Message() != nil {
				v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
					k.fields(v.Message())
					return true
				})
			}
		case f.IsList():
			if f.Message() != nil {
				for i := range v.List().Len() {
					k.fields(v.List().Get(i).Message())
				}
			}
		case f.Message() != nil:
			k.fields(v.Message())
		}
		return true
	})
}

// nothing is a value of a singular field that says nothing, and that JSON can write.
func nothing(m protoreflect.Message, f protoreflect.FieldDescriptor) protoreflect.Value {
	if f.Message() == nil {
		return f.Default()
	}
	v := m.NewField(f)
	if f.Message().FullName() == "google.protobuf.Value" { // one of a oneof has to be set
		v.Message().Set(f.Message().Fields().ByName("null_value"), protoreflect.ValueOfEnum(0))
	}
	return v
}

// any masks what an Any holds, or clears it.
func (k mask) any(m protoreflect.Message) {
	url, value := m.Descriptor().Fields().ByName("type_url"), m.Descriptor().Fields().ByName("value")
	clear := func() {
		m.Clear(url)
		m.Clear(value)
	}
	if k.types == nil || k.nested >= maxNested {
		clear()
		return
	}
	typ, err := k.types.FindMessageByURL(m.Get(url).String())
	if err != nil {
		clear()
		return
	}
	inner := typ.New()
	if (proto.UnmarshalOptions{AllowPartial: true, DiscardUnknown: true, Resolver: k.types}).Unmarshal(m.Get(value).Bytes(), inner.Interface()) != nil {
		clear()
		return
	}
	mask{types: k.types, nested: k.nested + 1}.fields(inner)
	raw, err := proto.MarshalOptions{AllowPartial: true, Deterministic: true}.Marshal(inner.Interface())
	if err != nil {
		clear()
		return
	}
	m.Set(value, protoreflect.ValueOfBytes(raw))
}
