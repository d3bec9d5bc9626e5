package event

import (
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

const timestampName = "google.protobuf.Timestamp"

// readDescriptor derives from the descriptor what every record would otherwise
// have to look up.
func (c *Contract) readDescriptor() {
	c.typ = typeOf(c.Descriptor)
	c.version = strconv.Itoa(c.Major) + "." + strconv.Itoa(c.Revision)
	c.confidential = c.has(confidential)
	c.open = c.has(unbounded) || recursive(c.Descriptor, map[protoreflect.FullName]bool{})
	c.timed, c.absent = map[string]protoreflect.FieldDescriptor{}, map[string]bool{}
	fields := c.Descriptor.Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		part := partOf(fd)
		if part != nil && (part.FullName() == timestampName || reaches(part, isTime, map[protoreflect.FullName]bool{})) {
			c.timed[string(fd.Name())], c.timed[fd.JSONName()] = fd, fd
		}
		if nullable(fd) && string(fd.Name()) == fd.JSONName() { // else both names could be there, which protojson refuses
			c.absent[string(fd.Name())] = true
		}
		if nullable(fd) {
			c.nulls = append(c.nulls, null{fd, append(appendText([]byte{','}, string(fd.Name())), ":null"...)})
		}
		if part != nil && part.ParentFile().Package() != "google.protobuf" && reaches(part, nullable, map[protoreflect.FullName]bool{}) {
			c.innerNulls = true
		}
	}
}

// null is an optional field and how its absence is written in the flat format.
type null struct {
	field protoreflect.FieldDescriptor
	text  []byte
}

func (c *Contract) has(is func(protoreflect.FieldDescriptor) bool) bool {
	return reaches(c.Descriptor, is, map[protoreflect.FullName]bool{})
}

func isTime(fd protoreflect.FieldDescriptor) bool {
	part := partOf(fd)
	return part != nil && part.FullName() == timestampName
}

// unbounded reports whether a field holds any number of messages.
func unbounded(fd protoreflect.FieldDescriptor) bool {
	return fd.IsMap() || fd.IsList() && fd.Message() != nil
}

// recursive reports whether m, or a message in it, contains itself. around
// tells of each message whether it is one of those around m, or done.
func recursive(m protoreflect.MessageDescriptor, around map[protoreflect.FullName]bool) bool {
	if is, known := around[m.FullName()]; known {
		return is
	}
	around[m.FullName()] = true
	for i := range m.Fields().Len() {
		if part := partOf(m.Fields().Get(i)); part != nil && recursive(part, around) {
			return true
		}
	}
	around[m.FullName()] = false
	return false
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
