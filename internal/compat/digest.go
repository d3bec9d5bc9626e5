package compat

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Digest is a hash of all that an event's version stands for: names, numbers, types,
// presence, rules, defaults, wire type, topic, key and format. Comments, owner and
// retention are not in it. It is the same on every machine.
func Digest(s *State, m protoreflect.MessageDescriptor) string {
	h := sha256.New()
	o := descriptor.Event(m)
	fmt.Fprintf(h, "event %s %q %q %t\n", descriptor.WireType(m), o.GetTopic(), o.GetKey(), o.GetUnkeyed())
	if t, ok := s.topics[o.GetTopic()]; ok {
		fmt.Fprintf(h, "format %d\n", formatOf(t.options))
	}
	var parts []protoreflect.MessageDescriptor
	for part := range descriptor.Messages(m) {
		if part.ParentFile().Package() != "google.protobuf" {
			parts = append(parts, part)
		}
	}
	slices.SortFunc(parts, func(a, b protoreflect.MessageDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	for _, part := range parts {
		s.digestMessage(h, part)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func (s *State) digestMessage(h io.Writer, m protoreflect.MessageDescriptor) {
	fmt.Fprintf(h, "message %s\n", m.FullName())
	s.digestOption(h, "rules", descriptor.MessageRules(m).ProtoReflect())
	for i := range m.Oneofs().Len() {
		if o := m.Oneofs().Get(i); !o.IsSynthetic() {
			fmt.Fprintf(h, "oneof %s %t\n", o.Name(), descriptor.OneofRules(o).GetRequired())
		}
	}
	fields := make([]protoField, m.Fields().Len())
	for i := range fields {
		fields[i] = m.Fields().Get(i)
	}
	slices.SortFunc(fields, func(a, b protoField) int { return int(a.Number()) - int(b.Number()) })
	for _, fd := range fields {
		s.digestField(h, fd)
	}
}

func (s *State) digestField(h io.Writer, fd protoField) {
	of := ""
	if fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic() {
		of = string(fd.ContainingOneof().Name())
	}
	fmt.Fprintf(h, "field %d %s %s %s %t %s\n", fd.Number(), fd.Name(), fd.Kind(), fd.Cardinality(), fd.HasPresence(), of)
	if d := descriptor.Field(fd); d != nil && d.Default != nil {
		fmt.Fprintf(h, "default %q\n", d.GetDefault())
	}
	s.digestOption(h, "accept", descriptor.Field(fd).GetAccept().ProtoReflect())
	s.digestOption(h, "rules", descriptor.Rules(fd).ProtoReflect())
	for _, part := range []protoField{fd, fd.MapKey(), fd.MapValue()} {
		switch {
		case part == nil:
		case part.Enum() != nil:
			values := part.Enum().Values()
			fmt.Fprintf(h, "enum %s\n", part.Enum().FullName())
			for i := range values.Len() {
				fmt.Fprintf(h, "value %d %s\n", values.Get(i).Number(), values.Get(i).Name())
			}
		case part.Message() != nil && !part.IsMap():
			fmt.Fprintf(h, "of %s\n", part.Message().FullName())
		default:
			fmt.Fprintf(h, "of %s\n", part.Kind())
		}
	}
}

// digestOption writes an option's values in the order of their numbers, those that no
// field is known for as they are.
func (s *State) digestOption(h io.Writer, name string, m protoreflect.Message) {
	if !m.IsValid() {
		return
	}
	fmt.Fprintf(h, "%s {\n", name)
	var set []protoField
	m.Range(func(fd protoField, _ protoreflect.Value) bool {
		set = append(set, fd)
		return true
	})
	slices.SortFunc(set, func(a, b protoField) int { return int(a.Number()) - int(b.Number()) })
	for _, fd := range set {
		v := m.Get(fd)
		one := func(v protoreflect.Value) {
			if fd.Message() != nil {
				s.digestOption(h, string(fd.Name()), v.Message())
				return
			}
			fmt.Fprintf(h, "%s %q\n", fd.Name(), v.String())
		}
		if !fd.IsList() {
			one(v)
			continue
		}
		for i := range v.List().Len() {
			one(v.List().Get(i))
		}
	}
	// Rules that contracts declare themselves stand here as bytes, with what they say.
	fmt.Fprintf(h, "%x %s}\n", []byte(m.GetUnknown()), s.declared(m))
}
