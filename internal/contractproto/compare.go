package contractproto

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/spec"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// plain are the rules of a field without what says the same in another way: a
// clone, never nil.
func plain(fd protoreflect.FieldDescriptor) *validate.FieldRules {
	rules := &validate.FieldRules{}
	if own := descriptor.Rules(fd); own != nil {
		rules = proto.Clone(own).(*validate.FieldRules)
	}
	if rules.GetRequired() && !fd.HasPresence() {
		filled(fd, rules)
	}
	if fd.IsList() {
		simplify(rules.GetRepeated().GetItems())
	}
	if fd.IsMap() {
		simplify(rules.GetMap().GetValues())
	}
	simplify(rules)
	return rules
}

// filled replaces required, which without presence means "not empty", by the lower
// bound that says it.
func filled(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) {
	one := func(n *uint64) *uint64 {
		if n == nil || *n == 0 {
			return proto.Uint64(1)
		}
		return n
	}
	switch {
	case fd.IsMap():
		if rules.GetMap() == nil {
			rules.Type = &validate.FieldRules_Map{Map: &validate.MapRules{}}
		}
		rules.GetMap().MinPairs = one(rules.GetMap().MinPairs)
	case fd.IsList():
		if rules.GetRepeated() == nil {
			rules.Type = &validate.FieldRules_Repeated{Repeated: &validate.RepeatedRules{}}
		}
		rules.GetRepeated().MinItems = one(rules.GetRepeated().MinItems)
	case fd.Kind() == protoreflect.StringKind:
		if rules.GetString() == nil {
			rules.Type = &validate.FieldRules_String_{String_: &validate.StringRules{}}
		}
		if s := rules.GetString(); text(s).Base == spec.Str && len(s.GetIn()) == 0 {
			s.MinLen = one(s.MinLen)
		}
	case fd.Kind() == protoreflect.BytesKind:
		if rules.GetBytes() == nil {
			rules.Type = &validate.FieldRules_Bytes{Bytes: &validate.BytesRules{}}
		}
		rules.GetBytes().MinLen = one(rules.GetBytes().MinLen)
	case fd.Kind() == protoreflect.EnumKind:
		if rules.GetEnum() == nil {
			rules.Type = &validate.FieldRules_Enum{Enum: &validate.EnumRules{}}
		}
		if e := rules.GetEnum(); !slices.Contains(e.NotIn, 0) {
			e.NotIn = append(e.NotIn, 0)
		}
	default:
		return // of a number: 0 is refused too, which the comparison names
	}
	rules.Required = nil
}

// simplify takes away what refuses nothing that is not refused anyway.
func simplify(rules *validate.FieldRules) {
	none := func(n **uint64) {
		if *n != nil && **n == 0 {
			*n = nil
		}
	}
	if s := rules.GetString(); s != nil {
		none(&s.MinLen)
		if s.Pattern != nil {
			s.Pattern = proto.String(unescapeSlashes(*s.Pattern))
		}
	}
	if b := rules.GetBytes(); b != nil {
		none(&b.MinLen)
	}
	if l := rules.GetRepeated(); l != nil {
		none(&l.MinItems)
	}
	if m := rules.GetMap(); m != nil {
		none(&m.MinPairs)
	}
	if d := rules.GetDouble(); d != nil && (d.GreaterThan != nil && d.LessThan != nil || len(d.In) > 0) {
		d.Finite = nil // two bounds refuse NaN and both infinities
	}
}

// unescapeSlashes takes away the backslashes that a slash has in other languages.
func unescapeSlashes(re string) string {
	var b strings.Builder
	for i := 0; i < len(re); i++ {
		if re[i] == '\\' && i+1 < len(re) {
			if re[i+1] != '/' {
				b.WriteByte('\\')
			}
			i++
		}
		b.WriteByte(re[i])
	}
	return b.String()
}

// compare names what makes a field differ from the one that its spec declares.
func (r *reader) compare(fd protoreflect.FieldDescriptor, rules *validate.FieldRules, f spec.Field) {
	name := string(fd.Name())
	want := shapeOf(f)
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		r.name(name, fmt.Sprintf("member of the oneof %s; the spec has a field that may be absent", o.Name()))
	} else if got := fd.HasPresence() && !fd.IsList() && !fd.IsMap() && fd.Message() == nil; got != want.optional {
		switch {
		case got:
			r.name(name, "optional in the contract; the spec's is not, since its rules refuse the empty value")
		case rules.GetRequired():
			r.name(name, "not optional in the contract, so that its rule required refuses 0 and false too")
		default:
			r.name(name, "not optional in the contract, so that an absent value reads as the empty one")
		}
	}
	if fd.Cardinality() == protoreflect.Required {
		r.name(name, "required as in proto2")
	}
	if got := r.typeOf(fd); got != want.typ {
		r.name(name, fmt.Sprintf("type %s; the spec says %s", got, want.typ))
	}
	r.compareRules(name, rules, want.rules)
	r.compareEnum(fd, want)
	r.compareOptions(fd, want)
}

// typeOf is a field's type as its file says it.
func (r *reader) typeOf(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.IsMap():
		return fmt.Sprintf("map<%s, %s>", fd.MapKey().Kind(), r.elementOf(fd.MapValue()))
	case fd.IsList():
		return "repeated " + r.elementOf(fd)
	default:
		return r.elementOf(fd)
	}
}

