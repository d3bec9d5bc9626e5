package compat

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

// Evidence is what an event has to have so that the writer's side writes it, and the
// reader's refuses it or reads something else. Without anything given, every event will do.
type Evidence struct {
	// Event is the event's message, in either state.
	Event protoreflect.FullName
	Given []Given
	// Forward is what new writers write, where the old ones' values are of another type.
	Forward []Given
}

// Given is the value of one field.
type Given struct {
	// Path leads from the event to the field.
	Path []protoreflect.Name
	// Value is the field's value; nil for a field that is not set.
	Value *valueset.Value
}

func (p pair) evidence(given ...Given) *Evidence {
	return &Evidence{Event: p.before.message.FullName(), Given: given}
}

// Put gives an event of the writer's side what the evidence says; forward says that this is
// the new one. Of a list or map on the way to a field it is the first element that gets it.
// It reports whether there is a way.
func (e *Evidence) Put(m protoreflect.Message, forward bool) bool {
	given := e.Given
	if forward && e.Forward != nil {
		given = e.Forward
	}
	for _, g := range given {
		if !g.put(m) {
			return false
		}
	}
	return true
}

func (g Given) put(m protoreflect.Message) bool {
	for i, name := range g.Path {
		fd := m.Descriptor().Fields().ByName(name)
		last := i == len(g.Path)-1
		switch {
		case last && g.Value == nil && fd == nil:
			return true // the writer does not know the field
		case fd == nil:
			return false
		case last && g.Value == nil:
			m.Clear(fd)
		case last:
			g.Value.Put(m, fd)
		case fd.Message() == nil:
			return false
		default:
			if m = first(m, fd); m == nil {
				return false
			}
		}
	}
	return true
}

// first is the message in a field, which is made if there is none; nil if it is not one,
// or none can be made.
func first(m protoreflect.Message, fd protoreflect.FieldDescriptor) protoreflect.Message {
	switch {
	case fd.IsMap() && fd.MapValue().Message() == nil:
		return nil
	case fd.IsMap():
		if m.Get(fd).Map().Len() == 0 {
			for _, v := range valueset.Of(valueset.Rules{Field: fd, Rules: descriptor.Rules(fd)}).Some() {
				if v.Put(m, fd); m.Get(fd).Map().Len() > 0 {
					break
				}
			}
		}
		var found protoreflect.MapKey
		m.Get(fd).Map().Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
			if !found.IsValid() || k.String() < found.String() {
				found = k
			}
			return true
		})
		if !found.IsValid() {
			return nil
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
