package reality_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// contract is a file with one event, as edits change it: options are protobuf's own
// messages, and what descriptors only imply (entries of maps, oneofs of optional fields)
// is not in it.
type contract struct {
	syntax   string     // proto2, proto3, or 2023 for that edition
	messages []*message // the event first; the others may be in it, and in each other
	enum     []value
	closed   bool // the enum, in an edition
	event    *eventcontractsv1.EventOptions
	topic    *eventcontractsv1.TopicOptions
}

type message struct {
	name   string
	fields []*field
	oneofs []oneof
	rules  *validate.MessageRules
	// What deleted fields had and is reserved.
	numbers []int32
	names   []string
	made    int32 // fields so far: a name that comes again is for buf's own rules
}

type oneof struct {
	name     string
	required bool
}

type value struct {
	name   string
	number int32
}

type field struct {
	name   string
	number int32
	kind   kind
	card   card
	oneof  string
	json   string // its name in JSON, if it has one of its own
	must   bool   // required by protobuf itself, but in proto3
	preset string // the default of protobuf itself, but in proto3
	rules  *validate.FieldRules
	own    *eventcontractsv1.FieldOptions
}

type card int

const (
	implicit card = iota
	optional
	repeated
	mapped
)

// kind is what a field holds.
type kind struct {
	typ   descriptorpb.FieldDescriptorProto_Type
	name  string            // of a message or enum
	rules protoreflect.Name // the member of FieldRules.type; "" if there is none
}

const (
	messageType = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	enumType    = descriptorpb.FieldDescriptorProto_TYPE_ENUM
)

var kinds = []kind{
	{descriptorpb.FieldDescriptorProto_TYPE_STRING, "", "string"},
	{descriptorpb.FieldDescriptorProto_TYPE_INT32, "", "int32"},
	{descriptorpb.FieldDescriptorProto_TYPE_INT64, "", "int64"},
	{descriptorpb.FieldDescriptorProto_TYPE_UINT32, "", "uint32"},
	{descriptorpb.FieldDescriptorProto_TYPE_UINT64, "", "uint64"},
	{descriptorpb.FieldDescriptorProto_TYPE_SINT32, "", "sint32"},
	{descriptorpb.FieldDescriptorProto_TYPE_SINT64, "", "sint64"},
	{descriptorpb.FieldDescriptorProto_TYPE_FIXED32, "", "fixed32"},
	{descriptorpb.FieldDescriptorProto_TYPE_FIXED64, "", "fixed64"},
	{descriptorpb.FieldDescriptorProto_TYPE_SFIXED32, "", "sfixed32"},
	{descriptorpb.FieldDescriptorProto_TYPE_SFIXED64, "", "sfixed64"},
	{descriptorpb.FieldDescriptorProto_TYPE_BOOL, "", "bool"},
	{descriptorpb.FieldDescriptorProto_TYPE_FLOAT, "", "float"},
	{descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, "", "double"},
	{descriptorpb.FieldDescriptorProto_TYPE_BYTES, "", "bytes"},
	{enumType, ".shop.v1.Color", "enum"},
	{messageType, ".google.protobuf.Timestamp", "timestamp"},
	{messageType, ".google.protobuf.Duration", "duration"},
	{messageType, ".google.protobuf.FieldMask", "field_mask"},
	{messageType, ".google.protobuf.Any", "any"},
	{messageType, ".google.protobuf.Int32Value", "int32"},
	{messageType, ".google.protobuf.StringValue", "string"},
	{messageType, ".google.protobuf.BoolValue", "bool"},
	{messageType, ".google.protobuf.Struct", ""},
	{messageType, ".shop.v1.Line", ""},
	{messageType, ".shop.v1.Place", ""},
	{messageType, ".shop.v1.Line", ""}, // what is inside messages is what is easily missed
	{messageType, ".shop.v1.Place", ""},
	{messageType, ".shop.v1.Line", ""},
}

// imports are the files that contracts need, and that never change.
var imports = []string{
	"buf/validate/validate.proto", "eventcontracts/v1/options.proto", "google/protobuf/any.proto", "google/protobuf/duration.proto",
	"google/protobuf/field_mask.proto", "google/protobuf/struct.proto", "google/protobuf/timestamp.proto", "google/protobuf/wrappers.proto",
}

func (f *field) clone() *field {
	c := *f
	c.rules, c.own = proto.CloneOf(f.rules), proto.CloneOf(f.own)
	return &c
}

func (c *contract) clone() *contract {
	out := &contract{syntax: c.syntax, closed: c.closed, enum: slices.Clone(c.enum), event: proto.CloneOf(c.event), topic: proto.CloneOf(c.topic)}
	for _, m := range c.messages {
		n := &message{name: m.name, oneofs: slices.Clone(m.oneofs), rules: proto.CloneOf(m.rules), numbers: slices.Clone(m.numbers), names: slices.Clone(m.names), made: m.made}
		for _, f := range m.fields {
			n.fields = append(n.fields, f.clone())
		}
		out.messages = append(out.messages, n)
	}
	return out
}

