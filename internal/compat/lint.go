package compat

import (
	"fmt"
	"regexp"
	"slices"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Lint is what is wrong with the rules of one state, beyond what keeps a service from
// starting: that, the checker of package event says.
func Lint(s *State, off ...string) []Finding {
	c := &comparison{old: s, new: s, opts: Options{Off: off}}
	for _, e := range s.sortedEvents() {
		p := pair{c, e, e}
		seen := map[protoreflect.FullName]bool{}
		p.lint(e.message, nil, seen)
	}
	return sorted(c.findings)
}

func (p pair) lint(m protoreflect.MessageDescriptor, path fieldPath, seen map[protoreflect.FullName]bool) {
	if seen[m.FullName()] || m.ParentFile().Package() == "google.protobuf" {
		return
	}
	seen[m.FullName()] = true
	for _, e := range messageExpressions(m) {
		p.timeless(m, path, e)
	}
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		here := path.then(fd.Name())
		p.lintField(fd, here)
		if part := descriptor.Part(fd); part != nil {
			p.lint(part, here, seen)
		}
	}
}

func (p pair) lintField(fd protoField, path fieldPath) {
	add := func(rule, breaks, fix string) {
		p.report(Finding{Rule: rule, Promise: Itself, Event: p.after.typ, Version: p.after.version(), Subject: path.subject(p), New: at(fd), Breaks: breaks, Fix: fix})
	}
	rules := descriptor.Rules(fd)
	writers := side{State: p.new}.set(fd, nil)
	if part := writers.Contradiction(); part != "" {
		add(ConstraintContradiction, fmt.Sprintf("no %s can pass the rules of %s", part, path), "correct the rules: a bound below another, an empty range, or a value that another rule refuses")
	}
	// Zero and false are not told from "not set", so required refuses them.
	if rules.GetRequired() && !fd.HasPresence() && !fd.IsList() && !fd.IsMap() && numeric(fd.Kind()) {
		add(RequiredZero, fmt.Sprintf("%s is required, and has no presence: %s would be refused", path, map[bool]string{true: "false", false: "0"}[fd.Kind() == protoreflect.BoolKind]),
			"write optional before its type, so that only a value that is missing is refused")
	}
	accept := descriptor.Field(fd).GetAccept()
	for _, e := range append(allExpressions(p.new, rules), allExpressions(p.new, accept)...) {
		p.timeless(fd, path, e)
	}
	clocked := func(t *validate.TimestampRules) bool { return t.GetLtNow() || t.GetGtNow() || t.GetWithin() != nil }
	if clocked(rules.GetTimestamp()) || clocked(accept.GetTimestamp()) {
		add(TimeDependent, fmt.Sprintf("a rule of %s compares it with the time at which it is read: a record that is read again later may be refused", path), "check it in the producer, before the event is published")
	}
}

// Kinds of which zero is a value like any other. Of an enum it is UNSPECIFIED.
func numeric(k protoreflect.Kind) bool {
	return !slices.Contains([]protoreflect.Kind{protoreflect.StringKind, protoreflect.BytesKind, protoreflect.EnumKind, protoreflect.MessageKind, protoreflect.GroupKind}, k)
}

var asksForNow = regexp.MustCompile(`\bnow\b`)

func (p pair) timeless(d protoreflect.Descriptor, path fieldPath, expression string) {
	if !asksForNow.MatchString(expression) {
		return
	}
	f := Finding{Rule: TimeDependent, Promise: Itself, Event: p.after.typ, Version: p.after.version(), Subject: path.subject(p), New: at(d)}
	if len(path) == 0 {
		f.Subject = string(p.after.message.FullName())
	}
	f.Breaks = fmt.Sprintf("the expression %q asks for the time at which it is read: a record that is read again later may be refused", expression)
	f.Fix = "check it in the producer, before the event is published"
	p.report(f)
}

// allExpressions are those of a field's rules, with those of predefined rules.
func allExpressions(s *State, r *validate.FieldRules) []string {
	out := expressions(r)
	if r == nil {
		return out
	}
	m := r.ProtoReflect()
	if set := m.WhichOneof(m.Descriptor().Oneofs().ByName("type")); set != nil {
		out = append(out, s.declaredExpressions(m.Get(set).Message())...)
	}
	return out
}
