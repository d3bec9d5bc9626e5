package compat

import (
	"fmt"
	"slices"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

// set is what a field's rules accept.
func (s side) set(fd protoField, skip func(protoreflect.EnumValueDescriptor) bool) *valueset.Set {
	rules := s.rules(fd)
	if s.free {
		rules = nil
	}
	return valueset.Of(valueset.Rules{Field: fd, Rules: rules, ZeroIsUnset: descriptor.InMessageOneof(fd), ZeroToo: s.zero, Types: s.judge.types, Unreadable: skip})
}

// values compares the values that one side writes with those that the other accepts.
func (w walk) values(way way, before, after protoField, path fieldPath) {
	writer, reader := sides(way, before, after)
	var skip func(protoreflect.EnumValueDescriptor) bool
	if e := enumOf(reader); e != nil {
		skip = unreadable(e) // EVENT_ENUM_VALUE_ADDED and _REMOVED are about these
	}
	written := way.writer.set(writer, skip)
	read := way.reader.set(reader, nil)
	gaps := written.Within(read)
	gaps = append(gaps, w.unstable(way, written, before, after, gaps)...)
	for _, g := range gaps {
		value, all := w.refused(way, writer, reader, g)
		if value == nil && all {
			continue // each of few values was asked about: none is refused
		}
		w.gap(way, before, after, path, g, value)
	}
}

// refused is a value of a gap that the writer's rules accept and the reader's refuse. It
// also says whether there can be no other.
func (w walk) refused(way way, writer, reader protoField, g valueset.Gap) (*valueset.Value, bool) {
	for _, v := range g.Values {
		if way.writer.accepts(writer, &v) && way.reader.refuses(reader, &v) {
			return &v, false
		}
	}
	return nil, g.All
}

// gap reports what is not proved, or is refuted by a value.
func (w walk) gap(way way, before, after protoField, path fieldPath, g valueset.Gap, value *valueset.Value) {
	writer, _ := sides(way, before, after)
	if value != nil && g.Rule == "required" {
		w.required(way, before, after, path, fmt.Sprintf("whose %s is %s", path, value.Words(writer)))
		return
	}
	f := Finding{Promise: way.promise, Subject: path.subject(w.pair), Old: at(before), New: at(after), Evidence: w.evidence(Given{path, value})}
	change := fmt.Sprintf("%s: %s", path, g.Wants)
	if g.Had != "" {
		change += fmt.Sprintf(" (%s: %s)", map[bool]string{false: "it was", true: "it is now"}[way.forward], g.Had)
	}
	switch {
	case value == nil:
		f.Rule, f.Evidence = ConstraintUndecidable, nil
		why := g.Why
		if why == "" {
			why = "no value was found that tells"
		}
		f.Breaks = fmt.Sprintf("%s [%s]; %s: %s", change, g.Rule, way.doubt(), why)
		f.Fix = "keep the rule; if you know that nothing is refused, waive this with the reason"
	default:
		f.Rule, f.Fix = way.narrower()
		f.Breaks = fmt.Sprintf("%s [%s]; %s", change, g.Rule, way.refusal(fmt.Sprintf("whose %s is %s", path, value.Words(writer))))
	}
	w.add(f)
}

// unstable are expressions that both sides have to the letter, and that may answer
// otherwise because the message that they are about is another one now.
func (w walk) unstable(way way, written *valueset.Set, before, after protoField, known []valueset.Gap) []valueset.Gap {
	a, b := descriptor.Part(before), descriptor.Part(after)
	if a == nil || b == nil {
		return nil
	}
	changed := moved(a, b, map[protoreflect.FullName]bool{})
	_, reader := sides(way, before, after)
	if way.reader.free {
		return nil
	}
	var out []valueset.Gap
	for _, e := range expressions(way.reader.rules(reader)) {
		g := valueset.Gap{Rule: "cel", Wants: fmt.Sprintf("the expression %q", e)}
		switch {
		case slices.ContainsFunc(known, func(g valueset.Gap) bool { return strings.Contains(g.Wants, e) }):
			continue
		case changed && comparesMessages(reader, e):
			g.Why = "it compares whole messages, which have other fields on the other side"
		case rereads(e, a, b):
			g.Why = "it asks about a field that may be set on one side and not on the other"
		default:
			continue
		}
		out = append(out, g)
	}
	return out
}

// expressions are those of a field's rules, and of what is in a list or map.
func expressions(r *validate.FieldRules) []string {
	if r == nil {
		return nil
	}
	out := slices.Clone(r.GetCelExpression())
	for _, c := range r.GetCel() {
		out = append(out, c.GetExpression())
	}
	out = append(out, expressions(r.GetRepeated().GetItems())...)
	return append(out, expressions(r.GetMap().GetValues())...)
}
