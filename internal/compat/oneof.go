package compat

import (
	"fmt"
	"slices"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// oneofOf is the oneof of which a field is a member; nil for a field of its own. What
// "optional" makes of a single field is none.
func oneofOf(fd protoField) protoreflect.OneofDescriptor {
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		return o
	}
	return nil
}

// counterpart is what a message of the other state has in place of a oneof: the one of its
// name, else one that has a member of it; nil if there is none.
func counterpart(m protoreflect.MessageDescriptor, o protoreflect.OneofDescriptor) protoreflect.OneofDescriptor {
	if same := m.Oneofs().ByName(o.Name()); same != nil && !same.IsSynthetic() {
		return same
	}
	for i := range o.Fields().Len() {
		if fd := m.Fields().ByName(o.Fields().Get(i).Name()); fd != nil && oneofOf(fd) != nil {
			return oneofOf(fd)
		}
	}
	return nil
}

// joined judges a member of a oneof that was none of its members before.
func (w walk) joined(old protoreflect.MessageDescriptor, after protoField, path fieldPath) {
	o := oneofOf(after)
	if o == nil {
		return
	}
	was := counterpart(old, o)
	if was == nil || was.Fields().ByName(after.Name()) != nil {
		return
	}
	evidence, never := w.member(w.newWriter(), after, path)
	if never {
		return
	}
	w.add(Finding{
		Rule: OneofMemberAdded, Promise: Forward, Subject: path.subject(w.pair), Old: at(was), New: at(after),
		Breaks:   fmt.Sprintf("%s is new in the oneof %s: a reader that is deployed sees nothing set", path, o.Name()),
		Fix:      "add a field of its own beside the oneof, or make the change in the next major",
		Evidence: evidence,
	})
}

// exclusive finds fields of which a record may have two, and of which the reader takes
// one: JSON with two members of a oneof is refused.
func (w walk) exclusive(old, new protoreflect.MessageDescriptor, path fieldPath) {
	for _, way := range w.ways() {
		writer, reader := sides(way, old, new)
		for i := range reader.Oneofs().Len() {
			o := reader.Oneofs().Get(i)
			if o.IsSynthetic() {
				continue
			}
			x, y, evidence := w.two(way, writer, o, path)
			if x == nil {
				continue
			}
			f := Finding{Rule: OneofChanged, Promise: way.promise, Subject: path.then(o.Name()).subject(w.pair), Old: at(y), New: at(o), Evidence: evidence}
			if way.forward {
				f.Old, f.New = at(o), at(y)
			}
			f.Breaks = way.refusal(fmt.Sprintf("with both %s and %s", path.then(x.Name()), path.then(y.Name()))) + fmt.Sprintf(", in which the oneof %s has one of them", o.Name())
			f.Fix = "leave fields where they are: beside the oneof, or in it"
			w.add(f)
		}
	}
}

// two are members of a reader's oneof that a record of the writer's may have at once; nil
// if it has none.
func (w walk) two(way way, writer protoreflect.MessageDescriptor, o protoreflect.OneofDescriptor, path fieldPath) (x, y protoField, e *Evidence) {
	for i := range o.Fields().Len() {
		for j := range i {
			x, y := writer.Fields().ByName(o.Fields().Get(j).Name()), writer.Fields().ByName(o.Fields().Get(i).Name())
			if x == nil || y == nil || oneofOf(x) != nil && oneofOf(x) == oneofOf(y) || !way.writer.free && eitherOr(writer, x, y) {
				continue
			}
			a, never := w.member(way.writer, x, path.then(x.Name()))
			b, neverToo := w.member(way.writer, y, path.then(y.Name()))
			if never || neverToo {
				continue
			}
			if a != nil && b != nil {
				e = w.evidence(append(a.Given, b.Given...)...)
			}
			return x, y, e
		}
	}
	return nil, nil, nil
}

// alwaysHas reports whether each record of the writer's has a member of a reader's oneof:
// a field of its own that is always written, as one without presence is.
func alwaysHas(writer side, m protoreflect.MessageDescriptor, o protoreflect.OneofDescriptor) bool {
	for i := range o.Fields().Len() {
		fd := m.Fields().ByName(o.Fields().Get(i).Name())
		if fd != nil && oneofOf(fd) == nil && !fd.IsList() && !fd.IsMap() && !writer.mayLack(fd) {
			return true
		}
	}
	return false
}

// eitherOr reports whether rules of a message keep two fields from being set at once. A
// field without presence is always in a record.
func eitherOr(m protoreflect.MessageDescriptor, x, y protoField) bool {
	return x.HasPresence() && y.HasPresence() && slices.ContainsFunc(descriptor.MessageRules(m).GetOneof(), func(r *validate.MessageOneofRule) bool {
		return slices.Contains(r.GetFields(), string(x.Name())) && slices.Contains(r.GetFields(), string(y.Name()))
	})
}

// member is an event with a field set, if there is one to a value that is not zero; never
// says that its rules accept no value.
func (w walk) member(writer side, fd protoField, path fieldPath) (e *Evidence, never bool) {
	set := writer.set(fd, nil)
	for _, v := range set.Some() {
		if writer.accepts(fd, &v) && (e == nil || !v.IsZero()) {
			e = w.evidence(Given{path, &v})
			if !v.IsZero() {
				return e, false
			}
		}
	}
	return e, e == nil && set.Empty()
}

// left judges a field that was a member of a oneof and is gone, or is beside it: records
// that have it, and so none of the others, have nothing set in the oneof for today's
// reader, which may require a member. after is nil if it is gone.
func (w walk) left(before, after protoField, new protoreflect.MessageDescriptor, path fieldPath) {
	was := oneofOf(before)
	if was == nil || w.free.reads[1] {
		return
	}
	is := counterpart(new, was)
	if is == nil || !descriptor.OneofRules(is).GetRequired() || is.Fields().ByName(before.Name()) != nil {
		return
	}
	evidence, never := w.member(w.oldWriter(), before, path)
	if never {
		return
	}
	what := "which is deleted"
	if after != nil {
		what = "which is beside it now"
	}
	without := fmt.Sprintf("with %s, %s, and so without another member of the oneof %s", path, what, is.Name())
	w.requiredBy(way{promise: Backward}, before, after, path, without, evidence)
}
