package descriptor

import (
	"fmt"
	"hash"
	"hash/fnv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Shape is a digest of what code that is generated for m depends on: its fields with their
// names and types, the values of their enums, rules, defaults, and its options as an event.
// Messages in it have shapes of their own. It is the same for one contract however its
// descriptor was made.
func Shape(m protoreflect.MessageDescriptor) uint64 {
	h := fnv.New64a()
	e := Event(m)
	fmt.Fprintln(h, m.FullName(), m.ParentFile().Package(), m.ExtensionRanges().Len(), e.GetTopic(), e.GetKey(), e.GetUnkeyed(), WireType(m), e.GetRevision())
	writeRules(h, MessageRules(m))
	for i := range m.Oneofs().Len() {
		o := m.Oneofs().Get(i)
		fmt.Fprintln(h, o.Name(), o.IsSynthetic())
		writeRules(h, OneofRules(o))
	}
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		writeField(h, fd)
		if fd.IsMap() {
			writeField(h, fd.MapKey())
			writeField(h, fd.MapValue())
		}
	}
	return h.Sum64()
}

func writeField(h hash.Hash, fd protoreflect.FieldDescriptor) {
	fmt.Fprintln(h, fd.Number(), fd.TextName(), fd.JSONName(), fd.Kind(), fd.Cardinality(), fd.HasPresence(), fd.IsList(), fd.IsMap(), Field(fd).GetDefault(), HasDefault(fd))
	if o := fd.ContainingOneof(); o != nil {
		fmt.Fprintln(h, o.Name())
	}
	if m := fd.Message(); m != nil && !m.IsMapEntry() {
		fmt.Fprintln(h, m.FullName())
	}
	if e := fd.Enum(); e != nil {
		fmt.Fprintln(h, e.FullName(), e.IsClosed())
		for i := range e.Values().Len() {
			fmt.Fprintln(h, e.Values().Get(i).Name(), e.Values().Get(i).Number())
		}
	}
	writeRules(h, Rules(fd))
}

// writeRules adds rules but for those that somebody declared as extensions: whether these
// are known depends on who has made the descriptor, and no generated code checks them.
func writeRules(h hash.Hash, rules proto.Message) {
	if !rules.ProtoReflect().IsValid() {
		return
	}
	rules = proto.Clone(rules)
	standard := Standard(rules.ProtoReflect()) // that there are some counts: generated code leaves the field to the reference then
	raw, err := proto.MarshalOptions{Deterministic: true, AllowPartial: true}.Marshal(rules)
	fmt.Fprintf(h, "%x %v %t", raw, err, standard)
}

// Standard removes from rules those that protovalidate itself does not have, and reports
// whether there were none.
func Standard(rules protoreflect.Message) bool {
	all := len(rules.GetUnknown()) == 0
	rules.SetUnknown(nil)
	var set []protoreflect.FieldDescriptor
	rules.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		set = append(set, fd)
		return true
	})
	for _, fd := range set {
		switch {
		case fd.IsExtension():
			rules.Clear(fd)
			all = false
		case fd.Message() != nil && !fd.IsList() && !fd.IsMap():
			all = Standard(rules.Mutable(fd).Message()) && all
		}
	}
	return all
}