func (r *reader) elementOf(fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.Kind() == protoreflect.GroupKind:
		return "group " + string(fd.Message().Name())
	case fd.Message() != nil:
		return r.relative(fd.Message())
	case fd.Enum() != nil && fd.Enum().Parent() == r.message:
		return string(fd.Enum().Name())
	case fd.Enum() != nil:
		return string(fd.Enum().FullName())
	default:
		return fd.Kind().String()
	}
}

func (r *reader) compareRules(name string, got, want *validate.FieldRules) {
	has, needs := map[string]string{}, map[string]string{}
	flatten(got.ProtoReflect(), "", has)
	if want != nil {
		flatten(want.ProtoReflect(), "", needs)
	}
	all := maps.Clone(has)
	maps.Copy(all, needs)
	for _, rule := range slices.Sorted(maps.Keys(all)) {
		g, isThere := has[rule]
		w, isSaid := needs[rule]
		switch {
		case !isSaid:
			r.name(name, fmt.Sprintf("rule %s: %s", rule, g))
		case !isThere:
			r.name(name, fmt.Sprintf("no rule %s; the spec says %s", rule, w))
		case g != w:
			r.name(name, fmt.Sprintf("rule %s: %s; the spec says %s", rule, g, w))
		}
	}
}

// flatten writes the leaves of a message as path and value.
func flatten(m protoreflect.Message, path string, out map[string]string) {
	if len(m.GetUnknown()) > 0 {
		out[strings.TrimSuffix(path, ".")+" (unknown)"] = "made with a newer version of the options"
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := path + string(fd.Name())
		if fd.IsExtension() {
			at = path + "(" + string(fd.FullName()) + ")"
		}
		switch {
		case fd.IsList():
			var all []string
			for i := range v.List().Len() {
				all = append(all, shownValue(fd, v.List().Get(i)))
			}
			out[at] = strings.Join(all, ", ")
		case fd.IsMap():
			out[at] = "a map"
		case fd.Message() != nil:
			before := len(out)
			flatten(v.Message(), at+".", out)
			if len(out) == before && path != "" && fd.Name() != "items" && fd.Name() != "values" {
				out[at] = "without a rule"
			}
		case fd.Kind() == protoreflect.BoolKind && !v.Bool() && fd.Name() != "const":
			// The same as saying nothing.
		case fd.Kind() == protoreflect.EnumKind && v.Enum() == 0:
		default:
			out[at] = shownValue(fd, v)
		}
		return true
	})
}

// shownValue is a value in one line.
func shownValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch {
	case fd.Message() != nil:
		if rule, ok := v.Message().Interface().(*validate.Rule); ok {
			return oneLine(strings.TrimPrefix(rule.GetId()+": "+rule.GetExpression(), ": "))
		}
		return oneLine(fmt.Sprint(v.Message().Interface()))
	case fd.Enum() != nil:
		if d := fd.Enum().Values().ByNumber(v.Enum()); d != nil {
			return string(d.Name())
		}
		return fmt.Sprint(v.Enum())
	case fd.Kind() == protoreflect.StringKind:
		return quoted(v.String())
	case fd.Kind() == protoreflect.BytesKind:
		return fmt.Sprintf("%q", v.Bytes())
	default:
		return literal(v)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// compareEnum names what makes an enum differ from the one that the spec declares.
func (r *reader) compareEnum(fd protoreflect.FieldDescriptor, want shape) {
	field := string(fd.Name())
	if fd.IsMap() {
		fd = fd.MapValue()
	}
	e := fd.Enum()
	if e == nil || want.enum == nil || e.Parent() != r.message {
		return // another enum than the event's own is another type, which is named
	}
	var got []string
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		got = append(got, fmt.Sprintf("%s = %d", v.Name(), v.Number()))
		optionsOf(v.Options(), func(option string) { r.name(field, fmt.Sprintf("%s has the option %s", v.Name(), option)) })
	}
	var said []string
	for i, v := range want.enum {
		said = append(said, fmt.Sprintf("%s = %d", v, i))
	}
	if !slices.Equal(got, said) {
		r.name(field, fmt.Sprintf("values %s; the spec says %s", strings.Join(got, ", "), strings.Join(said, ", ")))
	}
	optionsOf(e.Options(), func(option string) { r.name(field, "its enum has the option "+option) })
	if e.ReservedRanges().Len() > 0 || e.ReservedNames().Len() > 0 {
		r.name(field, "its enum has reserved values")
	}
}

// compareOptions names a field's options that are neither rules nor a default.
func (r *reader) compareOptions(fd protoreflect.FieldDescriptor, want shape) {
	name := string(fd.Name())
	if o := descriptor.Field(fd); o != nil {
		rest := proto.Clone(o).(*eventcontractsv1.FieldOptions)
		if rest.Default != nil && want.preset != nil && *rest.Default == *want.preset {
			rest.Default = nil
		}
		leaves := map[string]string{}
		flatten(rest.ProtoReflect(), "", leaves)
		for _, path := range slices.Sorted(maps.Keys(leaves)) {
			r.name(name, fmt.Sprintf("%s: %s", path, leaves[path]))
		}
	}
	optionsOf(fd.Options(), func(option string) { r.name(name, "option "+option) })
	if usual := jsonName(name); fd.HasJSONName() && fd.JSONName() != usual {
		r.name(name, fmt.Sprintf("json_name %q", fd.JSONName()))
	}
}

func jsonName(name string) string {
	camel := spec.EnumName(name)
	if camel == "" || name[0] == '_' {
		return camel
	}
	return name[:1] + camel[1:]
}
