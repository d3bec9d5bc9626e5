package event

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxScalar bounds the text of a value that is no string: no number, time or
// name of an enum value is longer.
const maxScalar = 1024

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

func holdsText(fd protoreflect.FieldDescriptor, m protoreflect.MessageDescriptor, element bool) bool {
	if m != nil {
		return m.ParentFile().Package() == "google.protobuf" && m.FullName() != timestampName && m.FullName() != "google.protobuf.Duration"
	}
	return (element || !fd.IsMap() && !fd.IsList()) && (fd.Kind() == protoreflect.StringKind || fd.Kind() == protoreflect.BytesKind)
}
