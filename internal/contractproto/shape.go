package contractproto

import (
	"fmt"
	"strconv"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// The messages of protobuf's own that types become.
const (
	timestamp = "google.protobuf.Timestamp"
	duration  = "google.protobuf.Duration"
	anyValue  = "google.protobuf.Value"
	object    = "google.protobuf.Struct"
)

// shape is what a field of a spec is in a contract.
type shape struct {
	typ      string // as the .proto says it, such as "repeated string"
	singular bool   // neither a list nor a map
	message  bool   // of a message, which has presence by itself
	optional bool   // absence can be told from zero, and the type alone does not say so
	rules    *validate.FieldRules
	preset   *string  // the (field).default
	enum     []string // the values of the enum that the field declares, from 0
}

// shapeOf is the meaning of the language: docs/generator.md has it as a table.
func shapeOf(f spec.Field) shape {
	t := f.Type
	s := shape{}
	switch t.Base {
	case spec.List, spec.Set:
		s.typ = "repeated " + element(f.Name, *t.Elem)
		r := &validate.RepeatedRules{MinItems: size(t.Min), MaxItems: sizeOr(t.Max, spec.DefaultMaxItems), Items: elementRules(*t.Elem)}
		if t.Base == spec.Set {
			r.Unique = proto.Bool(true)
		}
		s.rules = &validate.FieldRules{Type: &validate.FieldRules_Repeated{Repeated: r}}
		s.enum = enumValues(f.Name, *t.Elem)
		return s
	case spec.Dict:
		if t.Elem == nil {
			break
		}
		s.typ = fmt.Sprintf("map<string, %s>", element(f.Name, *t.Elem))
		s.rules = &validate.FieldRules{Type: &validate.FieldRules_Map{Map: &validate.MapRules{
			MinPairs: size(t.Min), MaxPairs: sizeOr(t.Max, spec.DefaultMaxItems), Values: elementRules(*t.Elem),
		}}}
		s.enum = enumValues(f.Name, *t.Elem)
		return s
	}
	s.singular, s.message = true, isMessage(t)
	s.typ = element(f.Name, t)
	s.rules = scalarRules(t)
	s.enum = enumValues(f.Name, t)
	s.preset = t.Default
	if t.Base == spec.Enum && t.Default != nil {
		s.preset = proto.String(spec.EnumValue(f.Name, *t.Default))
	}
	switch {
	case isMessage(t):
		require(&s, !t.Optional)
	case t.Optional:
		s.optional = true
	case !refusesEmpty(t):
		// The zero value is one of the allowed ones: only presence tells it from
		// a value that is absent.
		s.optional = true
		require(&s, true)
	}
	return s
}

func require(s *shape, required bool) {
	if !required {
		return
	}
	if s.rules == nil {
		s.rules = &validate.FieldRules{}
	}
	s.rules.Required = proto.Bool(true)
}

// isMessage reports whether protobuf holds the type in a message, whose absence can
// always be told.
func isMessage(t spec.Type) bool {
	switch t.Base {
	case spec.Datetime, spec.Duration, spec.Any, spec.Dict, spec.Message:
		return true
	default:
		return false
	}
}

// refusesEmpty reports whether the rules of a required type refuse the value that
// protobuf reads if there is none.
func refusesEmpty(t spec.Type) bool {
	switch t.Base {
	case spec.Int, spec.Int64, spec.Float, spec.Bool:
		return false
	case spec.Str, spec.Bytes:
		return t.Min.Number != "0"
	default: // texts with a format, and enums, whose 0 is refused
		return true
	}
}

// element is the type of one value.
func element(field string, t spec.Type) string {
	switch t.Base {
	case spec.Int:
		return "int32"
	case spec.Int64:
		return "int64"
	case spec.Float:
		return "double"
	case spec.Bool:
		return "bool"
	case spec.Bytes:
		return "bytes"
	case spec.Datetime:
		return timestamp
	case spec.Duration:
		return duration
	case spec.Any:
		return anyValue
	case spec.Dict:
		return object
	case spec.Enum:
		return spec.EnumName(field)
	case spec.Message:
		return t.Message
	default:
		return "string"
	}
}

func enumValues(field string, t spec.Type) []string {
	if t.Base != spec.Enum {
		return nil
	}
	out := []string{spec.EnumValue(field, "unspecified")}
	for _, v := range t.Values {
		out = append(out, spec.EnumValue(field, v))
	}
	return out
}

// elementRules are the rules of a value in a list or a dict, which is always there.
func elementRules(t spec.Type) *validate.FieldRules { return scalarRules(t) }

// scalarRules are the rules of one value; nil for none.
func scalarRules(t spec.Type) *validate.FieldRules {
	switch t.Base {
	case spec.Int:
		r := int32Rules(t)
		if proto.Size(r) == 0 {
			return nil
		}
		return &validate.FieldRules{Type: &validate.FieldRules_Int32{Int32: r}}
	case spec.Int64:
		r := int64Rules(t)
		if proto.Size(r) == 0 {
			return nil
		}
		return &validate.FieldRules{Type: &validate.FieldRules_Int64{Int64: r}}
	case spec.Float:
		return &validate.FieldRules{Type: &validate.FieldRules_Double{Double: doubleRules(t)}}
	case spec.Enum:
		return &validate.FieldRules{Type: &validate.FieldRules_Enum{Enum: &validate.EnumRules{DefinedOnly: proto.Bool(true), NotIn: []int32{0}}}}
	case spec.Bytes:
		r := &validate.BytesRules{MinLen: least(t), MaxLen: sizeOr(t.Max, spec.DefaultMaxBytes)}
		return &validate.FieldRules{Type: &validate.FieldRules_Bytes{Bytes: r}}
	case spec.Bool, spec.Datetime, spec.Duration, spec.Any, spec.Dict, spec.Message, spec.List, spec.Set:
		return nil
	default:
		return &validate.FieldRules{Type: &validate.FieldRules_String_{String_: stringRules(t)}}
	}
}

func stringRules(t spec.Type) *validate.StringRules {
	r := &validate.StringRules{MinLen: size(t.Min), MaxLen: size(t.Max)}
	switch t.Base {
	case spec.UUID:
		r.WellKnown = &validate.StringRules_Uuid{Uuid: true}
	case spec.Email:
		r.WellKnown = &validate.StringRules_Email{Email: true}
	case spec.URL:
		r.WellKnown = &validate.StringRules_Uri{Uri: true}
	case spec.IP:
		r.WellKnown = &validate.StringRules_Ip{Ip: true}
	case spec.Host:
		r.WellKnown = &validate.StringRules_Hostname{Hostname: true}
	case spec.Date:
		r.Pattern = proto.String(spec.DatePattern)
	case spec.Decimal:
		r.Pattern = proto.String(spec.DecimalPattern)
	case spec.Slug:
		r.Pattern = proto.String(spec.SlugPattern)
		r.MaxLen = sizeOr(t.Max, spec.DefaultMaxSlug)
	default:
		if len(t.Values) > 0 {
			r.In = t.Values
			return r
		}
		r.MinLen, r.MaxLen = least(t), sizeOr(t.Max, spec.DefaultMaxText)
		if t.Pattern != "" {
			r.Pattern = proto.String(t.Pattern)
		}
	}
	return r
}

// least is the lower bound of a length: a required text is not empty unless it says
// so.
func least(t spec.Type) *uint64 {
	switch {
	case t.Min.Number == "0":
		return nil
	case t.Min.Set():
		return size(t.Min)
	case t.Optional:
		return nil
	default:
		return proto.Uint64(1)
	}
}

func int32Rules(t spec.Type) *validate.Int32Rules {
	r := &validate.Int32Rules{}
	if n := whole(t.Min); t.Min.Exclusive {
		r.GreaterThan = &validate.Int32Rules_Gt{Gt: int32(n)}
	} else if t.Min.Set() {
		r.GreaterThan = &validate.Int32Rules_Gte{Gte: int32(n)}
	}
	if n := whole(t.Max); t.Max.Exclusive {
		r.LessThan = &validate.Int32Rules_Lt{Lt: int32(n)}
	} else if t.Max.Set() {
		r.LessThan = &validate.Int32Rules_Lte{Lte: int32(n)}
	}
	for _, v := range t.Values {
		r.In = append(r.In, int32(whole(spec.Bound{Number: v})))
	}
	return r
}

func int64Rules(t spec.Type) *validate.Int64Rules {
	r := &validate.Int64Rules{}
	if n := whole(t.Min); t.Min.Exclusive {
		r.GreaterThan = &validate.Int64Rules_Gt{Gt: n}
	} else if t.Min.Set() {
		r.GreaterThan = &validate.Int64Rules_Gte{Gte: n}
	}
	if n := whole(t.Max); t.Max.Exclusive {
		r.LessThan = &validate.Int64Rules_Lt{Lt: n}
	} else if t.Max.Set() {
		r.LessThan = &validate.Int64Rules_Lte{Lte: n}
	}
	for _, v := range t.Values {
		r.In = append(r.In, whole(spec.Bound{Number: v}))
	}
	return r
}

func doubleRules(t spec.Type) *validate.DoubleRules {
	r := &validate.DoubleRules{}
	if x := fraction(t.Min); t.Min.Exclusive {
		r.GreaterThan = &validate.DoubleRules_Gt{Gt: x}
	} else if t.Min.Set() {
		r.GreaterThan = &validate.DoubleRules_Gte{Gte: x}
	}
	if x := fraction(t.Max); t.Max.Exclusive {
		r.LessThan = &validate.DoubleRules_Lt{Lt: x}
	} else if t.Max.Set() {
		r.LessThan = &validate.DoubleRules_Lte{Lte: x}
	}
	for _, v := range t.Values {
		r.In = append(r.In, fraction(spec.Bound{Number: v}))
	}
	if len(r.In) == 0 && (!t.Min.Set() || !t.Max.Set()) { // two bounds refuse NaN and both infinities
		r.Finite = proto.Bool(true)
	}
	return r
}

// whole, fraction and size read what the parser has written.
func whole(b spec.Bound) int64 {
	n, _ := strconv.ParseInt(b.Number, 10, 64)
	return n
}

func fraction(b spec.Bound) float64 {
	x, _ := strconv.ParseFloat(b.Number, 64)
	return x
}

func size(b spec.Bound) *uint64 {
	if !b.Set() {
		return nil
	}
	return proto.Uint64(uint64(whole(b)))
}

func sizeOr(b spec.Bound, otherwise uint64) *uint64 {
	if b.Set() {
		return size(b)
	}
	return &otherwise
}
