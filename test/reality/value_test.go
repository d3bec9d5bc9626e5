package reality_test

import (
	"math"
	"slices"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/validator"
)

// hints are what the rules of both sides name: what tells them apart is mostly near.
type hints struct {
	numbers []int64
	floats  []float64
	texts   []string
}

func (h *hints) read(m protoreflect.Message) {
	if !m.IsValid() {
		return
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		one := func(v protoreflect.Value) {
			switch x := v.Interface().(type) {
			case protoreflect.Message:
				h.read(x)
			case string:
				h.texts = append(h.texts, x)
			case []byte:
				h.texts = append(h.texts, string(x))
			case int32:
				h.numbers = append(h.numbers, int64(x))
			case int64:
				h.numbers = append(h.numbers, x)
			case uint32:
				h.numbers = append(h.numbers, int64(x))
			case uint64:
				h.numbers = append(h.numbers, int64(min(x, math.MaxInt64)))
			case float32:
				h.floats = append(h.floats, float64(x))
			case float64:
				h.floats = append(h.floats, x)
			}
		}
		if fd.IsList() {
			for i := range v.List().Len() {
				one(v.List().Get(i))
			}
		} else {
			one(v)
		}
		return true
	})
}

// prober makes messages that a writer may write, near what its reader may see otherwise.
type prober struct {
	chooser
	validator *validator.Validator
	hints     map[string]*hints // by the names of message and field, "Line.f2"
	changed   map[string]bool   // fields of which something is different on the other side
	known     map[probeKey][]protoreflect.Value
}

type probeKey struct {
	name  protoreflect.FullName
	depth int
}

func newProber(c chooser, v *validator.Validator, a, b *contract) *prober {
	p := &prober{c, v, map[string]*hints{}, map[string]bool{}, map[probeKey][]protoreflect.Value{}}
	seen := map[string]proto.Message{}
	for i, k := range []*contract{a, b} {
		for _, m := range k.messages {
			for _, f := range m.fields {
				key := m.name + "." + f.name
				h := p.hints[key]
				if h == nil {
					h = &hints{}
					p.hints[key] = h
				}
				h.read(f.rules.ProtoReflect())
				h.read(f.own.GetAccept().ProtoReflect())
				d := f.descriptor(k.syntax)
				if i == 0 {
					seen[key] = d
				} else if !proto.Equal(seen[key], d) {
					p.changed[key] = true
				}
			}
		}
	}
	for i, m := range a.messages {
		n := b.messages[i]
		if !proto.Equal(m.rules, n.rules) || !slices.Equal(m.oneofs, n.oneofs) || len(m.fields) != len(n.fields) {
			for _, f := range m.fields {
				p.changed[m.name+"."+f.name] = true
			}
		}
		for _, f := range m.fields {
			if f.kind.rules == "enum" && (a.closed != b.closed || !slices.Equal(a.enum, b.enum)) {
				p.changed[m.name+"."+f.name] = true
			}
		}
	}
	return p
}

// integers are n as a value of a field's kind, if it fits.
func integer(fd protoreflect.FieldDescriptor, n int64) (protoreflect.Value, bool) {
	switch fd.Kind() {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(n)), n >= math.MinInt32 && n <= math.MaxInt32
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(n), true
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(n)), n >= 0 && n <= math.MaxUint32
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(uint64(n)), n >= 0
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n)), n >= 0 && n <= 12
	}
	return protoreflect.Value{}, false
}

// singles are values of one element of a field.
func (p *prober) singles(fd protoreflect.FieldDescriptor, h *hints, depth int, fresh func() protoreflect.Value) []protoreflect.Value {
	var out []protoreflect.Value
	numbers := []int64{0, 1, 2, -1, 7, 100}
	for _, n := range h.numbers {
		numbers = append(numbers, n-1, n, n+1)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return []protoreflect.Value{protoreflect.ValueOfBool(false), protoreflect.ValueOfBool(true)}
	case protoreflect.StringKind:
		for _, t := range p.texts(h, numbers) {
			out = append(out, protoreflect.ValueOfString(t))
		}
		return out
	case protoreflect.BytesKind:
		for _, t := range p.texts(h, numbers) {
			out = append(out, protoreflect.ValueOfBytes([]byte(t)))
		}
		for _, n := range []int{4, 16} {
			out = append(out, protoreflect.ValueOfBytes(make([]byte, n)))
		}
		return out
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		floats := []float64{0, 1, -1, math.Inf(1), math.Inf(-1), math.NaN()}
		for _, x := range h.floats {
			floats = append(floats, x, x+0.25, x-0.25, float64(math.Nextafter32(float32(x), 1e9)))
		}
		for _, x := range floats {
			if fd.Kind() == protoreflect.FloatKind {
				out = append(out, protoreflect.ValueOfFloat32(float32(x)))
			} else {
				out = append(out, protoreflect.ValueOfFloat64(x))
			}
		}
		return out
	case protoreflect.MessageKind:
		return p.messages(fd, h, numbers, depth, fresh)
	}
	for _, n := range append(numbers, math.MaxInt32, math.MinInt32, math.MaxInt64) {
		if v, ok := integer(fd, n); ok {
			out = append(out, v)
		}
	}
	return out
}

