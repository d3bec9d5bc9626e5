package event

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Payload JSON has proto field names and default values. Readers ignore
// unknown fields; an enum name that they do not know reads as unset.
var (
	marshal   = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}
	unmarshal = protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth}
)

// decode reads the payload of w as a message of c.
func (w wire) decode(c *Contract) (proto.Message, error) {
	raw := w.payload
	if w.format == FormatFlat {
		raw = w.flatPayload(c)
	}
	if len(raw) == 0 {
		return nil, errors.New("there is no payload")
	}
	msg := c.new()
	if err := unmarshal.Unmarshal(raw, msg); err != nil {
		// Not wrapped: the text of protojson's errors quotes the payload.
		return nil, errors.New("the payload is not the JSON of " + string(c.Descriptor.FullName()))
	}
	c.setDefaults(msg.ProtoReflect())
	return msg, nil
}

// flatPayload is the object without the metadata, times made RFC 3339.
func (w wire) flatPayload(c *Contract) []byte {
	out := []byte{'{'}
	for _, m := range w.members {
		if slices.Contains(reserved, m.key) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = appendText(out, m.key)
		out = append(out, ':')
		if c.times {
			out = appendZoned(out, m.value, fieldOf(c.Descriptor, m.key))
		} else {
			out = append(out, m.value...)
		}
	}
	return append(out, '}')
}

func fieldOf(m protoreflect.MessageDescriptor, key string) protoreflect.FieldDescriptor {
	if fd := m.Fields().ByName(protoreflect.Name(key)); fd != nil {
		return fd
	}
	return m.Fields().ByJSONName(key)
}

// appendZoned copies the JSON value of fd and gives times without a zone one,
// however deeply they are nested.
func appendZoned(out, raw []byte, fd protoreflect.FieldDescriptor) []byte {
	switch {
	case fd == nil || fd.Message() == nil:
		return append(out, raw...)
	case fd.IsMap() && raw[0] == '{':
		return eachMember(out, raw, func(string) protoreflect.FieldDescriptor { return fd.MapValue() })
	case fd.IsList() && raw[0] == '[':
		return eachElement(out, raw, fd)
	default:
		return appendZonedMessage(out, raw, fd.Message())
	}
}

func appendZonedMessage(out, raw []byte, m protoreflect.MessageDescriptor) []byte {
	switch {
	case m.FullName() == "google.protobuf.Timestamp":
		if s, err := text(raw); err == nil {
			return appendText(out, zoned(s))
		}
	case raw[0] == '{' && m.ParentFile().Package() != "google.protobuf":
		return eachMember(out, raw, func(key string) protoreflect.FieldDescriptor { return fieldOf(m, key) })
	}
	return append(out, raw...)
}

func eachMember(out, raw []byte, field func(string) protoreflect.FieldDescriptor) []byte {
	s := scanner{b: raw, i: 1}
	out = append(out, '{')
	first := true
	_ = s.list('}', func() error { // the scanner has accepted it before
		key, err := s.key()
		if err != nil {
			return err
		}
		start := s.i
		if err := s.value(0); err != nil {
			return err
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendText(out, key), ':')
		out = appendZoned(out, raw[start:s.i], field(key))
		return nil
	})
	return append(out, '}')
}

func eachElement(out, raw []byte, fd protoreflect.FieldDescriptor) []byte {
	s := scanner{b: raw, i: 1}
	out = append(out, '[')
	first := true
	_ = s.list(']', func() error { // the scanner has accepted it before
		s.space()
		start := s.i
		if err := s.value(0); err != nil {
			return err
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = appendZonedMessage(out, raw[start:s.i], fd.Message())
		return nil
	})
	return append(out, ']')
}

// hasTimes reports whether a Timestamp may be somewhere in m.
func hasTimes(m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if m.FullName() == "google.protobuf.Timestamp" {
		return true
	}
	if seen[m.FullName()] {
		return false
	}
	seen[m.FullName()] = true
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if fd.IsMap() {
			fd = fd.MapValue()
		}
		if fd.Message() != nil && hasTimes(fd.Message(), seen) {
			return true
		}
	}
	return false
}
