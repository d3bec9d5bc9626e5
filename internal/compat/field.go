package compat

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

type protoField = protoreflect.FieldDescriptor

// fieldPath leads from an event to a field.
type fieldPath []protoreflect.Name

func (p fieldPath) then(n protoreflect.Name) fieldPath { return append(slices.Clone(p), n) }

func (p fieldPath) String() string {
	var names []string
	for _, n := range p {
		names = append(names, string(n))
	}
	return strings.Join(names, ".")
}

// subject is what waivers name a field by: of a field of a message that several events
// share, each event has one.
func (p fieldPath) subject(e pair) string {
	return string(e.after.message.FullName()) + "." + p.String()
}

// walk goes through the messages of one event in both states. A message that is in it
// several times is compared once, at its first place.
type walk struct {
	pair
	seen map[walked]bool
	free freedom
}

// freedom are the sides on which protovalidate does not look into the message, since the
// field that holds it says ignore: as writers of the old and the new state, and as their
// readers, who may have other rules. zero is of writers: it does not look at the message
// where nothing is set in it.
type freedom struct{ writes, reads, zero [2]bool }

type walked struct {
	old, new protoreflect.FullName
	free     freedom
}

// side is one side of a way: a state, as what it is asked, and whether it looks at the
// message at all.
type side struct {
	*State
	reads bool
	free  bool
	zero  bool
}

// rules are those of a field: of readers its accept, where it is given.
func (s side) rules(fd protoField) *validate.FieldRules {
	if s.reads {
		return descriptor.ReaderRules(fd)
	}
	return descriptor.Rules(fd)
}

// judged is the field whose rules protovalidate is asked about.
func (s side) judged(fd protoField) protoField {
	if !s.reads || s.readers == s.files {
		return fd
	}
	d, err := s.readers.FindDescriptorByName(fd.FullName())
	if wide, ok := d.(protoField); err == nil && ok {
		return wide
	}
	return fd
}

// accepts reports whether a field accepts a value, or its absence.
func (s side) accepts(fd protoField, v *valueset.Value) bool {
	if v == nil && mustBeSet(fd) {
		return false
	}
	return s.free || s.zero && (v == nil || v.IsZero()) || s.judge.field(s.judged(fd), v) == accepted
}

// refuses is not the opposite: rules that do not compile neither accept nor refuse.
func (s side) refuses(fd protoField, v *valueset.Value) bool {
	return v == nil && mustBeSet(fd) || !s.free && s.judge.field(s.judged(fd), v) == refused
}

// mustBeSet reports whether a message without the field is not read at all: protobuf's own
// "required" of proto2, which an edition calls LEGACY_REQUIRED.
func mustBeSet(fd protoField) bool { return fd.Cardinality() == protoreflect.Required }

func (w walk) oldWriter() side { return side{w.old, false, w.free.writes[0], w.free.zero[0]} }
func (w walk) newWriter() side { return side{w.new, false, w.free.writes[1], w.free.zero[1]} }
func (w walk) oldReader() side { return side{w.old, true, w.free.reads[0], false} }
func (w walk) newReader() side { return side{w.new, true, w.free.reads[1], false} }

func (w walk) message(old, new protoreflect.MessageDescriptor, path fieldPath) {
	key := walked{old.FullName(), new.FullName(), w.free}
	// Messages that protobuf brings along have a JSON of their own, and never change.
	if w.seen[key] || old.FullName() == new.FullName() && old.ParentFile().Package() == "google.protobuf" {
		return
	}
	w.seen[key] = true
	w.messageRules(old, new, path)
	for i := range old.Fields().Len() {
		before := old.Fields().Get(i)
		// Payloads are JSON with the names of fields: a name is what a field is known by.
		after := new.Fields().ByName(before.Name())
		if after == nil {
			w.deleted(before, new, path.then(before.Name()))
			continue
		}
		w.field(before, after, path.then(before.Name()))
	}
	for i := range new.Fields().Len() {
		if after := new.Fields().Get(i); old.Fields().ByName(after.Name()) == nil {
			w.addedField(old, after, path.then(after.Name()))
		}
	}
	w.names(old, new, path)
	w.reservations(old, new, path)
	w.exclusive(old, new, path)
}

