package event

import (
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

const timestampName = "google.protobuf.Timestamp"

// readDescriptor derives from the descriptor what every record would otherwise
// have to look up.
func (c *Contract) readDescriptor() {
	c.typ = typeOf(c.Descriptor)
	c.version = strconv.Itoa(c.Major) + "." + strconv.Itoa(c.Revision)
	c.sensitive = descriptor.ReachesSensitive(c.Descriptor)
	c.open = descriptor.Reaches(c.Descriptor, unbounded) || descriptor.Recursive(c.Descriptor)
	c.timed, c.absent = map[string]protoreflect.FieldDescriptor{}, map[string]bool{}
	fields := c.Descriptor.Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		part := descriptor.Part(fd)
		if part != nil && descriptor.ReachesType(part, timestampName) {
			c.timed[string(fd.Name())], c.timed[fd.JSONName()] = fd, fd
		}
		if nullable(fd) && string(fd.Name()) == fd.JSONName() { // else both names could be there, which protojson refuses
			c.absent[string(fd.Name())] = true
		}
		if nullable(fd) {
			c.nulls = append(c.nulls, null{fd, append(appendText([]byte{','}, string(fd.Name())), ":null"...)})
		}
		if part != nil && part.ParentFile().Package() != "google.protobuf" && descriptor.Reaches(part, nullable) {
			c.innerNulls = true
		}
	}
}

// null is an optional field and how its absence is written in the flat format.
type null struct {
	field protoreflect.FieldDescriptor
	text  []byte
}

// unbounded reports whether a field holds any number of messages.
func unbounded(fd protoreflect.FieldDescriptor) bool {
	return fd.IsMap() || fd.IsList() && fd.Message() != nil
}

// nullable reports whether the flat format writes null for the field when it is
// unset. For a google.protobuf.Value null is a value, and one of several
// members of a oneof is always unset.
func nullable(fd protoreflect.FieldDescriptor) bool {
	if !fd.HasPresence() || fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
		return false
	}
	if m := fd.Message(); m != nil && m.FullName() == "google.protobuf.Value" {
		return false
	}
	return fd.Enum() == nil || fd.Enum().FullName() != "google.protobuf.NullValue"
}