// file is the contract as a descriptor.
func (c *contract) file() *descriptorpb.FileDescriptorProto {
	out := &descriptorpb.FileDescriptorProto{
		Name: proto.String("shop.proto"), Package: proto.String("shop.v1"), Syntax: proto.String(c.syntax),
		Dependency: imports, Options: &descriptorpb.FileOptions{},
	}
	if c.syntax == edition {
		out.Syntax, out.Edition = proto.String("editions"), descriptorpb.Edition_EDITION_2023.Enum()
	}
	proto.SetExtension(out.Options, eventcontractsv1.E_Topic, []*eventcontractsv1.TopicOptions{c.topic})
	colors := &descriptorpb.EnumDescriptorProto{Name: proto.String("Color")}
	if c.syntax == edition && c.closed {
		colors.Options = &descriptorpb.EnumOptions{Features: &descriptorpb.FeatureSet{EnumType: descriptorpb.FeatureSet_CLOSED.Enum()}}
	}
	for _, v := range c.enum {
		colors.Value = append(colors.Value, &descriptorpb.EnumValueDescriptorProto{Name: proto.String(v.name), Number: proto.Int32(v.number)})
	}
	out.EnumType = append(out.EnumType, colors)
	for i, m := range c.messages {
		d := m.descriptor(c.syntax)
		if i == 0 {
			proto.SetExtension(d.Options, eventcontractsv1.E_Event, c.event)
		}
		out.MessageType = append(out.MessageType, d)
	}
	return out
}

func (m *message) descriptor(syntax string) *descriptorpb.DescriptorProto {
	out := &descriptorpb.DescriptorProto{Name: proto.String(m.name), Options: &descriptorpb.MessageOptions{}, ReservedName: m.names}
	for _, n := range m.numbers {
		out.ReservedRange = append(out.ReservedRange, &descriptorpb.DescriptorProto_ReservedRange{Start: proto.Int32(n), End: proto.Int32(n + 1)})
	}
	if m.rules != nil {
		proto.SetExtension(out.Options, validate.E_Message, m.rules)
	}
	index := map[string]int32{}
	for _, o := range m.oneofs {
		if !slices.ContainsFunc(m.fields, func(f *field) bool { return f.oneof == o.name }) {
			continue
		}
		index[o.name] = int32(len(out.OneofDecl))
		d := &descriptorpb.OneofDescriptorProto{Name: proto.String(o.name), Options: &descriptorpb.OneofOptions{}}
		if o.required {
			proto.SetExtension(d.Options, validate.E_Oneof, &validate.OneofRules{Required: proto.Bool(true)})
		}
		out.OneofDecl = append(out.OneofDecl, d)
	}
	for _, f := range m.fields {
		d := f.descriptor(syntax)
		switch {
		case f.card == mapped:
			entry := fmt.Sprintf("%sEntry", camel(f.name))
			out.NestedType = append(out.NestedType, f.entry(entry))
			d.Type, d.TypeName = messageType.Enum(), proto.String(".shop.v1."+m.name+"."+entry)
		case f.oneof != "":
			d.OneofIndex = proto.Int32(index[f.oneof])
		}
		out.Field = append(out.Field, d)
	}
	for i, f := range m.fields { // synthetic oneofs are behind the others
		if syntax == "proto3" && f.card == optional && f.oneof == "" && f.kind.typ != messageType {
			out.Field[i].Proto3Optional = proto.Bool(true)
			out.Field[i].OneofIndex = proto.Int32(int32(len(out.OneofDecl)))
			out.OneofDecl = append(out.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: proto.String("_" + f.name)})
		}
	}
	return out
}

func camel(name string) string { return string(name[0]-'a'+'A') + name[1:] }

const edition = "2023"

// set gives a field what syntaxes say in words of their own: whether it has presence, and
// what it is if it is not set.
func (f *field) set(d *descriptorpb.FieldDescriptorProto, syntax string) {
	single := f.card <= optional && f.oneof == ""
	switch {
	case syntax == "proto3" || !single:
		return
	case syntax == "proto2" && f.must:
		d.Label = descriptorpb.FieldDescriptorProto_LABEL_REQUIRED.Enum()
	case f.must:
		d.Options.Features = &descriptorpb.FeatureSet{FieldPresence: descriptorpb.FeatureSet_LEGACY_REQUIRED.Enum()}
	case syntax == edition && f.card == implicit && f.kind.typ != messageType:
		d.Options.Features = &descriptorpb.FeatureSet{FieldPresence: descriptorpb.FeatureSet_IMPLICIT.Enum()}
		return
	}
	if f.preset != "" && f.kind.typ != messageType {
		d.DefaultValue = proto.String(f.preset)
	}
}

