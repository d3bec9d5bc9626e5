package compat

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Enums are written by the names of their values, of which a number's first one counts.

// enumValues finds names that one side's writers may write and the other side's readers do
// not know, or know as another number. How a constraint sees their numbers is left out
// elsewhere.
func (w walk) enumValues(before, after protoField, path fieldPath) {
	a, b := enumOf(before), enumOf(after)
	if a == nil || b == nil {
		return
	}
	f := Finding{Promise: Forward, Subject: path.subject(w.pair), Old: at(a), New: at(b)}
	if names, evidence := w.lacks(w.newWriter(), after, a, path); len(names) > 0 {
		f.Rule, f.Evidence = EnumValueAdded, evidence
		f.Breaks = fmt.Sprintf("%s may be %s, which a reader that is deployed does not know: it reads the field as unset, or refuses the record", path, strings.Join(names, " or "))
		f.Fix = "first add the value with a rule not_in for writers, and an accept without it for readers; drop both when every reader knows the value"
		w.add(f)
	}
	if names, evidence := w.lacks(w.oldWriter(), before, b, path); len(names) > 0 {
		f.Rule, f.Promise, f.Evidence = EnumValueRemoved, Backward, evidence
		f.Breaks = fmt.Sprintf("%s of a retained record may be %s, which today's reader does not know: it reads the field as unset, or refuses the record", path, strings.Join(names, " or "))
		f.Fix = "keep the value, with a rule not_in for writers and an accept without it for readers; delete it when no record that has it is retained"
		w.add(f)
	}
	var moved []string
	for i := range a.Values().Len() {
		was := a.Values().Get(i)
		if is := b.Values().ByName(was.Name()); is != nil && is.Number() != was.Number() {
			moved = append(moved, fmt.Sprintf("%s was %d and is %d", was.Name(), was.Number(), is.Number()))
		}
	}
	if len(moved) > 0 {
		f.Rule, f.Promise, f.Evidence = EnumValueRenumbered, Both, nil
		f.Breaks = fmt.Sprintf("of %s, %s: rules, code that is deployed and what was written in binary know values by their numbers", path, strings.Join(moved, ", "))
		f.Fix = "keep the numbers"
		w.add(f)
	}
}

// lacks are the names that writers of a field may write and that are not in the reader's
// enum, and an event with one.
func (w walk) lacks(writer side, fd protoField, reader protoreflect.EnumDescriptor, path fieldPath) (names []string, e *Evidence) {
	written := writer.set(fd, nil)
	values := enumOf(fd).Values()
	for i := range values.Len() {
		v := values.Get(i)
		if values.ByNumber(v.Number()) != v || !unreadable(reader)(v) || !written.MayHave(int64(v.Number())) {
			continue
		}
		names = append(names, string(v.Name()))
		if with := written.WithNumber(int64(v.Number())); e == nil && len(with) > 0 {
			e = w.evidence(Given{path, &with[0]})
		}
	}
	return names, e
}

// enumOf is the enum of a field, of a map that of its values.
func enumOf(fd protoField) protoreflect.EnumDescriptor {
	if fd.IsMap() {
		return fd.MapValue().Enum()
	}
	return fd.Enum()
}

// unreadable reports whether a reader with this enum does not know the name that
// writers write for a number: the first one of it.
func unreadable(reader protoreflect.EnumDescriptor) func(protoreflect.EnumValueDescriptor) bool {
	return func(v protoreflect.EnumValueDescriptor) bool {
		written := v.Parent().(protoreflect.EnumDescriptor).Values().ByNumber(v.Number())
		return reader.Values().ByName(written.Name()) == nil
	}
}
