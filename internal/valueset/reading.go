package valueset

import (
	"fmt"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// reading is one message of rules, such as StringRules, of a field.
type reading struct {
	fd    protoreflect.FieldDescriptor // what a value is: of a wrapper the field in it
	rules protoreflect.Message
	short string // "string"
}

func (r reading) name(rule string) string {
	if r.short == "" {
		return rule
	}
	return r.short + "." + rule
}

func (r reading) field(name string) protoreflect.FieldDescriptor {
	return r.rules.Descriptor().Fields().ByName(protoreflect.Name(name))
}

// get is a rule's value, if it is set.
func (r reading) get(name string) (protoreflect.Value, bool) {
	fd := r.field(name)
	if fd == nil || !r.rules.Has(fd) {
		return protoreflect.Value{}, false
	}
	return r.rules.Get(fd), true
}

// unasked reports whether the engine does not look at min_items, max_items and unique:
// protovalidate-go 1.4.0 takes a list of wrappers for one wrapper (processStandardRules).
func (r reading) unasked() bool { return descriptor.WrapperList(r.fd) }

func (r reading) order() *order { return orderOf(r.fd) }

// show is a text of the field's type, for people.
func (r reading) show(text string) string {
	if r.fd.Kind() == protoreflect.BytesKind {
		return fmt.Sprintf("0x%x", text)
	}
	return fmt.Sprintf("%q", text)
}

// unknown is a rule that this program does not know: nothing follows from it, and it
// may be the same rule twice only if it is so to the last byte.
func (r reading) unknown(rule, text string) facet {
	return opaque{
		name: r.name(rule), text: text, key: text, fickle: true,
		why: "this program does not know the rule: it is of a newer protovalidate, or of a file that is not among the contracts; upgrade eventctl",
	}
}

// read are the facets of a field's rules, in the order of validate.proto.
func (r Rules) read(rules *validate.FieldRules, fd protoreflect.FieldDescriptor, whole bool) []facet {
	if rules == nil {
		return nil
	}
	general := reading{fd: fd, rules: rules.ProtoReflect()}
	var out []facet
	for _, name := range []string{"cel", "cel_expression"} {
		out = append(out, kinds[general.field(name).FullName()].read(general)...)
	}
	if _, known := validate.Ignore_name[int32(rules.GetIgnore())]; !known {
		out = append(out, general.unknown("ignore", fmt.Sprintf("ignore: %d", rules.GetIgnore())))
	}
	out = append(out, general.leftovers()...)
	set := general.rules.WhichOneof(general.rules.Descriptor().Oneofs().ByName("type"))
	if set == nil {
		return out
	}
	in := reading{fd: fd, short: string(set.Name()), rules: r.resolved(general.rules.Get(set).Message())}
	if !in.fits(whole) {
		return append(out, in.unknown("type", fmt.Sprintf("rules of type %s on a field of another type", set.Name())))
	}
	for i := range in.rules.Descriptor().Fields().Len() {
		rule := in.rules.Descriptor().Fields().Get(i)
		if !in.rules.Has(rule) {
			continue
		}
		switch k, known := kinds[rule.FullName()]; {
		case !known:
			out = append(out, in.unknown(string(rule.Name()), describe(in.rules.Get(rule))))
		case k.read != nil:
			out = append(out, k.read(in)...)
		}
	}
	return append(out, in.leftovers()...)
}

// fits reports whether the rules are of the type of the field: others do not compile,
// and are refused elsewhere.
func (r reading) fits(whole bool) bool {
	switch r.short {
	case "repeated":
		return whole
	case "map":
		return r.fd.IsMap()
	case "any", "duration", "timestamp", "field_mask":
		return r.fd.Message() != nil && strings.ReplaceAll(r.short, "_", "") == strings.ToLower(string(r.fd.Message().Name()))
	default:
		return !whole && r.fd.Kind().String() == r.short
	}
}

// resolved are rules with what contracts have declared themselves (predefined rules),
// which are unknown bytes until their files are known.
func (r Rules) resolved(rules protoreflect.Message) protoreflect.Message {
	unknown := rules.GetUnknown()
	if len(unknown) == 0 || r.Types == nil {
		return rules
	}
	c := proto.Clone(rules.Interface()).ProtoReflect()
	c.SetUnknown(nil)
	if err := (proto.UnmarshalOptions{Resolver: r.Types, Merge: true}).Unmarshal(unknown, c.Interface()); err != nil {
		return rules // its bytes stay unknown, and are reported as such
	}
	return c
}

// leftovers are predefined rules, and whatever else is set that has no field.
func (r reading) leftovers() []facet {
	var out []facet
	r.rules.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.IsExtension() {
			out = append(out, r.predefined(fd, v))
		}
		return true
	})
	for raw := r.rules.GetUnknown(); len(raw) > 0; {
		number, _, n := protowire.ConsumeField(raw)
		if n < 0 {
			n = len(raw)
		}
		out = append(out, r.unknown(fmt.Sprint(number), fmt.Sprintf("rule number %d, set to %x", number, []byte(raw[:n]))))
		raw = raw[n:]
	}
	return out
}

// predefined is a rule that contracts declare: known by its name, its value and its
// expressions, which another file may change.
func (r reading) predefined(fd protoreflect.FieldDescriptor, v protoreflect.Value) facet {
	f := opaque{name: r.name("[" + string(fd.FullName()) + "]"), text: fmt.Sprintf("the predefined rule %s, %s", fd.FullName(), describe(v)), key: describe(v)}
	f.why = "a predefined rule is an expression, which may say anything: it is known by its value and its text"
	for _, rule := range descriptor.Predefined(fd) {
		f.key += "\n" + rule.GetExpression()
		f.fickle = f.fickle || now.MatchString(rule.GetExpression())
	}
	// The name tells two predefined rules apart; kind cuts brackets at the end.
	f.key = string(fd.FullName()) + "\n" + f.key
	return f
}

func celRules(r reading) []facet {
	v, ok := r.get("cel")
	if !ok {
		return nil
	}
	var out []facet
	for i := range v.List().Len() {
		rule, _ := v.List().Get(i).Message().Interface().(*validate.Rule)
		out = append(out, celFacet(r, rule.GetId(), rule.GetExpression()))
	}
	return out
}

func celExpressions(r reading) []facet {
	v, ok := r.get("cel_expression")
	if !ok {
		return nil
	}
	var out []facet
	for i := range v.List().Len() {
		out = append(out, celFacet(r, "", v.List().Get(i).String()))
	}
	return out
}

// celFacet is an expression. Of one with an id the id is shown.
func celFacet(r reading, id, expression string) facet {
	name, text := "cel", fmt.Sprintf("the expression %q", expression)
	if id != "" {
		name = "cel[" + id + "]"
	}
	return opaque{name: r.name(name), text: text, key: expression, why: whyCEL, fickle: now.MatchString(expression)}
}

// describe is a rule's value as text that is the same in every run.
func describe(v protoreflect.Value) string {
	if m, ok := v.Interface().(protoreflect.Message); ok {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.Interface())
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%x", raw)
	}
	if l, ok := v.Interface().(protoreflect.List); ok {
		var parts []string
		for i := range l.Len() {
			parts = append(parts, describe(l.Get(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return v.String()
}