func (f *field) descriptor(syntax string) *descriptorpb.FieldDescriptorProto {
	d := &descriptorpb.FieldDescriptorProto{
		Name: proto.String(f.name), Number: proto.Int32(f.number), JsonName: proto.String(f.name), Type: f.kind.typ.Enum(),
		Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), Options: &descriptorpb.FieldOptions{},
	}
	if f.json != "" {
		d.JsonName = proto.String(f.json)
	}
	f.set(d, syntax)
	if f.kind.name != "" {
		d.TypeName = proto.String(f.kind.name)
	}
	if f.card == repeated || f.card == mapped {
		d.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	}
	if f.rules != nil {
		proto.SetExtension(d.Options, validate.E_Field, f.rules)
	}
	if f.own != nil {
		proto.SetExtension(d.Options, eventcontractsv1.E_Field, f.own)
	}
	return d
}

func (f *field) entry(name string) *descriptorpb.DescriptorProto {
	value := &descriptorpb.FieldDescriptorProto{Name: proto.String("value"), Number: proto.Int32(2), JsonName: proto.String("value"), Type: f.kind.typ.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()}
	if f.kind.name != "" {
		value.TypeName = proto.String(f.kind.name)
	}
	return &descriptorpb.DescriptorProto{
		Name: proto.String(name), Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)},
		Field: []*descriptorpb.FieldDescriptorProto{
			{Name: proto.String("key"), Number: proto.Int32(1), JsonName: proto.String("key"), Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()},
			value,
		},
	}
}

// side is a contract as the gate and as services see it.
type side struct {
	*contract
	file     *descriptorpb.FileDescriptorProto
	state    *compat.State
	registry *event.Registry
	of       *event.Contract
}

// build makes a side; an error says that the contract is not sound, which edits make of
// some.
func build(c *contract) (*side, error) {
	s := &side{contract: c, file: c.file()}
	fd, err := protodesc.NewFile(s.file, protoregistry.GlobalFiles)
	if err != nil {
		return nil, err
	}
	files := &protoregistry.Files{}
	if err := register(files, fd); err != nil {
		return nil, err
	}
	if s.registry, err = event.NewRegistry(files); err != nil {
		return nil, err
	}
	s.of = s.registry.Contracts()[0]
	s.state, err = compat.NewState(files)
	return s, err
}

func register(files *protoregistry.Files, f protoreflect.FileDescriptor) error {
	if _, err := files.FindFileByPath(f.Path()); err == nil {
		return nil
	}
	for i := range f.Imports().Len() {
		if err := register(files, f.Imports().Get(i).FileDescriptor); err != nil {
			return err
		}
	}
	return files.RegisterFile(f)
}

// chooser makes random choices.
type chooser struct{ *rand.Rand }

func one[T any](c chooser, of []T) T { return of[c.IntN(len(of))] }

// contract is a random one.
func (c chooser) contract() *contract {
	out := &contract{
		syntax: one(c, []string{"proto3", "proto3", "proto2", edition}),
		enum:   []value{{"COLOR_UNSPECIFIED", 0}, {"COLOR_RED", 1}, {"COLOR_BLUE", 3}},
		event:  &eventcontractsv1.EventOptions{Topic: "orders", Key: "id", Owner: "team-shop"},
		topic:  &eventcontractsv1.TopicOptions{Name: "orders", Partitions: 1, Replicas: 1, Retention: "7d", Format: eventcontractsv1.Format(1 + c.IntN(4))},
	}
	// The key has to be there, which proto2 says by its label.
	id := &field{name: "id", number: 1, must: out.syntax == "proto2", kind: kinds[0], rules: stringRules(&validate.StringRules{WellKnown: &validate.StringRules_Uuid{Uuid: true}})}
	out.messages = []*message{{name: "OrderPlaced", fields: []*field{id}}, {name: "Line"}, {name: "Place"}}
	for _, m := range out.messages {
		if c.IntN(3) == 0 {
			m.oneofs = []oneof{{"choice", c.IntN(4) == 0}}
		}
		for range 2 + c.IntN(4) {
			m.fields = append(m.fields, c.field(m))
		}
		if c.IntN(8) == 0 {
			m.rules = c.messageRules(m)
		}
	}
	return out
}

func stringRules(r *validate.StringRules) *validate.FieldRules {
	return &validate.FieldRules{Type: &validate.FieldRules_String_{String_: r}}
}

// field is a random field that the message has not.
func (c chooser) field(m *message) *field {
	f := &field{kind: one(c, kinds), card: card(c.IntN(4))}
	if c.IntN(2) == 0 {
		f.card %= 2
	}
	m.made++
	f.number = m.made + 1
	f.name = fmt.Sprintf("f%d", f.number)
	if len(m.oneofs) > 0 && f.card < repeated && c.IntN(2) == 0 {
		f.card, f.oneof = implicit, m.oneofs[0].name
	}
	if c.IntN(3) > 0 {
		f.rules = c.fieldRules(f)
	}
	c.setDefault(f)
	if c.IntN(8) == 0 {
		c.setAccept(f)
	}
	return f
}