func (p *prober) texts(h *hints, lengths []int64) []string {
	out := append([]string{"ABC", "a1"}, texts...)
	for _, n := range lengths {
		if n > 0 && n < 70 {
			out = append(out, strings.Repeat("a", int(n)), strings.Repeat("é", int(n)))
		}
	}
	for _, t := range h.texts {
		out = append(out, t, t+"x", "x"+t, t+one(p.chooser, texts), "a"+t+"a")
	}
	for _, t := range h.texts {
		out = append(out, t+one(p.chooser, append(h.texts, "")))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *prober) messages(fd protoreflect.FieldDescriptor, h *hints, numbers []int64, depth int, fresh func() protoreflect.Value) []protoreflect.Value {
	var out []protoreflect.Value
	add := func(fill func(m protoreflect.Message)) {
		v := fresh()
		fill(v.Message())
		out = append(out, v)
	}
	set := func(m protoreflect.Message, name protoreflect.Name, v protoreflect.Value) {
		m.Set(m.Descriptor().Fields().ByName(name), v)
	}
	switch md := fd.Message(); md.FullName() {
	case "google.protobuf.Timestamp", "google.protobuf.Duration":
		for _, n := range numbers {
			for _, nanos := range []int32{0, 1, 500_000_000} {
				add(func(m protoreflect.Message) {
					sign := int32(1)
					if md.Name() == "Duration" && n < 0 {
						sign = -1
					}
					set(m, "seconds", protoreflect.ValueOfInt64(n))
					set(m, "nanos", protoreflect.ValueOfInt32(sign*nanos))
				})
			}
		}
	case "google.protobuf.FieldMask":
		for _, list := range [][]string{{}, {"a"}, {"b"}, {"a.b"}, {"a", "c"}, {"d"}, {"a", "b"}} {
			add(func(m protoreflect.Message) {
				for _, path := range list {
					m.Mutable(m.Descriptor().Fields().ByName("paths")).List().Append(protoreflect.ValueOfString(path))
				}
			})
		}
	case "google.protobuf.Any":
		for _, url := range append(urls, "type.googleapis.com/google.protobuf.StringValue") {
			add(func(m protoreflect.Message) { set(m, "type_url", protoreflect.ValueOfString(url)) })
		}
	case "google.protobuf.Struct":
		add(func(protoreflect.Message) {})
	default:
		if value := md.Fields().ByName("value"); value != nil && md.ParentFile().Package() == "google.protobuf" {
			for _, v := range p.singles(value, h, depth, nil) {
				add(func(m protoreflect.Message) { m.Set(value, v) })
			}
			break
		}
		for _, m := range p.variants(md, depth+1) {
			out = append(out, protoreflect.ValueOfMessage(m))
		}
	}
	return out
}

// most is how many values of a field are tried.
const most = 40

// accepted are values of a field that its own rules accept, whatever is in the messages
// that it holds.
func (p *prober) accepted(fd protoreflect.FieldDescriptor, depth int) []protoreflect.Value {
	key := probeKey{fd.FullName(), depth}
	if known, ok := p.known[key]; ok {
		return known
	}
	name := string(fd.ContainingMessage().Name()) + "." + string(fd.Name())
	h := p.hints[name]
	m := dynamicpb.NewMessage(fd.ContainingMessage())
	var all []protoreflect.Value
	switch {
	case fd.IsList():
		all = p.lists(fd, h, depth, m)
	case fd.IsMap():
		all = p.maps(fd, h, depth, m)
	default:
		all = p.singles(fd, h, depth, func() protoreflect.Value { return m.NewField(fd) })
	}
	limit := most
	if !p.changed[name] && fd.Message() == nil {
		limit = 6
	}
	p.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var out []protoreflect.Value
	for _, v := range all {
		if len(out) == limit {
			break
		}
		if p.fits(fd, v) {
			out = append(out, v)
		}
	}
	p.known[key] = out
	return out
}

// fits asks a field's own rules about a value, or its absence.
func (p *prober) fits(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	m := dynamicpb.NewMessage(fd.ContainingMessage())
	if v.IsValid() {
		m.Set(fd, v)
	} else if fd.Cardinality() == protoreflect.Required {
		return false
	}
	return p.validator.Validate(m, protovalidate.WithFilter(protovalidate.FilterFunc(
		func(_ protoreflect.Message, d protoreflect.Descriptor) bool { return d.FullName() == fd.FullName() }))) == nil
}

func (p *prober) counts(h *hints) []int {
	out := []int{0, 1, 2, 3}
	for _, n := range h.numbers {
		if n > 0 && n < 8 {
			out = append(out, int(n)-1, int(n), int(n)+1)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *prober) lists(fd protoreflect.FieldDescriptor, h *hints, depth int, m protoreflect.Message) []protoreflect.Value {
	element := func() protoreflect.Value { return m.NewField(fd).List().NewElement() }
	singles := p.singles(fd, h, depth, element)
	var out []protoreflect.Value
	list := func(vs ...protoreflect.Value) {
		l := m.NewField(fd)
		for _, v := range vs {
			l.List().Append(v)
		}
		out = append(out, l)
	}
	list()
	for _, v := range singles {
		list(v)
	}
	if len(singles) == 0 {
		return out
	}
	for _, n := range p.counts(h) {
		for range 3 {
			var vs []protoreflect.Value
			for range n {
				vs = append(vs, one(p.chooser, singles))
			}
			list(vs...)
		}
		list(slices.Repeat([]protoreflect.Value{one(p.chooser, singles)}, n)...)
	}
	return out
}

func (p *prober) maps(fd protoreflect.FieldDescriptor, h *hints, depth int, m protoreflect.Message) []protoreflect.Value {
	singles := p.singles(fd.MapValue(), h, depth, func() protoreflect.Value { return m.NewField(fd).Map().NewValue() })
	keys := p.texts(h, h.numbers)
	var out []protoreflect.Value
	add := func(keys []string, values []protoreflect.Value) {
		v := m.NewField(fd)
		for i, k := range keys {
			v.Map().Set(protoreflect.ValueOfString(k).MapKey(), values[i%len(values)])
		}
		out = append(out, v)
	}
	add(nil, nil)
	if len(singles) == 0 {
		return out
	}
	for _, v := range singles {
		add([]string{one(p.chooser, keys)}, []protoreflect.Value{v})
	}
	for _, k := range keys {
		add([]string{k}, []protoreflect.Value{one(p.chooser, singles)})
	}
	for _, n := range p.counts(h) {
		for range 2 {
			p.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			add(keys[:min(n, len(keys))], []protoreflect.Value{one(p.chooser, singles), one(p.chooser, singles)})
		}
	}
	return out
}

// deepest is how far messages in messages go.
const deepest = 3

// random is a message whose fields' own rules accept it; nil if none is found.
func (p *prober) random(md protoreflect.MessageDescriptor, depth int, sparse bool) *dynamicpb.Message {
	m := dynamicpb.NewMessage(md)
	chosen := map[protoreflect.Name]int{}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
			if _, ok := chosen[o.Name()]; !ok {
				chosen[o.Name()] = p.IntN(o.Fields().Len() + 1)
			}
			if at := chosen[o.Name()]; at == o.Fields().Len() || o.Fields().Get(at) != fd {
				continue
			}
		}
		absent := p.fits(fd, protoreflect.Value{})
		if absent && (depth > deepest && fd.Message() != nil || sparse && p.IntN(4) > 0 || p.IntN(4) == 0) {
			continue
		}
		if depth > deepest && fd.Message() != nil {
			return nil
		}
		values := p.accepted(fd, depth)
		if len(values) == 0 {
			if absent {
				continue
			}
			return nil
		}
		m.Set(fd, one(p.chooser, values))
	}
	return m
}

// variants are messages of a type: some at random, and for each field that changed one
// with each of its values.
func (p *prober) variants(md protoreflect.MessageDescriptor, depth int) []protoreflect.Message {
	var out []protoreflect.Message
	if depth > deepest {
		return nil
	}
	out = append(out, dynamicpb.NewMessage(md))
	var base *dynamicpb.Message
	for i := range 5 {
		if m := p.random(md, depth, i%2 == 0); m != nil {
			base = m
			out = append(out, m)
		}
	}
	if base == nil {
		return out
	}
	return append(out, p.swept(base, depth)...)
}

// swept are copies of a message, each with another value of a field that changed, or that
// holds messages.
func (p *prober) swept(base protoreflect.Message, depth int) []protoreflect.Message {
	var out []protoreflect.Message
	md := base.Descriptor()
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		name := string(md.Name()) + "." + string(fd.Name())
		ours := fd.Message() != nil && fd.Message().ParentFile().Package() != "google.protobuf"
		if !p.changed[name] && !ours || depth > 1 && ours {
			continue
		}
		if p.fits(fd, protoreflect.Value{}) {
			c := proto.Clone(base.Interface()).ProtoReflect()
			c.Clear(fd)
			out = append(out, c)
		}
		for _, v := range p.accepted(fd, depth) {
			c := proto.Clone(base.Interface()).ProtoReflect()
			c.Set(fd, v)
			out = append(out, c)
		}
	}
	return out
}
