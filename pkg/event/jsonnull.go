package event

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// The flat format writes null for what is unset in the messages of a payload too. That
// copies the JSON that protojson has written, along the descriptor, and is for contracts
// alone whose messages have optional fields of their own. Extensions and what is in an
// Any have no nulls: no Pydantic model has them.

// nullMessage copies one message, and adds what is unset.
func nullMessage(out, raw []byte, m protoreflect.MessageDescriptor) []byte {
	if raw[0] != '{' || descriptor.WellKnown(m) {
		return append(out, raw...)
	}
	seen := map[protoreflect.FieldDescriptor]bool{}
	out = nullMembers(out, raw, func(key string) protoreflect.FieldDescriptor {
		fd := descriptor.Named(m, key)
		seen[fd] = true
		return fd
	})
	for i := range m.Fields().Len() {
		if fd := m.Fields().Get(i); nullable(fd) && !seen[fd] {
			if out[len(out)-1] != '{' {
				out = append(out, ',')
			}
			out = append(appendText(out, fd.TextName()), ":null"...)
		}
	}
	return append(out, '}')
}

// nullField copies the value of a field, one, several or a map of them.
func nullField(out, raw []byte, fd protoreflect.FieldDescriptor) []byte {
	switch {
	case fd == nil || fd.Message() == nil:
		return append(out, raw...)
	case fd.IsMap() && raw[0] == '{':
		value := fd.MapValue()
		return append(nullMembers(out, raw, func(string) protoreflect.FieldDescriptor { return value }), '}')
	case fd.IsList() && raw[0] == '[':
		return nullList(out, raw, fd.Message())
	default:
		return nullMessage(out, raw, fd.Message())
	}
}

// nullMembers copies an object without its end; field says what a member is.
func nullMembers(out, raw []byte, field func(string) protoreflect.FieldDescriptor) []byte {
	s := scanner{b: raw, i: 1}
	out = append(out, '{')
	for more := !s.closed('}'); more; more, _ = s.next('}') {
		start := s.i
		key, _ := s.key()
		value := s.i
		if s.value(0) != nil { // it has been scanned before
			break
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(out, raw[start:value]...)
		out = nullField(out, raw[value:s.i], field(string(key)))
	}
	return out
}

// nullList copies a list of messages.
func nullList(out, raw []byte, m protoreflect.MessageDescriptor) []byte {
	s := scanner{b: raw, i: 1}
	out = append(out, '[')
	for more := !s.closed(']'); more; more, _ = s.next(']') {
		start := s.i
		if s.value(0) != nil { // it has been scanned before
			break
		}
		if out[len(out)-1] != '[' {
			out = append(out, ',')
		}
		out = nullMessage(out, raw[start:s.i], m)
	}
	return append(out, ']')
}
