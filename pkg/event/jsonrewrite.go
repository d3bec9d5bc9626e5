package event

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// fieldOf finds a field as protojson does: by either of its two names.
func fieldOf(m protoreflect.MessageDescriptor, key string) protoreflect.FieldDescriptor {
	if fd := m.Fields().ByName(protoreflect.Name(key)); fd != nil {
		return fd
	}
	return m.Fields().ByJSONName(key)
}

// rewrite copies JSON that a scanner has accepted, along a descriptor, and leaves
// to its functions what is to be different. It changes text and makes no message:
// what is not a payload of the descriptor passes through, and protojson refuses
// it afterwards. Well-known types have JSON of their own, which is copied.
type rewrite struct {
	// onTime writes the value of a Timestamp; nil copies it.
	onTime func(out, raw []byte) []byte
	// onObject adds members to a message's object before it ends; has tells which
	// fields it has; nil adds nothing.
	onObject func(out []byte, m protoreflect.MessageDescriptor, has func(protoreflect.FieldDescriptor) bool) []byte
}

// field copies the value of fd, one or several.
func (r rewrite) field(out, raw []byte, fd protoreflect.FieldDescriptor) []byte {
	switch {
	case fd == nil || fd.Message() == nil:
		return append(out, raw...)
	case fd.IsMap() && raw[0] == '{':
		return r.object(out, raw, func(string) protoreflect.FieldDescriptor { return fd.MapValue() }, nil)
	case fd.IsList() && raw[0] == '[':
		return r.array(out, raw, fd.Message())
	default:
		return r.message(out, raw, fd.Message())
	}
}

// message copies one message.
func (r rewrite) message(out, raw []byte, m protoreflect.MessageDescriptor) []byte {
	switch {
	case m.FullName() == timestampName && r.onTime != nil:
		return r.onTime(out, raw)
	case raw[0] == '{' && m.ParentFile().Package() != "google.protobuf":
		return r.object(out, raw, func(key string) protoreflect.FieldDescriptor { return fieldOf(m, key) }, m)
	}
	return append(out, raw...)
}

// object copies an object whose members are the fields of m, or the entries of a
// map if m is nil.
func (r rewrite) object(out, raw []byte, field func(string) protoreflect.FieldDescriptor, m protoreflect.MessageDescriptor) []byte {
	s := scanner{b: raw, i: 1}
	out = append(out, '{')
	var seen map[protoreflect.FieldDescriptor]bool
	if r.onObject != nil {
		seen = map[protoreflect.FieldDescriptor]bool{}
	}
	empty := len(out)
	for more := !s.closed('}'); more; more, _ = s.next('}') {
		start := s.i
		key, _ := s.key()
		at := s.i
		if s.value(0) != nil { // the scanner has accepted it before
			break
		}
		if len(out) > empty {
			out = append(out, ',')
		}
		fd := field(string(key))
		if seen != nil {
			seen[fd] = true
		}
		out = append(out, raw[start:at]...)
		out = r.field(out, raw[at:s.i], fd)
	}
	if m != nil && r.onObject != nil {
		out = r.onObject(out, m, func(fd protoreflect.FieldDescriptor) bool { return seen[fd] })
	}
	return append(out, '}')
}

// array copies a list of messages.
func (r rewrite) array(out, raw []byte, m protoreflect.MessageDescriptor) []byte {
	s := scanner{b: raw, i: 1}
	out = append(out, '[')
	empty := len(out)
	for more := !s.closed(']'); more; more, _ = s.next(']') {
		start := s.i
		if s.value(0) != nil { // the scanner has accepted it before
			break
		}
		if len(out) > empty {
			out = append(out, ',')
		}
		out = r.message(out, raw[start:s.i], m)
	}
	return append(out, ']')
}
