package contracttest

import (
	"math"
	"math/rand/v2"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Filler makes random messages: mostly small and of odd values, some deep and some long.
type Filler struct {
	Rand  *rand.Rand
	Types interface { // what an Any may hold, and extensions
		protoregistry.MessageTypeResolver
		protoregistry.ExtensionTypeResolver
	}
	Files *protoregistry.Files
	left  int // values that a message may still get
}

// Message fills msg.
func (f *Filler) Message(msg protoreflect.Message) {
	f.left = 60
	deep := 4
	switch f.Rand.IntN(10) {
	case 0:
		deep = 50 + f.Rand.IntN(90) // readers take 64 levels of JSON, of which an Any and what it holds are one
	case 1:
		f.left = 2000
	}
	f.message(msg, deep, true)
}

func (f *Filler) one(n int) bool { return f.Rand.IntN(n) == 0 }

func (f *Filler) message(m protoreflect.Message, deep int, outer bool) {
	if f.wellKnown(m, deep) {
		return
	}
	fields := m.Descriptor().Fields()
	var all []protoreflect.FieldDescriptor
	for i := range fields.Len() {
		all = append(all, fields.Get(i))
	}
	all = append(all, f.extensions(m)...)
	// A few fields of a message, one of which leads on if it is to be deep.
	chance := 2 + f.Rand.IntN(8)
	for _, i := range f.Rand.Perm(len(all)) {
		fd := all[i]
		required := fd.Cardinality() == protoreflect.Required || fd.Name() == "id" && fd.Number() == 1
		if (f.left <= 0 || !f.one(chance)) && !required && !(deep > 20 && f.leads(fd)) {
			continue
		}
		if fd.Message() != nil && deep <= 0 {
			continue
		}
		f.left--
		f.field(m, fd, deep)
		if deep > 20 && f.leads(fd) { // one way down is enough
			break
		}
	}
	for i := range len(all) {
		fd := all[i]
		if (fd.Cardinality() == protoreflect.Required || outer && fd.Name() == "id" && fd.Number() == 1) && !m.Has(fd) {
			f.field(m, fd, deep)
		}
	}
}

// leads reports whether a field may hold messages of any depth.
func (f *Filler) leads(fd protoreflect.FieldDescriptor) bool {
	if fd.IsMap() || fd.IsList() || fd.Message() == nil {
		return false
	}
	if fd.Message().ParentFile().Package() != "google.protobuf" {
		return true
	}
	switch fd.Message().Name() {
	case "Any":
		return true
	case "Struct", "Value", "ListValue":
		return f.one(12)
	}
	return false
}

// extensions are those of a message, in the filler's files.
func (f *Filler) extensions(m protoreflect.Message) (out []protoreflect.FieldDescriptor) {
	if m.Descriptor().ExtensionRanges().Len() == 0 {
		return nil
	}
	for n := protoreflect.FieldNumber(100); n <= 110; n++ {
		if x, err := f.Types.FindExtensionByNumber(m.Descriptor().FullName(), n); err == nil {
			out = append(out, x.TypeDescriptor())
		}
	}
	if x, err := f.Types.FindExtensionByNumber(m.Descriptor().FullName(), 1000); err == nil {
		out = append(out, x.TypeDescriptor())
	}
	return out
}

func (f *Filler) field(m protoreflect.Message, fd protoreflect.FieldDescriptor, deep int) {
	switch {
	case fd.IsMap():
		mp := m.Mutable(fd).Map()
		for range f.Rand.IntN(4) {
			v := mp.NewValue()
			if fd.MapValue().Message() != nil {
				f.message(v.Message(), deep-1, false)
			} else {
				v = f.scalar(fd.MapValue())
			}
			mp.Set(f.scalar(fd.MapKey()).MapKey(), v)
		}
	case fd.IsList():
		l := m.Mutable(fd).List()
		n := f.Rand.IntN(4)
		if f.one(100) && fd.Message() == nil {
			n = 1000
		}
		for range n {
			v := l.NewElement()
			if fd.Message() != nil {
				f.message(v.Message(), deep-1, false)
			} else {
				v = f.scalar(fd)
			}
			l.Append(v)
		}
	case fd.Message() != nil:
		v := m.NewField(fd)
		f.message(v.Message(), deep-1, false)
		m.Set(fd, v)
	default:
		m.Set(fd, f.scalar(fd))
	}
}

func pick[T any](f *Filler, of ...T) T { return of[f.Rand.IntN(len(of))] }

// texts are what codecs stumble over.
var texts = []string{
	"", "x", " ", "a,b", ", \"", "\\", "\x00", "\n\t", "\u007f", "\u2028", "ä", "🥛", "null", "{}", "[]", "\"@type\"", "NaN", "2026-01-01T00:00:00", "specversion",
	"e\u0301", "\ufffd", "\ufeff", "<script>", strings.Repeat("long ", 300), strings.Repeat("\"", 100),
}

func (f *Filler) scalar(fd protoreflect.FieldDescriptor) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(f.one(2))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(pick(f, 0, 1, -1, math.MaxInt32, math.MinInt32, int32(f.Rand.Uint32())))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(pick(f, 0, 1, -1, math.MaxInt64, math.MinInt64, 1<<53+1, f.Rand.Int64()))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(pick(f, 0, 1, math.MaxUint32, f.Rand.Uint32()))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(pick(f, 0, 1, math.MaxUint64, 1<<53+1, f.Rand.Uint64()))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(pick(f, 0, float32(math.Copysign(0, -1)), 1.5, math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.NaN()), float32(math.Inf(-1)), f.Rand.Float32()))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(f.number())
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		n := values.Get(f.Rand.IntN(values.Len())).Number()
		if f.one(6) {
			n = pick(f, protoreflect.EnumNumber(77), -5)
		}
		return protoreflect.ValueOfEnum(n)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(pick(f, []byte{}, []byte("x"), []byte{0xff, 0, 0xfe}, []byte(strings.Repeat("\x80", 300))))
	}
	if name := fd.Name(); name == "id" || name == "uuids" {
		s := []byte("00000000-0000-4000-8000-000000000000")
		for i := range s {
			if s[i] == '0' {
				s[i] = pick(f, []byte("0123456789abcdef")...)
			}
		}
		if f.one(3) {
			return protoreflect.ValueOfString(strings.ToUpper(string(s)))
		}
		return protoreflect.ValueOfString(string(s))
	}
	if f.one(200) {
		return protoreflect.ValueOfString("\xff") // never written
	}
	return protoreflect.ValueOfString(pick(f, texts...))
}

