package contractproto

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// Beyond is something of a contract that a spec cannot say.
type Beyond struct {
	Field string `json:"field,omitempty"` // empty for the message itself
	What  string `json:"what"`
}

// String is "field: what".
func (b Beyond) String() string {
	if b.Field == "" {
		return b.What
	}
	return b.Field + ": " + b.What
}

// Read is the spec of a message, and everything that makes it differ from the
// message which that spec would declare. A field that the language cannot say even
// nearly is left out of the spec, and named. Comments, topic, key and owner are no
// part of a spec.
func Read(m protoreflect.MessageDescriptor, opts spec.Options) (*spec.Spec, []Beyond) {
	r := &reader{message: m, opts: opts}
	if r.opts.Messages == nil {
		for i := range m.Fields().Len() {
			if part := descriptor.Part(m.Fields().Get(i)); part != nil {
				r.opts.Messages = append(r.opts.Messages, r.relative(part))
			}
		}
	}
	for i := range m.Fields().Len() {
		r.field(m.Fields().Get(i))
	}
	r.together()
	r.aboutMessage()
	return &r.spec, r.beyond
}

type reader struct {
	message protoreflect.MessageDescriptor
	opts    spec.Options
	spec    spec.Spec
	beyond  []Beyond
}

func (r *reader) name(field, what string) { r.beyond = append(r.beyond, Beyond{field, what}) }

// field reads one field: it guesses the nearest type and then compares what that
// would declare with what is there.
func (r *reader) field(fd protoreflect.FieldDescriptor) {
	rules := plain(fd)
	guess := spec.Field{Name: string(fd.Name()), Type: r.typ(fd, rules)}
	f, err := r.accepted(guess)
	if err != nil {
		r.name(guess.Name, "left out: "+err.Error())
		return
	}
	r.spec.Fields = append(r.spec.Fields, f)
	r.compare(fd, rules, f)
}

// accepted is a field as the parser takes it. What contradicts itself, as rules
// may that nothing keeps, is taken away part by part: the comparison names it.
func (r *reader) accepted(f spec.Field) (spec.Field, error) {
	var first error
	tries := []func(*spec.Type){
		func(*spec.Type) {},
		func(t *spec.Type) { t.Default = nil },
		func(t *spec.Type) { t.Pattern = "" },
		func(t *spec.Type) { t.Min, t.Max = spec.Bound{}, spec.Bound{} },
		func(t *spec.Type) {
			if t.Base != spec.Enum {
				t.Values = nil
			}
		},
		func(t *spec.Type) {
			if t.Elem != nil {
				t.Elem = &spec.Type{Base: t.Elem.Base, Message: t.Elem.Message, Elem: t.Elem.Elem, Values: enumOnly(*t.Elem)}
			}
		},
	}
	for _, simpler := range tries {
		simpler(&f.Type)
		s, err := spec.Parse(f.String(), r.opts)
		if err == nil && len(s.Fields) == 1 {
			return spec.Field{Name: s.Fields[0].Name, Type: s.Fields[0].Type}, nil
		}
		if first == nil {
			first = err
		}
	}
	return f, firstProblem(first)
}

func enumOnly(t spec.Type) []string {
	if t.Base == spec.Enum {
		return t.Values
	}
	return nil
}

// firstProblem is the first mistake of a spec in one line.
func firstProblem(err error) error {
	var all spec.Errors
	if errors.As(err, &all) && len(all) > 0 {
		return errors.New(all[0].Problem)
	}
	return errors.New("the language has no such field")
}

// together leaves out fields that are right alone and wrong beside the others, such
// as two with one name in JSON.
func (r *reader) together() {
	for len(r.spec.Fields) > 0 {
		_, err := spec.Parse(r.spec.String(), r.opts)
		var all spec.Errors
		if !errors.As(err, &all) {
			return
		}
		// The line is canonical, so that columns say which field is meant.
		at, next := 0, 1
		for i, f := range r.spec.Fields {
			if next += utf8.RuneCountInString(f.String()) + len(", "); all[0].At.Column < next || i == len(r.spec.Fields)-1 {
				at = i
				break
			}
		}
		name := r.spec.Fields[at].Name
		r.beyond = slices.DeleteFunc(r.beyond, func(b Beyond) bool { return b.Field == name })
		r.name(name, "left out: "+all[0].Problem)
		r.spec.Fields = slices.Delete(r.spec.Fields, at, at+1)
	}
}

// typ is the nearest type of a field.
func (r *reader) typ(fd protoreflect.FieldDescriptor, rules *validate.FieldRules) spec.Type {
	switch {
	case fd.IsMap():
		elem := r.inside(fd.MapValue(), rules.GetMap().GetValues(), string(fd.Name()))
		t := spec.Type{Base: spec.Dict, Elem: &elem}
		if m := rules.GetMap(); m != nil {
			t.Min, t.Max = bound(m.MinPairs), bound(m.MaxPairs)
		}
		return t
	case fd.IsList():
		rep := rules.GetRepeated()
		elem := r.inside(fd, rep.GetItems(), string(fd.Name()))
		t := spec.Type{Base: spec.List, Elem: &elem}
		if rep != nil {
			t.Min, t.Max = bound(rep.MinItems), bound(rep.MaxItems)
		}
		if rep.GetUnique() && !isMessage(elem) {
			t.Base = spec.Set
		}
		return t
	}
	t := r.single(fd, rules, string(fd.Name()))
	required := rules.GetRequired()
	switch {
	case isMessage(t), fd.HasPresence():
		t.Optional = !required
	}
	if (t.Base == spec.Str || t.Base == spec.Bytes) && !t.Min.Set() && len(t.Values) == 0 && required && fd.HasPresence() {
		t.Min.Number = "0"
	}
	if o := descriptor.Field(fd); o != nil && o.Default != nil {
		v := o.GetDefault()
		if t.Base == spec.Enum {
			v = strings.ToLower(strings.TrimPrefix(v, spec.EnumPrefix(string(fd.Name()))))
		}
		t.Default = &v
	}
	return t
}

