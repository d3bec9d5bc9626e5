package compat

import (
	"fmt"
	"slices"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// messageRules compares what a message's own rules say, and those of its oneofs.
func (w walk) messageRules(old, new protoreflect.MessageDescriptor, path fieldPath) {
	for _, way := range w.ways() {
		if way.reader.free {
			continue
		}
		writer, reader := sides(way, old, new)
		changed := moved(old, new, map[protoreflect.FullName]bool{})
		own, ownOneofs := messageExpressions(writer), descriptor.MessageRules(writer).GetOneof()
		if way.writer.free || way.writer.zero {
			own, ownOneofs = nil, nil
		}
		for _, e := range messageExpressions(reader) {
			why := "an expression may say anything: it is known by its text"
			if slices.Contains(own, e) {
				switch {
				case changed && messageCompares(reader, e):
					why = "it compares whole messages, which have other fields on the other side"
				case rereads(e, old, new):
					why = "it asks about a field that may be set on one side and not on the other"
				default:
					continue
				}
			}
			w.messageGap(way, old, new, path, fmt.Sprintf("the expression %q", e), why)
		}
		for _, r := range descriptor.MessageRules(reader).GetOneof() {
			same := func(name string) bool {
				x, y := old.Fields().ByName(protoreflect.Name(name)), new.Fields().ByName(protoreflect.Name(name))
				return x != nil && y != nil && !setOtherwise(x, y)
			}
			kept := slices.ContainsFunc(ownOneofs, func(o *validate.MessageOneofRule) bool { return implies(o, r) })
			if !kept || slices.ContainsFunc(r.GetFields(), func(name string) bool { return !same(name) }) {
				w.messageGap(way, old, new, path, oneofWords(r), "no message was found that tells")
			}
		}
		w.oneofs(way, old, new, path)
	}
}

func messageExpressions(m protoreflect.MessageDescriptor) []string {
	out := slices.Clone(descriptor.MessageRules(m).GetCelExpression())
	for _, c := range descriptor.MessageRules(m).GetCel() {
		out = append(out, c.GetExpression())
	}
	return out
}

// implies reports whether whatever keeps one rule keeps the other: at most one of more
// fields is at most one of fewer; exactly one is so of the same fields alone.
func implies(a, b *validate.MessageOneofRule) bool {
	within := func(x, y []string) bool {
		return !slices.ContainsFunc(x, func(f string) bool { return !slices.Contains(y, f) })
	}
	if b.GetRequired() {
		return a.GetRequired() && within(a.GetFields(), b.GetFields()) && within(b.GetFields(), a.GetFields())
	}
	return within(b.GetFields(), a.GetFields())
}

func oneofWords(r *validate.MessageOneofRule) string {
	if r.GetRequired() {
		return "exactly one of " + strings.Join(r.GetFields(), ", ")
	}
	return "at most one of " + strings.Join(r.GetFields(), ", ")
}

// oneofs compares whether a oneof has to have a member.
func (w walk) oneofs(way way, old, new protoreflect.MessageDescriptor, path fieldPath) {
	writer, reader := sides(way, old, new)
	for i := range reader.Oneofs().Len() {
		o := reader.Oneofs().Get(i)
		if o.IsSynthetic() || !descriptor.OneofRules(o).GetRequired() {
			continue
		}
		if own := writer.Oneofs().ByName(o.Name()); own != nil && descriptor.OneofRules(own).GetRequired() && !way.writer.free && !way.writer.zero {
			continue // a member that is new is EVENT_ONEOF_MEMBER_ADDED
		}
		if alwaysHas(way.writer, writer, o) {
			continue
		}
		here := path.then(o.Name())
		var given []Given
		for i := range o.Fields().Len() {
			given = append(given, Given{path.then(o.Fields().Get(i).Name()), nil})
		}
		if own := writer.Oneofs().ByName(o.Name()); own != nil {
			for i := range own.Fields().Len() {
				given = append(given, Given{path.then(own.Fields().Get(i).Name()), nil})
			}
		}
		f := Finding{
			Rule: RequiredAdded, Promise: way.promise, Subject: here.subject(w.pair), Old: at(old), New: at(new), Evidence: w.evidence(given...),
			Breaks: way.refusal("without a member of " + here.String()),
			Fix:    "do not require the oneof, or make the change in the next major",
		}
		if way.forward {
			f.Rule = RequiredRemoved
			f.Fix = "keep it required until no reader that requires it is deployed, or make the change in the next major"
		}
		w.add(f)
	}
}

// messageGap reports a rule of a message that was not proved of the other side: with a
// message that shows it if one is found.
func (w walk) messageGap(way way, old, new protoreflect.MessageDescriptor, path fieldPath, wants, why string) {
	writer, reader := sides(way, old, new)
	subject, name := string(w.after.message.FullName()), "the event"
	if len(path) > 0 {
		subject, name = path.subject(w.pair), path.String()
	}
	f := Finding{Promise: way.promise, Subject: subject, Old: at(old), New: at(new)}
	if shown, given := w.refusedMessage(way, writer, reader, path); shown != "" {
		f.Rule, f.Fix = way.narrower()
		f.Evidence = w.evidence(given...)
		f.Breaks = fmt.Sprintf("%s: %s; %s", name, wants, way.refusal("with "+shown))
	} else {
		f.Rule, f.Fix = ConstraintUndecidable, "keep the rule; if you know that nothing is refused, waive this with the reason"
		f.Breaks = fmt.Sprintf("%s: %s; %s: %s", name, wants, way.doubt(), why)
	}
	w.add(f)
}

// refusedMessage is a message, in words, that the writer's side accepts as a whole and
// of which the reader's own rules refuse what fields are set.
func (w walk) refusedMessage(way way, writer, reader protoreflect.MessageDescriptor, path fieldPath) (string, []Given) {
	var given []Given
	fill := func(m protoreflect.Message, set func(protoField) bool) []string {
		var names []string
		given = nil
		for i := range writer.Fields().Len() {
			fd := writer.Fields().Get(i)
			into := m.Descriptor().Fields().ByName(fd.Name())
			if into == nil || !descriptor.SameType(fd, into) || !set(fd) {
				given = append(given, Given{path.then(fd.Name()), nil})
				continue
			}
			for _, v := range way.writer.set(fd, nil).Some() {
				probe := dynamicpb.NewMessage(writer)
				v.Put(probe, fd)
				if probe.Has(fd) && (way.writer.free || way.writer.judge.only(probe, fd) == accepted) {
					v.Put(m, into)
					given = append(given, Given{path.then(fd.Name()), &v})
					names = append(names, fmt.Sprintf("%s %s", fd.Name(), v.Words(fd)))
					break
				}
			}
		}
		return names
	}
	try := func(set func(protoField) bool) string {
		a, b := dynamicpb.NewMessage(writer), dynamicpb.NewMessage(reader)
		names := fill(a, set)
		fill(b, set)
		w.filled(way, b)
		written := way.writer.free || way.writer.judge.whole(a) == accepted || way.writer.zero && len(names) == 0
		if written && way.reader.judge.only(b, reader) == refused {
			if len(names) == 0 {
				return "nothing set"
			}
			return strings.Join(names, " and ")
		}
		return ""
	}
	// What has a default is always written.
	needed := func(fd protoField) bool { return !way.writer.accepts(fd, nil) || descriptor.HasDefault(fd) }
	tries := []func(protoField) bool{func(protoField) bool { return false }, needed, func(fd protoField) bool {
		return fd.ContainingOneof() == nil || fd.ContainingOneof().IsSynthetic() || fd.ContainingOneof().Fields().Get(0) == fd
	}}
	n := min(writer.Fields().Len(), 12)
	for i := range n {
		for j := i; j < n; j++ {
			x, y := writer.Fields().Get(i), writer.Fields().Get(j)
			tries = append(tries, func(fd protoField) bool { return fd == x || fd == y || needed(fd) })
		}
	}
	for _, t := range tries {
		if shown := try(t); shown != "" {
			return shown, given
		}
	}
	return "", nil
}

// filled sets what readers set: fields that have a default. To which value is not known
// here; some value of theirs will do for an expression that asks whether they are set.
func (w walk) filled(way way, m protoreflect.Message) {
	for i := range m.Descriptor().Fields().Len() {
		fd := m.Descriptor().Fields().Get(i)
		if !descriptor.HasDefault(fd) || m.Has(fd) {
			continue
		}
		for _, v := range way.reader.set(fd, nil).Some() {
			v.Put(m, fd)
			break
		}
	}
}
