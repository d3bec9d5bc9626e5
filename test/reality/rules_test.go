package reality_test

import (
	"fmt"
	"slices"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// texts are what rules about texts name, and what texts are tried.
var texts = []string{
	"", "a", "b", "ab", "abc", "aé", "😀", "a.b", "a.b.c", "192.0.2.1", "2001:db8::1", "a.example", "a@b.example", "https://a.example/", "/a",
	"10.0.0.0/8", "10.0.0.1/8", "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "a b",
}

var urls = []string{"type.googleapis.com/google.protobuf.Empty", "type.googleapis.com/google.protobuf.Duration"}

// fieldRules are random rules of a field: few values, so that two states often meet.
func (c chooser) fieldRules(f *field) *validate.FieldRules {
	var out *validate.FieldRules
	switch f.card {
	case repeated:
		out = c.typed("repeated", f.kind.rules)
	case mapped:
		out = c.typed("map", f.kind.rules)
	default:
		out = c.typed(f.kind.rules, "")
	}
	if f.kind.rules == "" && c.IntN(2) == 0 {
		c.ignoreElements(f, out)
	}
	switch c.IntN(10) {
	case 0:
		out.Ignore = validate.Ignore_IGNORE_IF_ZERO_VALUE.Enum()
	case 1, 2:
		out.Required = proto.Bool(true)
	case 3:
		out.Ignore = validate.Ignore_IGNORE_ALWAYS.Enum()
	case 4:
		if e := c.expression(f); e != "" {
			out.CelExpression = []string{e}
		}
	}
	return out
}

// ignoreElements says of the messages in a list or map, or in a field, which are not
// looked at: those that are empty, or all.
func (c chooser) ignoreElements(f *field, rules *validate.FieldRules) {
	element := &validate.FieldRules{Ignore: one(c, []*validate.Ignore{nil, validate.Ignore_IGNORE_IF_ZERO_VALUE.Enum(), validate.Ignore_IGNORE_ALWAYS.Enum()})}
	switch f.card {
	case repeated:
		if rules.GetRepeated() == nil {
			rules.Type = &validate.FieldRules_Repeated{Repeated: &validate.RepeatedRules{}}
		}
		rules.GetRepeated().Items = element
	case mapped:
		if rules.GetMap() == nil {
			rules.Type = &validate.FieldRules_Map{Map: &validate.MapRules{}}
		}
		rules.GetMap().Values = element
	default:
		rules.Ignore = element.Ignore
	}
}

// typed are up to three rules of a type; inner is that of elements or of values.
func (c chooser) typed(of, inner protoreflect.Name) *validate.FieldRules {
	out := &validate.FieldRules{}
	if of == "" {
		return out
	}
	rules := out.ProtoReflect()
	fd := rules.Descriptor().Fields().ByName(of)
	typed := rules.NewField(fd).Message()
	for range 1 + c.IntN(3) {
		rule := typed.Descriptor().Fields().Get(c.IntN(typed.Descriptor().Fields().Len()))
		switch rule.Name() {
		case "example", "lt_now", "gt_now", "within":
		case "pattern":
			typed.Set(rule, protoreflect.ValueOfString(one(c, []string{"^a", "b", "^[a-z]*$", "^.{3,}$"})))
		case "items", "values":
			element := c.typed(inner, "")
			if c.IntN(6) == 0 {
				element.Ignore = validate.Ignore(c.IntN(2)*2 + 1).Enum()
			}
			typed.Set(rule, protoreflect.ValueOfMessage(element.ProtoReflect()))
		case "keys":
			typed.Set(rule, protoreflect.ValueOfMessage(c.typed("string", "").ProtoReflect()))
		default:
			c.set(typed, rule)
		}
	}
	rules.Set(fd, protoreflect.ValueOfMessage(typed))
	return out
}

func (c chooser) set(m protoreflect.Message, rule protoreflect.FieldDescriptor) {
	if !rule.IsList() {
		m.Set(rule, c.ruleValue(rule, m))
		return
	}
	list := m.NewField(rule).List()
	for range 1 + c.IntN(3) {
		list.Append(c.ruleValue(rule, m))
	}
	m.Set(rule, protoreflect.ValueOfList(list))
}

func (c chooser) ruleValue(rule protoreflect.FieldDescriptor, m protoreflect.Message) protoreflect.Value {
	n := c.IntN(5)
	if rule.Kind() != protoreflect.MessageKind {
		if rule.Kind() == protoreflect.StringKind {
			if m.Descriptor().Name() == "AnyRules" {
				return protoreflect.ValueOfString(one(c, urls))
			}
			if m.Descriptor().Name() == "FieldMaskRules" {
				return protoreflect.ValueOfString(one(c, paths))
			}
			return protoreflect.ValueOfString(one(c, texts))
		}
		return number(rule, n)
	}
	v := m.NewField(rule)
	if rule.IsList() {
		v = v.List().NewElement()
	}
	switch m := v.Message().Interface().(type) {
	case *durationpb.Duration:
		m.Seconds = one(c, []int64{-1, 0, 1, 2, 20_000_000_000})
	case *timestamppb.Timestamp:
		m.Seconds, m.Nanos = one(c, []int64{-1, 0, 1, 2}), int32(c.IntN(2))*500_000_000
	default:
		if fd := m.ProtoReflect().Descriptor().Fields().ByName("paths"); fd != nil {
			c.set(m.ProtoReflect(), fd)
		}
	}
	return v
}

var paths = []string{"a", "b", "a.b", "c"}

// number is a small number as a value of a field's kind.
func number(fd protoreflect.FieldDescriptor, n int) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n < 4 && n != 0)
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(n - 1))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(n - 1))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(uint64(n))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(n-1) / 2)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float64(n-1) / 2)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n % 3))
	default:
		return protoreflect.ValueOfBytes([]byte(texts[n]))
	}
}

