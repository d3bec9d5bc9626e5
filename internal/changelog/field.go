package changelog

import (
	"fmt"
	"slices"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

// walk goes through the messages of one event in both states, each at its first place.
type walk struct {
	old, new *compat.State
	seen     map[[2]protoreflect.FullName]bool
	lines    []Line
}

func (w *walk) add(path, format string, args ...any) {
	w.lines = append(w.lines, Line{path, fmt.Sprintf(format, args...)})
}

func (w *walk) message(was, now protoreflect.MessageDescriptor, path string) {
	key := [2]protoreflect.FullName{was.FullName(), now.FullName()}
	if w.seen[key] || now.ParentFile().Package() == "google.protobuf" {
		return
	}
	w.seen[key] = true
	w.demands(path, messageDemands(was), messageDemands(now))
	below := func(n protoreflect.Name) string { return strings.TrimPrefix(path+"."+string(n), ".") }
	for i := range now.Fields().Len() {
		fd := now.Fields().Get(i)
		before := was.Fields().ByName(fd.Name())
		if before == nil {
			w.added(fd, below(fd.Name()))
			continue
		}
		w.field(before, fd, below(fd.Name()))
	}
	for i := range was.Fields().Len() {
		if fd := was.Fields().Get(i); now.Fields().ByName(fd.Name()) == nil {
			w.add(below(fd.Name()), "removed")
		}
	}
}

func (w *walk) added(fd protoreflect.FieldDescriptor, path string) {
	words := []string{"new", typeOf(fd)}
	if p := presence(fd); p != "" {
		words = append(words, p)
	}
	if descriptor.HasDefault(fd) {
		words = append(words, fmt.Sprintf("%q by default", descriptor.Field(fd).GetDefault()))
	}
	for _, d := range fieldDemands(w.new, fd, descriptor.Rules(fd)) {
		words = append(words, d.Words)
	}
	w.add(path, "%s", strings.Join(words, ", "))
}

func (w *walk) field(was, now protoreflect.FieldDescriptor, path string) {
	if a, b := typeOf(was), typeOf(now); a != b {
		w.add(path, "%s, was %s", b, a)
	}
	if was.Number() != now.Number() {
		w.add(path, "field %d, was %d", now.Number(), was.Number())
	}
	if a, b := presence(was), presence(now); a != b {
		w.add(path, "%s, was %s", or(b, "always there"), or(a, "always there"))
	}
	switch a, b := descriptor.HasDefault(was), descriptor.HasDefault(now); {
	case b && (!a || descriptor.Field(was).GetDefault() != descriptor.Field(now).GetDefault()):
		text := fmt.Sprintf("%q by default", descriptor.Field(now).GetDefault())
		if a {
			text += fmt.Sprintf(", was %q", descriptor.Field(was).GetDefault())
		}
		w.add(path, "%s", text)
	case a && !b:
		w.add(path, "no longer %q by default", descriptor.Field(was).GetDefault())
	}
	if a, b := sensitivity(was), sensitivity(now); a != b {
		w.add(path, "%s, was %s", b, a)
	}
	w.demands(path, fieldDemands(w.old, was, descriptor.Rules(was)), fieldDemands(w.new, now, descriptor.Rules(now)))
	w.demands(path, readerDemands(w.old, was), readerDemands(w.new, now))
	w.rest(path, was, now)
	w.enum(enumOf(was), enumOf(now), path)
	if a, b := descriptor.Part(was), descriptor.Part(now); a != nil && b != nil {
		w.message(a, b, path)
	}
}

// demands compares rules by their names.
func (w *walk) demands(path string, was, now []valueset.Demand) {
	left := slices.Clone(was)
	for _, d := range now {
		if i := slices.Index(left, d); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		i := slices.IndexFunc(left, func(o valueset.Demand) bool { return o.Rule == d.Rule && !slices.Contains(now, o) })
		if i < 0 {
			w.add(path, "now %s", d.Words)
			continue
		}
		w.add(path, "%s, was %s", d.Words, differing(d.Words, left[i].Words))
		left = slices.Delete(left, i, i+1)
	}
	for _, d := range left {
		w.add(path, "no longer %s", d.Words)
	}
}

// differing is what a text has that another lacks: of "at most 500 characters" beside "at
// most 400 characters" the 500.
func differing(now, was string) string {
	a, b := strings.Fields(now), strings.Fields(was)
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	// A part of a list says nothing alone.
	if rest := b[start : len(b)-end]; len(rest) == 1 && len(a)-end-start == 1 && start > 0 && !strings.ContainsAny(was, `",`) {
		return rest[0]
	}
	return was
}

func fieldDemands(s *compat.State, fd protoreflect.FieldDescriptor, rules *validate.FieldRules) []valueset.Demand {
	return append(ignored(rules, ""), valueset.Of(valueset.Rules{Field: fd, Rules: rules, Types: s.Types()}).Demands()...)
}

// ignored is what rules are not asked about.
func ignored(r *validate.FieldRules, of string) []valueset.Demand {
	if r == nil {
		return nil
	}
	var out []valueset.Demand
	switch r.GetIgnore() {
	case validate.Ignore_IGNORE_ALWAYS:
		out = append(out, valueset.Demand{Rule: of + "ignore", Words: of + "anything, since its rules are ignored"})
	case validate.Ignore_IGNORE_IF_ZERO_VALUE:
		out = append(out, valueset.Demand{Rule: of + "ignore", Words: of + "also zero or empty, whatever its rules say"})
	}
	out = append(out, ignored(r.GetRepeated().GetItems(), "each element: ")...)
	out = append(out, ignored(r.GetMap().GetKeys(), "each key: ")...)
	return append(out, ignored(r.GetMap().GetValues(), "each value: ")...)
}

// rest tells that rules are others where no words were found for it.
func (w *walk) rest(path string, was, now protoreflect.FieldDescriptor) {
	a, b := descriptor.Rules(was), descriptor.Rules(now)
	if proto.Equal(a, b) || slices.ContainsFunc(w.lines, func(l Line) bool { return l.Field == path }) {
		return
	}
	w.add(path, "its rules are %s, were %s", written(b), written(a))
}

// written are rules in the text format, with one blank between two words: prototext
// varies them from build to build.
func written(r *validate.FieldRules) string {
	if r == nil {
		return "none"
	}
	return strings.Join(strings.Fields(prototext.MarshalOptions{}.Format(r)), " ")
}

// readerDemands are those of accept, where it is given.
func readerDemands(s *compat.State, fd protoreflect.FieldDescriptor) []valueset.Demand {
	accept := descriptor.Field(fd).GetAccept()
	if accept == nil {
		return nil
	}
	out := fieldDemands(s, fd, accept)
	if len(out) == 0 {
		out = []valueset.Demand{{Rule: "accept", Words: "anything"}}
	}
	for i := range out {
		out[i] = valueset.Demand{Rule: "accept." + out[i].Rule, Words: "accepted by readers: " + out[i].Words}
	}
	return out
}

// messageDemands are the rules of a message as a whole.
func messageDemands(m protoreflect.MessageDescriptor) []valueset.Demand {
	var out []valueset.Demand
	r := descriptor.MessageRules(m)
	for _, e := range r.GetCelExpression() {
		out = append(out, valueset.Demand{Rule: "cel " + e, Words: fmt.Sprintf("the expression %q", e)})
	}
	for _, c := range r.GetCel() {
		out = append(out, valueset.Demand{Rule: "cel " + c.GetId(), Words: fmt.Sprintf("the expression %q", c.GetExpression())})
	}
	for _, o := range r.GetOneof() {
		words := "at most one of " + strings.Join(o.GetFields(), ", ")
		if o.GetRequired() {
			words = "exactly one of " + strings.Join(o.GetFields(), ", ")
		}
		out = append(out, valueset.Demand{Rule: "oneof " + strings.Join(o.GetFields(), ","), Words: words})
	}
	for i := range m.Oneofs().Len() {
		if o := m.Oneofs().Get(i); !o.IsSynthetic() && descriptor.OneofRules(o).GetRequired() {
			out = append(out, valueset.Demand{Rule: "oneof " + string(o.Name()), Words: fmt.Sprintf("one of %s set", o.Name())})
		}
	}
	return out
}

// enum compares the values of an enum by their names.
func (w *walk) enum(was, now protoreflect.EnumDescriptor, path string) {
	if was == nil || now == nil {
		return
	}
	names := func(e, other protoreflect.EnumDescriptor) string {
		var out []string
		for i := range e.Values().Len() {
			if n := e.Values().Get(i).Name(); other.Values().ByName(n) == nil {
				out = append(out, string(n))
			}
		}
		return strings.Join(out, ", ")
	}
	if n := names(now, was); n != "" {
		w.add(path, "may be %s now", n)
	}
	if n := names(was, now); n != "" {
		w.add(path, "is no longer %s", n)
	}
}

func enumOf(fd protoreflect.FieldDescriptor) protoreflect.EnumDescriptor {
	if fd.IsMap() {
		return fd.MapValue().Enum()
	}
	return fd.Enum()
}

func presence(fd protoreflect.FieldDescriptor) string {
	switch {
	case descriptor.Rules(fd).GetRequired():
		return "required"
	case fd.HasPresence() && fd.ContainingOneof() != nil && !fd.ContainingOneof().IsSynthetic():
		return "in the oneof " + string(fd.ContainingOneof().Name())
	case fd.HasPresence():
		return "optional"
	default:
		return ""
	}
}

func sensitivity(fd protoreflect.FieldDescriptor) string {
	word := strings.ToLower(strings.TrimPrefix(descriptor.Field(fd).GetSensitivity().String(), "SENSITIVITY_"))
	if word == "unspecified" {
		return "internal"
	}
	return word
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// typeOf is a field's type as a .proto file writes it.
func typeOf(fd protoreflect.FieldDescriptor) string {
	one := func(fd protoreflect.FieldDescriptor) string {
		switch {
		case fd.Message() != nil:
			return strings.TrimPrefix(string(fd.Message().FullName()), "google.protobuf.")
		case fd.Enum() != nil:
			return string(fd.Enum().FullName())
		default:
			return fd.Kind().String()
		}
	}
	switch {
	case fd.IsMap():
		return fmt.Sprintf("map<%s, %s>", one(fd.MapKey()), one(fd.MapValue()))
	case fd.IsList():
		return "repeated " + one(fd)
	default:
		return one(fd)
	}
}
