package event

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// A record comes from anywhere, and it is decoded before anything is known of
// it. What bounds its depth is in jsonscan.go, what bounds its members in
// object.go; here is what bounds the memory that a payload becomes.

// valuesLeast and bytesPerValue bound the JSON values of a payload that may
// hold any number of messages: each becomes up to 300 bytes of memory, however
// short it is, and a record may not cost more than four times its size and
// 1 MiB.
const (
	valuesLeast   = 3072
	bytesPerValue = 96
)

// maxHint bounds the memory that is taken for a record before its size is known,
// and is the size up to which the text of an error may be searched.
const maxHint = 64 << 10

// maxScalar bounds the text of a value that is not a string: no number, time or
// name of an enum value is longer.
const maxScalar = 1024

// checkValues refuses JSON that a message without a fixed shape would turn into
// far more memory. Its values are counted in size bytes of JSON.
func (c *codec) checkValues(values, size int) error {
	if most := valuesLeast + size/bytesPerValue; c.open && values > most {
		return fmt.Errorf("the payload has more than %d JSON values, the most for %d bytes: split the event", most, size)
	}
	return nil
}

// unbounded reports whether a field holds any number of messages.
func unbounded(fd protoreflect.FieldDescriptor) bool {
	return fd.IsMap() || fd.IsList() && fd.Message() != nil
}

// longScalar refuses a long text where the field can hold none: protojson would
// quote it several times over in its error. The value that follows in s, which
// a scanner has accepted, is a message m or the value of fd, or one element of it.
func longScalar(s *scanner, m protoreflect.MessageDescriptor, fd protoreflect.FieldDescriptor, element bool) error {
	s.space()
	switch start := s.i; s.b[s.i] {
	case '{':
		s.i++
		for more := !s.closed('}'); more; more, _ = s.next('}') {
			key, _ := s.key()
			inner := fd // of an object without a descriptor, or of a map
			switch {
			case fd != nil && fd.IsMap():
				inner = fd.MapValue()
			case m != nil:
				inner = fieldOf(m, string(key))
			}
			var part protoreflect.MessageDescriptor
			if inner != nil && !inner.IsMap() {
				part = inner.Message()
			}
			if err := longScalar(s, part, inner, fd != nil && fd.IsMap()); err != nil {
				return err
			}
		}
	case '[':
		s.i++
		for more := !s.closed(']'); more; more, _ = s.next(']') {
			if err := longScalar(s, m, fd, true); err != nil {
				return err
			}
		}
	default:
		_ = s.value(0)
		if s.i-start > maxScalar && fd != nil && !holdsText(fd, m, element) {
			return fmt.Errorf("field %s holds a text of more than %d characters", fd.Name(), maxScalar)
		}
	}
	return nil
}

// holdsText reports whether a field may hold a long text: a string, bytes, or a
// well-known type that stands for one, such as a Value or a StringValue.
func holdsText(fd protoreflect.FieldDescriptor, m protoreflect.MessageDescriptor, element bool) bool {
	if m != nil {
		return m.ParentFile().Package() == "google.protobuf" && m.FullName() != timestampName && m.FullName() != "google.protobuf.Duration"
	}
	return (element || !fd.IsMap() && !fd.IsList()) && (fd.Kind() == protoreflect.StringKind || fd.Kind() == protoreflect.BytesKind)
}
