package descriptor

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// WireType is an event's name on the wire: its (event).type, which defaults to the
// message's name.
func WireType(m protoreflect.MessageDescriptor) string {
	if t := Event(m).GetType(); t != "" {
		return t
	}
	return string(m.Name())
}

// Major is N of a package that ends in ".vN"; false if it does not. "v1beta1" is not
// one: its records would be read by whatever "v1" becomes.
func Major(pkg protoreflect.FullName) (int, bool) {
	last := string(pkg[strings.LastIndexByte(string(pkg), '.')+1:])
	digits, ok := strings.CutPrefix(last, "v")
	if !ok || digits == "" || digits[0] == '0' || len(digits) > 6 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), err == nil
}

// Events lists the events among messages and inside them.
func Events(ms protoreflect.MessageDescriptors) []protoreflect.MessageDescriptor {
	var out []protoreflect.MessageDescriptor
	for i := range ms.Len() {
		m := ms.Get(i)
		if IsEvent(m) {
			out = append(out, m)
		}
		out = append(out, Events(m.Messages())...)
	}
	return out
}