func (w walk) field(before, after protoField, path fieldPath) {
	w.sensitivity(before, after, path)
	if before.Number() != after.Number() {
		w.add(Finding{
			Rule: FieldRenumbered, Promise: Both, Subject: path.subject(w.pair), Old: at(before), New: at(after),
			Breaks: fmt.Sprintf("%s was field %d and is %d: what was written in binary is not read any more", path, before.Number(), after.Number()),
			Fix:    fmt.Sprintf("keep the number %d", before.Number()),
		})
	}
	w.joined(before.ContainingMessage(), after, path)
	w.left(before, after, after.ContainingMessage(), path)
	if w.retyped(before, after, path) {
		return // of values of two types nothing can be compared
	}
	w.presence(before, after, path)
	w.defaults(before, after, path)
	w.enumValues(before, after, path)
	for _, way := range w.ways() {
		w.absence(way, before, after, path)
		w.values(way, before, after, path)
	}
	a, b := descriptor.Part(before), descriptor.Part(after)
	if a == nil || b == nil {
		return
	}
	fields := [2]protoField{before, after}
	for i, way := range w.ways() { // the old writer and the new reader, then the others
		from, to := i, 1-i
		writer, reader := fields[from], fields[to]
		writes, reads := way.writer.rules(writer), way.reader.rules(reader)
		w.free.writes[from] = w.free.writes[from] || unseen(writer, writes)
		// Of a message that a reader does not look at the writer's may be any. That it
		// does not look at those with nothing set says nothing of the others.
		// Nor is what a writer leaves empty empty for a reader that tells zero from unset.
		w.free.zero[from] = zeroUnseen(writer, writes) && (!zeroUnseen(reader, reads) || fills(descriptor.Part(writer), descriptor.Part(reader)))
		w.free.reads[to] = w.free.reads[to] || unseen(reader, reads)
	}
	w.message(a, b, path)
}

// inner are the rules of the messages that a field holds.
func inner(fd protoField, rules *validate.FieldRules) *validate.FieldRules {
	switch {
	case fd.IsMap():
		return rules.GetMap().GetValues()
	case fd.IsList():
		return rules.GetRepeated().GetItems()
	default:
		return rules
	}
}

// unseen reports whether the rules inside the messages of a field are not looked at.
func unseen(fd protoField, rules *validate.FieldRules) bool {
	return rules.GetIgnore() == validate.Ignore_IGNORE_ALWAYS || inner(fd, rules).GetIgnore() == validate.Ignore_IGNORE_ALWAYS
}

// zeroUnseen reports whether they are not looked at in a message with nothing set: in a
// list or map.
func zeroUnseen(fd protoField, rules *validate.FieldRules) bool {
	return (fd.IsList() || fd.IsMap()) && inner(fd, rules).GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE
}

// mayLack reports whether writers of a state may leave a field out of a record. What has
// a default is always written.
func (s side) mayLack(fd protoField) bool {
	return fd.HasPresence() && !descriptor.HasDefault(fd) && s.accepts(fd, nil)
}

// absence compares whether a record may be without the field.
func (w walk) absence(way way, before, after protoField, path fieldPath) {
	writer, reader := sides(way, before, after)
	lacks := way.writer.mayLack(writer)
	// A rule that requires it is not asked about an element with nothing set, where ignore
	// says so; protobuf's own "required" is.
	if len(path) > 1 && mustBeSet(reader) && !mustBeSet(writer) {
		lacks = lacks || writer.HasPresence() && !descriptor.HasDefault(writer)
	}
	if lacks && !descriptor.HasDefault(reader) && way.reader.refuses(reader, nil) {
		w.required(way, before, after, path, "without "+path.String())
	}
}

// required reports that records without a field are refused; before or after may be nil.
func (w walk) required(way way, before, after protoField, path fieldPath, without string) {
	w.requiredBy(way, before, after, path, without, w.evidence(Given{path, nil}))
}

func (w walk) requiredBy(way way, before, after protoField, path fieldPath, without string, e *Evidence) {
	f := Finding{Promise: way.promise, Subject: path.subject(w.pair), Evidence: e}
	if before != nil {
		f.Old = at(before)
	}
	if after != nil {
		f.New = at(after)
	}
	f.Breaks = way.refusal(without)
	if way.forward {
		f.Rule = RequiredRemoved
		f.Fix = "first let readers do without it, by an accept that does not require it; or make the change in the next major"
	} else {
		f.Rule = RequiredAdded
		f.Fix = "make the field optional, give it a default, or require it in the next major"
	}
	w.add(f)
}

