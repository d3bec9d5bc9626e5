package valueset_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"testing"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	_ "google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	_ "google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/eventcontracts/eventcontracts/internal/validator"
	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

// shape is a field whose rules are tried.
type shape struct {
	name  string
	field func() *descriptorpb.FieldDescriptorProto
	rules protoreflect.Name // the member of FieldRules.type
	inner protoreflect.Name // that of a list's elements or a map's values
}

func scalar(t descriptorpb.FieldDescriptorProto_Type) func() *descriptorpb.FieldDescriptorProto {
	return func() *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{Name: proto.String("f"), Number: proto.Int32(1), Type: t.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()}
	}
}

func typed(t descriptorpb.FieldDescriptorProto_Type, name string, label descriptorpb.FieldDescriptorProto_Label) func() *descriptorpb.FieldDescriptorProto {
	return func() *descriptorpb.FieldDescriptorProto {
		f := scalar(t)()
		f.Label = label.Enum()
		if name != "" {
			f.TypeName = proto.String(name)
		}
		return f
	}
}

const (
	optional = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
	repeated = descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	message  = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
)

var shapes = []shape{
	{"float", scalar(descriptorpb.FieldDescriptorProto_TYPE_FLOAT), "float", ""},
	{"double", scalar(descriptorpb.FieldDescriptorProto_TYPE_DOUBLE), "double", ""},
	{"int32", scalar(descriptorpb.FieldDescriptorProto_TYPE_INT32), "int32", ""},
	{"int64", scalar(descriptorpb.FieldDescriptorProto_TYPE_INT64), "int64", ""},
	{"uint32", scalar(descriptorpb.FieldDescriptorProto_TYPE_UINT32), "uint32", ""},
	{"uint64", scalar(descriptorpb.FieldDescriptorProto_TYPE_UINT64), "uint64", ""},
	{"sint32", scalar(descriptorpb.FieldDescriptorProto_TYPE_SINT32), "sint32", ""},
	{"sint64", scalar(descriptorpb.FieldDescriptorProto_TYPE_SINT64), "sint64", ""},
	{"fixed32", scalar(descriptorpb.FieldDescriptorProto_TYPE_FIXED32), "fixed32", ""},
	{"fixed64", scalar(descriptorpb.FieldDescriptorProto_TYPE_FIXED64), "fixed64", ""},
	{"sfixed32", scalar(descriptorpb.FieldDescriptorProto_TYPE_SFIXED32), "sfixed32", ""},
	{"sfixed64", scalar(descriptorpb.FieldDescriptorProto_TYPE_SFIXED64), "sfixed64", ""},
	{"bool", scalar(descriptorpb.FieldDescriptorProto_TYPE_BOOL), "bool", ""},
	{"string", scalar(descriptorpb.FieldDescriptorProto_TYPE_STRING), "string", ""},
	{"bytes", scalar(descriptorpb.FieldDescriptorProto_TYPE_BYTES), "bytes", ""},
	{"enum", typed(descriptorpb.FieldDescriptorProto_TYPE_ENUM, ".t.E", optional), "enum", ""},
	{"any", typed(message, ".google.protobuf.Any", optional), "any", ""},
	{"duration", typed(message, ".google.protobuf.Duration", optional), "duration", ""},
	{"timestamp", typed(message, ".google.protobuf.Timestamp", optional), "timestamp", ""},
	{"field_mask", typed(message, ".google.protobuf.FieldMask", optional), "field_mask", ""},
	{"Int32Value", typed(message, ".google.protobuf.Int32Value", optional), "int32", ""},
	{"StringValue", typed(message, ".google.protobuf.StringValue", optional), "string", ""},
	{"list of string", typed(descriptorpb.FieldDescriptorProto_TYPE_STRING, "", repeated), "repeated", "string"},
	{"list of int32", typed(descriptorpb.FieldDescriptorProto_TYPE_INT32, "", repeated), "repeated", "int32"},
	{"list of enum", typed(descriptorpb.FieldDescriptorProto_TYPE_ENUM, ".t.E", repeated), "repeated", "enum"},
	{"list of duration", typed(message, ".google.protobuf.Duration", repeated), "repeated", "duration"},
	{"list of Int32Value", typed(message, ".google.protobuf.Int32Value", repeated), "repeated", "int32"},
	{"list of StringValue", typed(message, ".google.protobuf.StringValue", repeated), "repeated", "string"},
	{"map", typed(message, ".t.M.FEntry", repeated), "map", "string"},
}

