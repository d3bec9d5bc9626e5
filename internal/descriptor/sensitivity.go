package descriptor

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// Sensitive reports whether a field is about a person or a secret: its value may
// not be seen in a log, an error, a header or on a terminal. What the field
// holds is sensitive with it, however deeply.
func Sensitive(fd protoreflect.FieldDescriptor) bool {
	switch Field(fd).GetSensitivity() {
	case eventcontractsv1.Sensitivity_SENSITIVITY_PERSONAL, eventcontractsv1.Sensitivity_SENSITIVITY_SECRET:
		return true
	default: // public, internal, and a field that says nothing, which is internal
		return false
	}
}

// Any is the message that holds one of any type.
const Any protoreflect.FullName = "google.protobuf.Any"

// ReachesSensitive reports whether a message has, or may have, a sensitive field at any
// depth. It may have one if what it holds is not known from its descriptor: an Any
// holds any message, and a message with extensions any field.
func ReachesSensitive(m protoreflect.MessageDescriptor) bool {
	for part := range Messages(m) {
		if part.FullName() == Any || part.ExtensionRanges().Len() > 0 {
			return true
		}
	}
	return Reaches(m, Sensitive)
}

// PassesSensitive reports whether a field at the end of a path such as
// "customer.id", or one on the way to it, is sensitive. A path that leads
// nowhere counts as far as it leads.
func PassesSensitive(m protoreflect.MessageDescriptor, path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		if m == nil {
			return false
		}
		fd := m.Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			return false
		}
		if Sensitive(fd) {
			return true
		}
		m = fd.Message()
	}
	return false
}
