package compat

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Declaration is a digest of what a state says of a finding's subject: who accepts a
// finding accepts it of this, and not of whatever the subject says later. "" is what is
// not declared.
func (s *State) Declaration(rule, subject string) string {
	h := sha256.New()
	if !s.declare(h, rule, subject) {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

func (s *State) declare(h io.Writer, rule, subject string) bool {
	if name, isTopic := strings.CutPrefix(subject, "topic "); isTopic {
		t, ok := s.topics[name]
		if ok {
			_, _ = h.Write(encoded(t.options.ProtoReflect()))
		}
		return ok
	}
	switch d := s.subject(subject).(type) {
	case protoreflect.FieldDescriptor:
		fmt.Fprintf(h, "%s %s %s\n", d.TextName(), d.JSONName(), descriptor.TypeName(d))
		fmt.Fprintf(h, "%s %s\n", unsetMeans(d), descriptor.Field(d).GetSensitivity())
		s.digestField(h, d)
		if part := descriptor.Part(d); part != nil {
			s.declareMessage(h, part)
		}
	case protoreflect.MessageDescriptor:
		s.declareMessage(h, d)
		if rule == RevisionNotBumped || rule == RevisionDecreased {
			fmt.Fprintln(h, Digest(s, d))
		}
	case protoreflect.OneofDescriptor:
		s.declareMessage(h, d.Parent().(protoreflect.MessageDescriptor))
	case protoreflect.EnumValueDescriptor:
		declareEnum(h, d.Parent().(protoreflect.EnumDescriptor))
	case protoreflect.EnumDescriptor:
		declareEnum(h, d)
	default:
		return false
	}
	return true
}

// subject is the declaration that a subject names: by its full name, or as a path through
// the messages of an event.
func (s *State) subject(name string) protoreflect.Descriptor {
	if d, err := s.files.FindDescriptorByName(protoreflect.FullName(name)); err == nil {
		return d
	}
	for at := len(name); at > 0; at = strings.LastIndexByte(name[:at], '.') {
		d, err := s.files.FindDescriptorByName(protoreflect.FullName(name[:at]))
		m, ok := d.(protoreflect.MessageDescriptor)
		if err != nil || !ok {
			continue
		}
		var found protoreflect.Descriptor
		for step := range strings.SplitSeq(strings.TrimPrefix(name[at:], "."), ".") {
			if m == nil {
				return nil
			}
			switch fd, o := m.Fields().ByName(protoreflect.Name(step)), m.Oneofs().ByName(protoreflect.Name(step)); {
			case fd != nil:
				found, m = fd, descriptor.Part(fd)
			case o != nil:
				found, m = o, nil
			default:
				return nil
			}
		}
		return found
	}
	return nil
}

// Accepts reports whether the field that a subject names has rules for readers of its own.
func (s *State) Accepts(subject string) bool {
	fd, ok := s.subject(subject).(protoreflect.FieldDescriptor)
	return ok && descriptor.HasAccept(fd)
}

// Accepting reports whether any field has rules for readers of its own.
func (s *State) Accepting() bool { return s.readers != s.files }

// declareMessage writes what is about a message as a whole, and not about one field.
func (s *State) declareMessage(h io.Writer, m protoreflect.MessageDescriptor) {
	if descriptor.IsEvent(m) {
		o := descriptor.Event(m)
		fmt.Fprintf(h, "event %s %q %q %t %d %q %s\n", descriptor.WireType(m), o.GetTopic(), o.GetKey(), o.GetUnkeyed(), o.GetRevision(), o.GetDeprecated().GetSunset(), o.GetCompatibility())
	}
	fmt.Fprintf(h, "message %s\n", m.FullName())
	s.digestOption(h, "rules", descriptor.MessageRules(m).ProtoReflect())
	for i := range m.Oneofs().Len() {
		o := m.Oneofs().Get(i)
		if o.IsSynthetic() {
			continue
		}
		fmt.Fprintf(h, "oneof %s %t", o.Name(), descriptor.OneofRules(o).GetRequired())
		for j := range o.Fields().Len() {
			fmt.Fprintf(h, " %s", o.Fields().Get(j).Name())
		}
		fmt.Fprintln(h)
	}
	for i := range m.ReservedRanges().Len() {
		fmt.Fprintf(h, "reserved %v\n", m.ReservedRanges().Get(i))
	}
	for i := range m.ReservedNames().Len() {
		fmt.Fprintf(h, "reserved %q\n", m.ReservedNames().Get(i))
	}
}

func declareEnum(h io.Writer, e protoreflect.EnumDescriptor) {
	fmt.Fprintf(h, "enum %s %t\n", e.FullName(), e.IsClosed())
	for i := range e.Values().Len() {
		fmt.Fprintf(h, "value %d %s\n", e.Values().Get(i).Number(), e.Values().Get(i).Name())
	}
}