// state is one state of a contract with a single field.
type state struct {
	fd        protoreflect.FieldDescriptor
	rules     *validate.FieldRules
	validator *validator.Validator
}

func stateOf(t *testing.T, s shape, rules *validate.FieldRules, v *validator.Validator) state {
	t.Helper()
	f := s.field()
	f.Options = &descriptorpb.FieldOptions{}
	proto.SetExtension(f.Options, validate.E_Field, rules)
	file := &descriptorpb.FileDescriptorProto{
		Name: proto.String("t.proto"), Package: proto.String("t"), Syntax: proto.String("proto3"),
		Dependency: []string{"buf/validate/validate.proto", "google/protobuf/any.proto", "google/protobuf/duration.proto", "google/protobuf/timestamp.proto", "google/protobuf/field_mask.proto", "google/protobuf/wrappers.proto"},
		EnumType: []*descriptorpb.EnumDescriptorProto{{Name: proto.String("E"), Value: []*descriptorpb.EnumValueDescriptorProto{
			{Name: proto.String("E0"), Number: proto.Int32(0)}, {Name: proto.String("E1"), Number: proto.Int32(1)}, {Name: proto.String("E3"), Number: proto.Int32(3)},
		}}},
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M"), Field: []*descriptorpb.FieldDescriptorProto{f}, NestedType: []*descriptorpb.DescriptorProto{{
			Name: proto.String("FEntry"), Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)},
			Field: []*descriptorpb.FieldDescriptorProto{
				{Name: proto.String("key"), Number: proto.Int32(1), Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(), Label: optional.Enum()},
				{Name: proto.String("value"), Number: proto.Int32(2), Type: descriptorpb.FieldDescriptorProto_TYPE_INT32.Enum(), Label: optional.Enum()},
			},
		}}}},
	}
	if s.name != "map" {
		file.MessageType[0].NestedType = nil
	}
	fd, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return state{fd.Messages().Get(0).Fields().Get(0), rules, v}
}

// accepts asks the engine. A rule that does not compile or cannot be evaluated accepts
// nothing.
func (s state) accepts(put func(protoreflect.Message, protoreflect.FieldDescriptor)) (accepted, compiles bool) {
	m := dynamicpb.NewMessage(s.fd.ContainingMessage())
	put(m, s.fd)
	err := s.validator.Validate(m)
	var wrong *protovalidate.CompilationError
	return err == nil, !errors.As(err, &wrong)
}

func (s state) set() *valueset.Set { return valueset.Of(valueset.Rules{Field: s.fd, Rules: s.rules}) }

// chooser makes random rules whose values are few, so that two states of a rule often
// meet.
type chooser struct{ *rand.Rand }

var texts = []string{"", "a", "b", "ab", "abc", "aé", "😀", "a.b", "a.b.c", "192.0.2.1", "2001:db8::1", "a.example", "a@b.example", "https://a.example/", "/a", "10.0.0.0/8", "10.0.0.1/8", "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "a b", "\t", "type.googleapis.com/t.M"}

func (c chooser) value(fd protoreflect.FieldDescriptor, m protoreflect.Message) protoreflect.Value {
	n := c.IntN(5)
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n < 4)
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
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(texts[c.IntN(len(texts))])
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(texts[c.IntN(len(texts))]))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n % 3))
	}
	v := m.NewField(fd)
	if fd.IsList() {
		v = v.List().NewElement()
	}
	c.fill(v.Message())
	return v
}