func (f *Filler) number() float64 {
	return pick(f, 0, math.Copysign(0, -1), 1, -1.5, 1<<53, -(1 << 53), 1e21, 1e-7, 1e300, math.SmallestNonzeroFloat64, f.Rand.NormFloat64(), f.Rand.NormFloat64(), float64(f.Rand.Int32()), pick(f, math.MaxFloat64, math.NaN(), math.Inf(1), 1<<53+2, 1e17))
}

// wellKnown fills a message that has a JSON of its own.
func (f *Filler) wellKnown(m protoreflect.Message, deep int) bool {
	d := m.Descriptor()
	set := func(name protoreflect.Name, v protoreflect.Value) { m.Set(d.Fields().ByName(name), v) }
	switch d.FullName() {
	case "google.protobuf.Timestamp":
		set("seconds", protoreflect.ValueOfInt64(pick[int64](f, 0, -62135596800, 253402300799, 1767225600, f.Rand.Int64N(1<<32), pick[int64](f, 0, -62135596801, 253402300800))))
		set("nanos", protoreflect.ValueOfInt32(pick[int32](f, 0, 1, 999999999, 500000000, 123456000, pick[int32](f, 0, -1, 1000000000))))
	case "google.protobuf.Duration":
		set("seconds", protoreflect.ValueOfInt64(pick[int64](f, 0, 1, 315576000000, 60)))
		set("nanos", protoreflect.ValueOfInt32(pick[int32](f, 0, 1, 999999999)))
		if f.one(3) {
			set("seconds", protoreflect.ValueOfInt64(-3))
			set("nanos", protoreflect.ValueOfInt32(-pick(f, 0, 500000000, int32(1))))
		}
	case "google.protobuf.FieldMask":
		l := m.Mutable(d.Fields().ByName("paths")).List()
		for range f.Rand.IntN(3) {
			l.Append(protoreflect.ValueOfString(pick(f, "a", "a_b", "a.b_c", pick(f, "a", "aB", "a,b", ""))))
		}
	case "google.protobuf.Value":
		f.value(m, deep)
	case "google.protobuf.Any":
		f.any(m, deep)
	default:
		return false
	}
	return true
}