func (w walk) addedField(old protoreflect.MessageDescriptor, after protoField, path fieldPath) {
	if !descriptor.HasDefault(after) && w.newReader().refuses(after, nil) {
		w.required(way{promise: Backward}, nil, after, path, "without "+path.String()+", which is new")
	}
	w.joined(old, after, path)
}

// deleted judges a field that is gone. Today's readers ignore what old records have of it.
func (w walk) deleted(before protoField, new protoreflect.MessageDescriptor, path fieldPath) {
	if !descriptor.HasDefault(before) && w.oldReader().refuses(before, nil) {
		w.required(way{promise: Forward, forward: true}, before, nil, path, "without "+path.String()+", which is deleted,")
	}
	w.left(before, nil, new, path)
	if taken := new.Fields().ByNumber(before.Number()); taken != nil && before.ContainingMessage().Fields().ByName(taken.Name()) == nil {
		w.add(Finding{
			Rule: FieldReused, Promise: Both, Subject: path.subject(w.pair), Old: at(before), New: at(taken),
			Breaks: fmt.Sprintf("field %d was renamed from %q to %q: what was written under the old name is not read any more, and in binary the one is read as the other", before.Number(), before.Name(), taken.Name()),
			Fix:    fmt.Sprintf("keep the name, or give %s a number of its own and write reserved %d; and reserved %q;", taken.Name(), before.Number(), before.Name()),
		})
		return
	}
	w.unreserved(before, new, path)
}

// presence compares whether an absent value can be told from zero.
func (w walk) presence(before, after protoField, path fieldPath) {
	if before.HasPresence() == after.HasPresence() || before.Message() != nil {
		return
	}
	for _, way := range w.ways() {
		writer, reader := sides(way, before, after)
		if reader.HasPresence() || !way.writer.mayLack(writer) {
			continue // zero is written as zero
		}
		by := map[bool]string{false: "an old record without %s is read as zero by today's reader", true: "a new record without %s is read as zero by a reader that is deployed"}[way.forward]
		w.add(Finding{
			Rule: PresenceChanged, Promise: way.promise, Subject: path.subject(w.pair), Old: at(before), New: at(after),
			Breaks:   fmt.Sprintf(by, path) + ", which cannot tell it from a zero that was meant",
			Fix:      "keep optional as it is, or make the change in the next major",
			Evidence: w.evidence(Given{path, nil}),
		})
	}
}

// defaults compares what a record without the field means.
func (w walk) defaults(before, after protoField, path fieldPath) {
	w.unset(before, after, path)
	a, b := descriptor.Field(before), descriptor.Field(after)
	had, has := descriptor.HasDefault(before), descriptor.HasDefault(after)
	if !had && !has || had && has && a.GetDefault() == b.GetDefault() {
		return
	}
	if had && w.newWriter().mayLack(after) {
		w.add(Finding{
			Rule: DefaultChanged, Promise: Forward, Subject: path.subject(w.pair), Old: at(before), New: at(after),
			Breaks:   fmt.Sprintf("a new record without %s has no value for it, and a reader that is deployed reads %q", path, a.GetDefault()),
			Fix:      "keep the default, or add a field without one",
			Evidence: w.evidence(Given{path, nil}),
		})
	}
	if !w.oldWriter().accepts(before, nil) {
		return
	}
	was, is := "absent", "absent"
	if had {
		was = fmt.Sprintf("%q", a.GetDefault())
	}
	if has {
		is = fmt.Sprintf("%q", b.GetDefault())
	}
	w.add(Finding{
		Rule: DefaultChanged, Promise: Backward, Subject: path.subject(w.pair), Old: at(before), New: at(after),
		Breaks:   fmt.Sprintf("a retained record without %s meant %s and means %s now", path, was, is),
		Fix:      "keep the default, or add a field with the other one",
		Evidence: w.evidence(Given{path, nil}),
	})
}

// rank orders who may see a field: the more people, the lower.
func rank(fd protoField) int {
	switch descriptor.Field(fd).GetSensitivity() {
	case eventcontractsv1.Sensitivity_SENSITIVITY_PUBLIC:
		return 0
	case eventcontractsv1.Sensitivity_SENSITIVITY_PERSONAL:
		return 2
	case eventcontractsv1.Sensitivity_SENSITIVITY_SECRET:
		return 3
	default:
		return 1
	}
}

func level(fd protoField) string {
	return []string{"public", "internal", "personal", "secret"}[rank(fd)]
}