func (c chooser) fill(m protoreflect.Message) {
	switch m := m.Interface().(type) {
	case *durationpb.Duration:
		m.Seconds = []int64{-1, 0, 1, 2, 20_000_000_000}[c.IntN(5)]
	case *timestamppb.Timestamp:
		m.Seconds, m.Nanos = []int64{-1, 0, 1, 2}[c.IntN(4)], int32(c.IntN(2))*500_000_000
	default:
		fields := m.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			if fd := fields.Get(i); c.IntN(3) == 0 && fd.Name() != "example" {
				c.set(m.ProtoReflect(), fd)
			}
		}
	}
}

func (c chooser) set(m protoreflect.Message, fd protoreflect.FieldDescriptor) {
	if !fd.IsList() {
		m.Set(fd, c.value(fd, m))
		return
	}
	list := m.NewField(fd).List()
	for range 1 + c.IntN(3) {
		list.Append(c.value(fd, m))
	}
	m.Set(fd, protoreflect.ValueOfList(list))
}

// rules are up to three rules of a shape.
func (c chooser) rules(of, inner protoreflect.Name) *validate.FieldRules {
	rules := (&validate.FieldRules{}).ProtoReflect()
	fd := rules.Descriptor().Fields().ByName(of)
	typed := rules.NewField(fd).Message()
	for range 1 + c.IntN(3) {
		rule := typed.Descriptor().Fields().Get(c.IntN(typed.Descriptor().Fields().Len()))
		switch rule.Name() {
		case "example", "lt_now", "gt_now", "within":
		case "pattern":
			typed.Set(rule, protoreflect.ValueOfString([]string{"^a", "b", "^[a-z]*$", "^.{3,}$"}[c.IntN(4)]))
		case "items", "values":
			typed.Set(rule, protoreflect.ValueOfMessage(c.rules(map[bool]protoreflect.Name{true: "int32", false: inner}[rule.Name() == "values"], "").ProtoReflect()))
		case "keys":
			typed.Set(rule, protoreflect.ValueOfMessage(c.rules("string", "").ProtoReflect()))
		default:
			c.set(typed, rule)
		}
	}
	rules.Set(fd, protoreflect.ValueOfMessage(typed))
	out := rules.Interface().(*validate.FieldRules)
	switch c.IntN(8) {
	case 0:
		out.Ignore = validate.Ignore_IGNORE_IF_ZERO_VALUE.Enum()
	case 1:
		out.Required = proto.Bool(true)
	case 2:
		if c.IntN(4) == 0 {
			out.Ignore = validate.Ignore_IGNORE_ALWAYS.Enum()
		}
	}
	return out
}

// probe is a value to try, whichever way it was made.
type probe func(protoreflect.Message, protoreflect.FieldDescriptor)

// probes are random values of a shape, apart from those that sets propose.
func (c chooser) probes() []probe {
	var out []probe
	for range 12 {
		seed := c.Uint64()
		out = append(out, func(m protoreflect.Message, fd protoreflect.FieldDescriptor) {
			c := chooser{rand.New(rand.NewPCG(seed, 1))}
			one := func(fd protoreflect.FieldDescriptor, fresh func() protoreflect.Value) protoreflect.Value {
				if fd.Message() == nil {
					return c.value(fd, m)
				}
				v := fresh()
				fields := v.Message().Descriptor().Fields()
				for i := range fields.Len() {
					switch f := fields.Get(i); f.Name() {
					case "seconds":
						v.Message().Set(f, protoreflect.ValueOfInt64([]int64{-1, 0, 1, 2, 20_000_000_000}[c.IntN(5)]))
					case "nanos":
						v.Message().Set(f, protoreflect.ValueOfInt32(0))
					case "value":
						if f.Kind() != protoreflect.BytesKind {
							v.Message().Set(f, c.value(f, v.Message()))
						}
					case "type_url":
						v.Message().Set(f, c.value(f, v.Message()))
					case "paths":
						for range c.IntN(3) {
							v.Message().Mutable(f).List().Append(protoreflect.ValueOfString(texts[c.IntN(9)]))
						}
					}
				}
				return v
			}
			switch {
			case fd.IsList():
				list := m.Mutable(fd).List()
				for range c.IntN(4) {
					list.Append(one(fd, list.NewElement))
				}
			case fd.IsMap():
				entries := m.Mutable(fd).Map()
				for range c.IntN(4) {
					entries.Set(one(fd.MapKey(), nil).MapKey(), one(fd.MapValue(), entries.NewValue))
				}
			default:
				m.Set(fd, one(fd, func() protoreflect.Value { return m.NewField(fd) }))
			}
		})
	}
	return out
}

