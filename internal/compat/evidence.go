package compat

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

// Evidence is a value of one field that the writer's side accepts, and the reader's
// refuses or reads otherwise.
type Evidence struct {
	// Event is the event's message, in either state.
	Event protoreflect.FullName
	// Path leads from the event to the field.
	Path []protoreflect.Name
	// Value is the field's value; nil for a field that is not set.
	Value *valueset.Value
}

// Put gives the field in an event of the writer's side the value. Of a list or map on the
// way it is that of the first element. It reports whether the event has the field.
func (e *Evidence) Put(m protoreflect.Message) bool {
	for i, name := range e.Path {
		fd := m.Descriptor().Fields().ByName(name)
		if fd == nil {
			return false
		}
		if i == len(e.Path)-1 {
			if e.Value == nil {
				m.Clear(fd)
			} else {
				e.Value.Put(m, fd)
			}
			return true
		}
		if fd.Message() == nil {
			return false
		}
		if m = first(m, fd); m == nil {
			return false
		}
	}
	return false
}

// first is the message in a field, which is made if there is none; nil if it is not one.
func first(m protoreflect.Message, fd protoreflect.FieldDescriptor) protoreflect.Message {
	switch {
	case fd.IsMap() && fd.MapValue().Message() == nil:
		return nil
	case fd.IsMap():
		var found protoreflect.MapKey
		m.Get(fd).Map().Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
			if !found.IsValid() || k.String() < found.String() {
				found = k
			}
			return true
		})
		if !found.IsValid() {
			return nil // which keys there may be is not known here
		}
		return m.Mutable(fd).Map().Mutable(found).Message()
	case fd.IsList():
		list := m.Mutable(fd).List()
		if list.Len() == 0 {
			list.AppendMutable()
		}
		return list.Get(0).Message()
	default:
		return m.Mutable(fd).Message()
	}
}
