package valueset

import (
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Value is a value of a field, apart from any descriptor: the fields of two states of
// a contract have two descriptors.
type Value struct {
	ordinal *big.Int // of an ordered type
	text    string   // of text, bytes, the type of an Any
	list    []Value  // elements, the values of a map, the paths of a mask
	keys    []Value  // of a map
}

// Put sets the field of m to the value.
func (v Value) Put(m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	switch {
	case fd.IsList():
		list := m.NewField(fd).List()
		for _, e := range v.list {
			list.Append(e.one(fd, list.NewElement))
		}
		m.Set(fd, protoreflect.ValueOfList(list))
	case fd.IsMap():
		entries := m.NewField(fd).Map()
		for i, k := range v.keys {
			entries.Set(k.one(fd.MapKey(), nil).MapKey(), v.list[i].one(fd.MapValue(), entries.NewValue))
		}
		m.Set(fd, protoreflect.ValueOfMap(entries))
	default:
		m.Set(fd, v.one(fd, func() protoreflect.Value { return m.NewField(fd) }))
	}
}

// one is the value as a single one of the field. fresh makes an empty message.
func (v Value) one(fd protoreflect.FieldDescriptor, fresh func() protoreflect.Value) protoreflect.Value {
	if inner := wrapped(fd); inner != nil {
		out := fresh()
		out.Message().Set(out.Message().Descriptor().Fields().ByName("value"), v.one(inner, nil))
		return out
	}
	if o := orderOf(fd); o != nil {
		n := v.ordinal
		if n == nil {
			n = new(big.Int)
		}
		return o.value(fresh, n)
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(v.text)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(v.text))
	}
	out := fresh()
	switch m := out.Message(); m.Descriptor().FullName() {
	case anyName:
		m.Set(m.Descriptor().Fields().ByName("type_url"), protoreflect.ValueOfString(v.text))
	case maskName:
		paths := m.Descriptor().Fields().ByName("paths")
		for _, p := range v.list {
			m.Mutable(paths).List().Append(protoreflect.ValueOfString(p.text))
		}
	}
	return out
}

const (
	anyName  = "google.protobuf.Any"
	maskName = "google.protobuf.FieldMask"
)

// wrapped is the field in a wrapper message such as Int32Value, which rules of the
// wrapped type are about; nil for any other field.
func wrapped(fd protoreflect.FieldDescriptor) protoreflect.FieldDescriptor {
	m := fd.Message()
	if m == nil || m.ParentFile().Path() != "google/protobuf/wrappers.proto" {
		return nil
	}
	return m.Fields().ByName("value")
}

// maxShown is how many characters of a text are shown: longer ones matter by their
// length.
const maxShown = 40

// Words are the value as a person would name it in "a record with title ...".
func (v Value) Words(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.IsList():
		if len(v.list) == 1 {
			return "[" + v.list[0].single(fd) + "]"
		}
		return "a list of " + quantity(fmt.Sprint(len(v.list)), "element")
	case fd.IsMap():
		if len(v.list) == 1 {
			return "{" + v.keys[0].single(fd.MapKey()) + ": " + v.list[0].single(fd.MapValue()) + "}"
		}
		return "a map of " + quantity(fmt.Sprint(len(v.list)), "pair")
	}
	return v.single(fd)
}

func (v Value) single(fd protoreflect.FieldDescriptor) string {
	if inner := wrapped(fd); inner != nil {
		return v.single(inner)
	}
	if o := orderOf(fd); o != nil {
		if v.ordinal == nil {
			return o.words(new(big.Int))
		}
		return o.words(v.ordinal)
	}
	switch {
	case fd.Kind() == protoreflect.StringKind:
		if n := utf8.RuneCountInString(v.text); n > maxShown {
			return "a text of " + quantity(fmt.Sprint(n), "character")
		}
		return fmt.Sprintf("%q", v.text)
	case fd.Kind() == protoreflect.BytesKind:
		if len(v.text) > maxShown || v.text == "" {
			return quantity(fmt.Sprint(len(v.text)), "byte")
		}
		return fmt.Sprintf("0x%x", v.text)
	case fd.Message().FullName() == anyName:
		return fmt.Sprintf("a message of type %q", v.text)
	case fd.Message().FullName() == maskName:
		var paths []string
		for _, p := range v.list {
			paths = append(paths, p.text)
		}
		return fmt.Sprintf("the paths %q", strings.Join(paths, ","))
	}
	return "an empty message"
}