// inside is the nearest type of what a list or a dict holds, whose lower bound is 1
// unless it says 0.
func (r *reader) inside(fd protoreflect.FieldDescriptor, rules *validate.FieldRules, field string) spec.Type {
	t := r.single(fd, rules, field)
	if (t.Base == spec.Str || t.Base == spec.Bytes) && !t.Min.Set() && len(t.Values) == 0 {
		t.Min.Number = "0"
	}
	return t
}

// single is the nearest type of one value.
func (r *reader) single(fd protoreflect.FieldDescriptor, rules *validate.FieldRules, field string) spec.Type {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return text(rules.GetString())
	case protoreflect.BytesKind:
		t := spec.Type{Base: spec.Bytes}
		if b := rules.GetBytes(); b != nil {
			t.Min, t.Max = bound(b.MinLen), bound(b.MaxLen)
		}
		return t
	case protoreflect.BoolKind:
		return spec.Type{Base: spec.Bool}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return numeric(spec.Float, rules.GetDouble())
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return numeric(spec.Int64, rules.GetInt64())
	case protoreflect.EnumKind:
		return spec.Type{Base: spec.Enum, Values: valuesOf(fd.Enum(), field)}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		switch fd.Message().FullName() {
		case timestamp:
			return spec.Type{Base: spec.Datetime}
		case duration:
			return spec.Type{Base: spec.Duration}
		case anyValue:
			return spec.Type{Base: spec.Any}
		case object:
			return spec.Type{Base: spec.Dict}
		}
		return spec.Type{Base: spec.Message, Message: r.relative(fd.Message())}
	default:
		return numeric(spec.Int, rules.GetInt32())
	}
}

// relative is a declaration's name as seen from the message's package.
func (r *reader) relative(d protoreflect.Descriptor) string {
	pkg := r.message.ParentFile().Package()
	if pkg != "" && d.ParentFile().Package() == pkg {
		return strings.TrimPrefix(string(d.FullName()), string(pkg)+".")
	}
	return string(d.FullName())
}

func text(s *validate.StringRules) spec.Type {
	t := spec.Type{Base: spec.Str}
	if s == nil {
		return t
	}
	t.Min, t.Max = bound(s.MinLen), bound(s.MaxLen)
	switch {
	case s.GetUuid():
		return spec.Type{Base: spec.UUID}
	case s.GetEmail():
		t.Base = spec.Email
	case s.GetUri():
		t.Base = spec.URL
	case s.GetIp():
		return spec.Type{Base: spec.IP}
	case s.GetHostname():
		t.Base = spec.Host
	case s.GetPattern() == spec.DatePattern:
		return spec.Type{Base: spec.Date}
	case s.GetPattern() == spec.DecimalPattern:
		return spec.Type{Base: spec.Decimal}
	case s.GetPattern() == spec.SlugPattern:
		t.Base = spec.Slug
	case len(s.GetIn()) > 0:
		return spec.Type{Base: spec.Str, Values: s.GetIn()}
	default:
		t.Pattern = s.GetPattern()
	}
	return t
}

func bound(n *uint64) spec.Bound {
	if n == nil {
		return spec.Bound{}
	}
	return spec.Bound{Number: strconv.FormatUint(*n, 10)}
}

// numeric reads the rules of a number, which are alike for all kinds.
func numeric(b spec.Base, rules protoreflect.ProtoMessage) spec.Type {
	t := spec.Type{Base: b}
	m := rules.ProtoReflect()
	if !m.IsValid() {
		return t
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch fd.Name() {
		case "gt":
			t.Min = spec.Bound{Number: literal(v), Exclusive: true}
		case "gte":
			t.Min = spec.Bound{Number: literal(v)}
		case "lt":
			t.Max = spec.Bound{Number: literal(v), Exclusive: true}
		case "lte":
			t.Max = spec.Bound{Number: literal(v)}
		case "in":
			for i := range v.List().Len() {
				t.Values = append(t.Values, literal(v.List().Get(i)))
			}
		}
		return true
	})
	if len(t.Values) > 0 {
		t.Min, t.Max = spec.Bound{}, spec.Bound{}
	}
	return t
}

func literal(v protoreflect.Value) string {
	if x, ok := v.Interface().(float64); ok {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return v.String()
}

// valuesOf are an enum's values but the first, without the prefix that they should
// have.
func valuesOf(e protoreflect.EnumDescriptor, field string) []string {
	var out []string
	for i := range e.Values().Len() {
		name := string(e.Values().Get(i).Name())
		short, ok := strings.CutPrefix(name, spec.EnumPrefix(field))
		if !ok {
			short = strings.TrimPrefix(name, spec.EnumPrefix(string(e.Name())))
		}
		if e.Values().Get(i).Number() != 0 {
			out = append(out, strings.ToLower(short))
		}
	}
	return out
}