// expression is a random rule in CEL about a field; "" for those of which there is none.
func (c chooser) expression(f *field) string {
	switch {
	case f.card == repeated || f.card == mapped:
		return fmt.Sprintf("this.size() != %d", c.IntN(3))
	case f.kind.typ == descriptorpb.FieldDescriptorProto_TYPE_STRING || f.kind.rules == "string":
		return fmt.Sprintf("this.size() != %d", c.IntN(4))
	case f.kind.rules == "int32" || f.kind.rules == "int64" || f.kind.rules == "sint32":
		return fmt.Sprintf("this != %d", c.IntN(4))
	case f.kind.rules == "bool":
		return "this"
	}
	return ""
}

// messageRules are a random rule of a message.
func (c chooser) messageRules(m *message) *validate.MessageRules {
	a, b := one(c, m.fields), one(c, m.fields)
	switch c.IntN(3) {
	case 0:
		return &validate.MessageRules{CelExpression: []string{fmt.Sprintf("has(this.%s) || !has(this.%s)", a.name, b.name)}}
	case 1:
		return &validate.MessageRules{CelExpression: []string{fmt.Sprintf("has(this.%s)", a.name)}}
	}
	if a == b || a.oneof != "" || b.oneof != "" {
		return nil
	}
	return &validate.MessageRules{Oneof: []*validate.MessageOneofRule{{Fields: []string{a.name, b.name}, Required: proto.Bool(c.IntN(2) == 0)}}}
}

// setDefault gives an optional scalar a default, or none.
func (c chooser) setDefault(f *field) {
	if f.own != nil {
		f.own.Default = nil
	}
	if f.card != optional || f.oneof != "" || f.kind.typ == messageType || c.IntN(3) > 0 || f.rules.GetRequired() {
		return
	}
	literal := fmt.Sprint(c.IntN(4))
	switch f.kind.rules {
	case "string", "bytes":
		literal = one(c, []string{"a", "ab", "abc"})
	case "bool":
		literal = one(c, []string{"true", "false"})
	case "enum":
		literal = one(c, []string{"COLOR_RED", "COLOR_BLUE"})
	}
	f.options().Default = proto.String(literal)
}

func (f *field) options() *eventcontractsv1.FieldOptions {
	if f.own == nil {
		f.own = &eventcontractsv1.FieldOptions{}
	}
	return f.own
}

// setAccept gives readers rules of their own, by loosening the field's: most that are
// found otherwise are narrower, which is not sound.
func (c chooser) setAccept(f *field) {
	accept := &validate.FieldRules{}
	if f.rules != nil {
		accept = proto.CloneOf(f.rules)
	}
	if c.IntN(2) == 0 {
		accept.Required = nil
	}
	if c.IntN(3) == 0 {
		accept.CelExpression = nil
	}
	r := accept.ProtoReflect()
	if set := r.WhichOneof(r.Descriptor().Oneofs().ByName("type")); set != nil {
		c.loosen(r.Mutable(set).Message())
	}
	f.options().Accept = accept
}

// loosen drops some rules, and moves some bounds.
func (c chooser) loosen(m protoreflect.Message) {
	var set []protoreflect.FieldDescriptor
	m.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		set = append(set, fd)
		return true
	})
	slices.SortFunc(set, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number() - b.Number()) })
	for _, fd := range set {
		inner := fd.Message() != nil && !fd.IsList() && fd.Message().Name() == "FieldRules"
		switch {
		case inner:
			elements := m.Mutable(fd).Message()
			if in := elements.WhichOneof(elements.Descriptor().Oneofs().ByName("type")); in != nil {
				c.loosen(elements.Mutable(in).Message())
			}
		case c.IntN(2) == 0:
			m.Clear(fd)
		}
	}
}
