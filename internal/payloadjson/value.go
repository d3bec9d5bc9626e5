package payloadjson

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// ValueAt is what a message has at a path, as that of a broken rule (lines[2].sku): in the
// words of a person, and short. It is empty where nothing is, or nothing simple; for a value
// in a map, whose key paths do not tell; and for a contract with a personal or secret field.
func ValueAt(m protoreflect.Message, path string) string {
	if hides(m.Descriptor()) {
		return ""
	}
	steps := strings.Split(path, ".")
	for i, step := range steps {
		name, index, indexed := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		fd := m.Descriptor().Fields().ByTextName(name)
		if fd == nil {
			fd = m.Descriptor().Fields().ByName(protoreflect.Name(name))
		}
		if fd == nil || fd.HasPresence() && !m.Has(fd) {
			return ""
		}
		v := m.Get(fd)
		last := i == len(steps)-1
		switch {
		case indexed:
			n, err := strconv.Atoi(index)
			if err != nil || !fd.IsList() || n < 0 || n >= v.List().Len() {
				return ""
			}
			v = v.List().Get(n)
		case fd.IsList() && last:
			return fmt.Sprintf("a list of %d", v.List().Len())
		case fd.IsMap() && last:
			return fmt.Sprintf("a map of %d", v.Map().Len())
		case fd.IsList() || fd.IsMap():
			return ""
		}
		if fd.Message() == nil {
			return scalar(fd, v)
		}
		if last {
			return ""
		}
		m = v.Message()
	}
	return ""
}

func scalar(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.StringKind:
		text := short([]byte(strconv.Quote(v.String())))
		if n := len([]rune(v.String())); strings.HasSuffix(text, "…") {
			return fmt.Sprintf("%s, of %d characters", text, n)
		}
		return text
	case protoreflect.BytesKind:
		return fmt.Sprintf("%d bytes", len(v.Bytes()))
	case protoreflect.EnumKind:
		if value := fd.Enum().Values().ByNumber(v.Enum()); value != nil {
			return string(value.Name())
		}
		return strconv.Itoa(int(v.Enum()))
	}
	return v.String()
}