func (f *Filler) value(m protoreflect.Message, deep int) {
	d := m.Descriptor().Fields()
	kinds := []protoreflect.Name{"null_value", "number_value", "string_value", "bool_value"}
	if deep > 0 && f.left > 0 {
		kinds = append(kinds, "struct_value", "list_value")
		if deep > 20 {
			kinds = kinds[4:]
		}
	}
	f.left--
	fd := d.ByName(pick(f, kinds...))
	switch {
	case f.one(100): // an empty Value is never written
	case fd.Name() == "number_value":
		m.Set(fd, protoreflect.ValueOfFloat64(f.number()))
	case fd.Message() == nil:
		m.Set(fd, f.scalar(fd))
	default:
		v := m.NewField(fd)
		inner := v.Message()
		many := inner.Descriptor().Fields().Get(0)
		for f.field(inner, many, deep); deep > 20 && !inner.Has(many); {
			f.field(inner, many, deep)
		}
		m.Set(fd, v)
	}
}

// any puts a message of the files, or a well-known one, into an Any.
func (f *Filler) any(m protoreflect.Message, deep int) {
	if deep <= 20 && f.one(8) {
		return // an empty one
	}
	names := []protoreflect.FullName{
		"google.protobuf.Duration", "google.protobuf.Timestamp", "google.protobuf.Value", "google.protobuf.Struct", "google.protobuf.ListValue",
		"google.protobuf.StringValue", "google.protobuf.Int64Value", "google.protobuf.Empty", "google.protobuf.FieldMask", "google.protobuf.Any",
	}
	for _, own := range []protoreflect.FullName{"torture.v1.P", "torture.v1.A", "torture.v1.P"} {
		if _, err := f.Files.FindDescriptorByName(own); err == nil {
			names = append(names, own, own)
		}
	}
	name := pick(f, names...)
	if deep > 20 { // one that leads on
		name = names[len(names)-1]
		if f.one(20) {
			name = pick[protoreflect.FullName](f, "google.protobuf.Any", "google.protobuf.Value")
		}
	}
	if deep <= 20 && f.one(30) {
		name = "google.protobuf.FileDescriptorProto" // of no contract: never written
	}
	var d protoreflect.MessageDescriptor
	if found, err := f.Files.FindDescriptorByName(name); err == nil {
		d = found.(protoreflect.MessageDescriptor)
	} else if typ, err := protoregistry.GlobalTypes.FindMessageByName(name); err == nil {
		d = typ.Descriptor()
	} else {
		return
	}
	inner := dynamicpb.NewMessage(d)
	f.message(inner, deep-1, false)
	raw, err := proto.MarshalOptions{Deterministic: true, AllowPartial: true}.Marshal(inner)
	if err != nil {
		return // a text that is not UTF-8
	}
	fields := m.Descriptor().Fields()
	m.Set(fields.ByName("type_url"), protoreflect.ValueOfString(pick(f, "type.googleapis.com/", "/", "example.com/a/")+string(name)))
	if len(raw) > 0 {
		m.Set(fields.ByName("value"), protoreflect.ValueOfBytes(raw))
	}
}