// Rules are random, and so are values: whatever is proved of two sets has to be true of
// what protovalidate says. A false "within" is a break that the gate would let pass.
func TestWhatIsProvedIsTrueOfTheEngine(t *testing.T) {
	t.Parallel()
	engine, err := validator.New(protoregistry.GlobalTypes)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := chooser{rand.New(rand.NewPCG(uint64(i), *seed))}
			proved, open, shown := 0, 0, 0
			for range *rounds {
				a, b := stateOf(t, s, c.rules(s.rules, s.inner), engine), stateOf(t, s, c.rules(s.rules, s.inner), engine)
				if c.IntN(4) == 0 { // the same but for one rule more
					merged := proto.CloneOf(a.rules)
					proto.Merge(merged, b.rules)
					b = stateOf(t, s, merged, engine)
				}
				if c.IntN(2) == 0 {
					a, b = b, a
				}
				sets := [2]*valueset.Set{a.set(), b.set()}
				gaps := sets[0].Within(sets[1])
				probes := c.probes()
				for _, g := range append(gaps, sets[1].Within(sets[0])...) {
					for _, v := range g.Values {
						probes = append(probes, v.Put)
					}
				}
				broken := false
				for _, p := range probes {
					in, compiles := a.accepts(p)
					out, compilesToo := b.accepts(p)
					if !compiles || !compilesToo {
						break
					}
					if in && sets[0].Empty() {
						t.Fatalf("%v accepts a value, and is said to accept none", prototext.MarshalOptions{}.Format(a.rules))
					}
					broken = broken || in && !out
				}
				exhausted := true
				for _, g := range gaps {
					exhausted = exhausted && g.All
				}
				switch {
				case broken && len(gaps) == 0:
					t.Fatalf("said to be within, and a value is not:\n%v\n%v", prototext.MarshalOptions{}.Format(a.rules), prototext.MarshalOptions{}.Format(b.rules))
				case broken && exhausted && !anyRefused(a, b, gaps):
					t.Fatalf("a value is refused, and is not among all there are:\n%v\n%v", prototext.MarshalOptions{}.Format(a.rules), prototext.MarshalOptions{}.Format(b.rules))
				case len(gaps) == 0:
					proved++
				case anyRefused(a, b, gaps):
					shown++
				default:
					open++
				}
			}
			t.Logf("of %d pairs %d are proved, %d refuted by a value, %d open", *rounds, proved, shown, open)
			if proved == 0 || shown == 0 {
				t.Error("nothing was tried")
			}
		})
	}
}

func anyRefused(a, b state, gaps []valueset.Gap) bool {
	for _, g := range gaps {
		for _, v := range g.Values {
			in, _ := a.accepts(v.Put)
			out, _ := b.accepts(v.Put)
			if in && !out {
				return true
			}
		}
	}
	return false
}

// Many more pairs are tried with -rounds=5000 -seed=N.
var (
	rounds = flag.Int("rounds", 60, "pairs of rules for each type of field")
	seed   = flag.Uint64("seed", 99, "where the random rules begin")
)
