package gocodec

import (
	"math"
	"strconv"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// valueConditions are what has to hold of one value.
func (g *file) valueConditions(f *protogen.Field, v string, rules fieldRules) (out []string, sure bool) {
	if rules.WhichType() == 0 {
		return nil, true
	}
	if f.Message != nil {
		if f.Message.Desc.FullName() == "google.protobuf.Timestamp" && rules.HasTimestamp() {
			return g.timeConditions(v, rules.GetTimestamp())
		}
		return nil, false // wrappers, durations
	}
	kind := map[protoreflect.Kind]bool{f.Desc.Kind(): true}
	switch r := rules; {
	case r.HasString() && kind[protoreflect.StringKind]:
		return g.textConditions(v, r.GetString())
	case r.HasBytes() && kind[protoreflect.BytesKind]:
		return bytesConditions(v, r.GetBytes())
	case r.HasBool() && kind[protoreflect.BoolKind]:
		if r.GetBool().HasConst() {
			out = append(out, code("%s == %t", v, r.GetBool().GetConst()))
		}
		return out, true
	case r.HasEnum() && kind[protoreflect.EnumKind]:
		return g.enumConditions(f, v, r.GetEnum())
	case r.HasInt32() && kind[protoreflect.Int32Kind]:
		return whole(g, v, r.GetInt32())
	case r.HasInt64() && kind[protoreflect.Int64Kind]:
		return whole(g, v, r.GetInt64())
	case r.HasUint32() && kind[protoreflect.Uint32Kind]:
		return whole(g, v, r.GetUint32())
	case r.HasUint64() && kind[protoreflect.Uint64Kind]:
		return whole(g, v, r.GetUint64())
	case r.HasSint32() && kind[protoreflect.Sint32Kind]:
		return whole(g, v, r.GetSint32())
	case r.HasSint64() && kind[protoreflect.Sint64Kind]:
		return whole(g, v, r.GetSint64())
	case r.HasFixed32() && kind[protoreflect.Fixed32Kind]:
		return whole(g, v, r.GetFixed32())
	case r.HasFixed64() && kind[protoreflect.Fixed64Kind]:
		return whole(g, v, r.GetFixed64())
	case r.HasSfixed32() && kind[protoreflect.Sfixed32Kind]:
		return whole(g, v, r.GetSfixed32())
	case r.HasSfixed64() && kind[protoreflect.Sfixed64Kind]:
		return whole(g, v, r.GetSfixed64())
	case r.HasFloat() && kind[protoreflect.FloatKind]:
		if r.GetFloat().GetFinite() {
			out = append(out, g.rt("Finite")+"("+v+")")
		}
		more, sure := number(g, v, r.GetFloat(), func(n float32) string { return floatLiteral(float64(n), 32) })
		return append(out, more...), sure
	case r.HasDouble() && kind[protoreflect.DoubleKind]:
		if r.GetDouble().GetFinite() {
			out = append(out, g.rt("Finite")+"("+v+")")
		}
		more, sure := number(g, v, r.GetDouble(), func(n float64) string { return floatLiteral(n, 64) })
		return append(out, more...), sure
	}
	return nil, false // rules of another type than the field's are a mistake
}

// floatLiteral is a number in Go; "" for what is none.
func floatLiteral(n float64, bits int) string {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return ""
	}
	return strconv.FormatFloat(n, 'g', -1, bits)
}

// numberRules are those of every type of numbers.
type numberRules[T any] interface {
	HasGt() bool
	GetGt() T
	HasGte() bool
	GetGte() T
	HasLt() bool
	GetLt() T
	HasLte() bool
	GetLte() T
	HasConst() bool
	GetConst() T
	GetIn() []T
	GetNotIn() []T
}

func whole[T int32 | int64 | uint32 | uint64](g *file, v string, r numberRules[T]) ([]string, bool) {
	return number(g, v, r, func(n T) string { return code("%d", n) })
}

// number are the conditions of a number. Where the upper bound is below the lower one, what
// is between them is refused.
func number[T int32 | int64 | uint32 | uint64 | float32 | float64](g *file, v string, r numberRules[T], literal func(T) string) (out []string, sure bool) {
	sure = true
	write := func(n T) string {
		text := literal(n)
		sure = sure && text != ""
		return text
	}
	var low, high string
	var least, most T
	switch {
	case r.HasGt():
		least = r.GetGt()
		low = v + " > " + write(least)
	case r.HasGte():
		least = r.GetGte()
		low = v + " >= " + write(least)
	}
	switch {
	case r.HasLt():
		most = r.GetLt()
		high = v + " < " + write(most)
	case r.HasLte():
		most = r.GetLte()
		high = v + " <= " + write(most)
	}
	switch {
	case low != "" && high != "" && most < least:
		out = append(out, "("+low+" || "+high+")")
	case low != "" && high != "":
		out = append(out, low, high)
	case low+high != "":
		out = append(out, low+high)
	}
	if r.HasConst() {
		out = append(out, v+" == "+write(r.GetConst()))
	}
	out = append(out, lists(g, v, r.GetIn(), r.GetNotIn(), write)...)
	return out, sure
}

// lists are the conditions of the rules in and not_in.
func lists[T any](g *file, v string, in, notIn []T, literal func(T) string) (out []string) {
	write := func(list []T) string {
		texts := []string{v}
		for _, one := range list {
			texts = append(texts, literal(one))
		}
		return g.rt("In") + "(" + strings.Join(texts, ", ") + ")"
	}
	if len(in) > 0 {
		out = append(out, write(in))
	}
	if len(notIn) > 0 {
		out = append(out, "!"+write(notIn))
	}
	return out
}

func (g *file) enumConditions(f *protogen.Field, v string, r *validate.EnumRules) (out []string, sure bool) {
	number := func(n int32) string { return code("%d", n) }
	if r.HasConst() {
		out = append(out, v+" == "+number(r.GetConst()))
	}
	if r.GetDefinedOnly() {
		out = append(out, code("%s(int32(%s), %s)", g.rt("Defined"), v, g.enumMap(f, "_name")))
	}
	return append(out, lists(g, v, r.GetIn(), r.GetNotIn(), number)...), true
}

// formats are the functions of eventrt for the formats of texts, by the rule.
var formats = map[protoreflect.Name]string{
	"email": "IsEmail", "hostname": "IsHostname", "ip": "IsIP", "ipv4": "IsIPv4", "ipv6": "IsIPv6", "uri": "IsURI", "uri_ref": "IsURIRef",
	"address": "IsAddress", "uuid": "IsUUID", "tuuid": "IsTUUID", "ulid": "IsULID",
}

func (g *file) textConditions(v string, r *validate.StringRules) (out []string, sure bool) {
	if r.HasPattern() {
		return nil, false
	}
	if m := r.ProtoReflect(); r.HasWellKnown() {
		which := m.WhichOneof(m.Descriptor().Oneofs().ByName("well_known"))
		name, ok := formats[which.Name()]
		if !ok {
			return nil, false
		}
		if m.Get(which).Bool() {
			out = append(out, g.rt(name)+"("+v+")")
		}
	}
	pkg := protogen.GoImportPath("strings")
	bounds := func(has bool, n uint64, function string) {
		if has {
			out = append(out, code("%s(%s, %d)", g.rt(function), v, min(n, math.MaxInt32)))
		}
	}
	bounds(r.HasLen(), r.GetLen(), "Len")
	bounds(r.HasMinLen() && r.GetMinLen() > 0, r.GetMinLen(), "MinLen")
	bounds(r.HasMaxLen(), r.GetMaxLen(), "MaxLen")
	if r.HasLenBytes() {
		out = append(out, code("len(%s) == %d", v, min(r.GetLenBytes(), math.MaxInt32)))
	}
	out = length(out, v, r.HasMinBytes(), r.GetMinBytes(), r.HasMaxBytes(), r.GetMaxBytes())
	if r.HasConst() {
		out = append(out, v+" == "+strconv.Quote(r.GetConst()))
	}
	for _, one := range []struct {
		has      bool
		not      string
		function string
		text     string
	}{
		{r.HasPrefix(), "", "HasPrefix", r.GetPrefix()},
		{r.HasSuffix(), "", "HasSuffix", r.GetSuffix()},
		{r.HasContains(), "", "Contains", r.GetContains()},
		{r.HasNotContains(), "!", "Contains", r.GetNotContains()},
	} {
		if one.has {
			out = append(out, code("%s%s(%s, %q)", one.not, g.QualifiedGoIdent(pkg.Ident(one.function)), v, one.text))
		}
	}
	return append(out, lists(g, v, r.GetIn(), r.GetNotIn(), strconv.Quote)...), true
}

func bytesConditions(v string, r *validate.BytesRules) (out []string, sure bool) {
	if r.HasPattern() || r.HasWellKnown() || r.HasConst() || r.HasPrefix() || r.HasSuffix() || r.HasContains() || len(r.GetIn())+len(r.GetNotIn()) > 0 {
		return nil, false
	}
	if r.HasLen() {
		out = append(out, code("len(%s) == %d", v, min(r.GetLen(), math.MaxInt32)))
	}
	return length(out, v, r.HasMinLen(), r.GetMinLen(), r.HasMaxLen(), r.GetMaxLen()), true
}

// timeConditions are the conditions of a Timestamp. Those about the clock are the
// reference's.
func (g *file) timeConditions(v string, r *validate.TimestampRules) (out []string, sure bool) {
	if r.HasGtNow() || r.HasLtNow() || r.HasWithin() {
		return nil, false
	}
	sure = true
	compare := func(operator string, t *timestamppb.Timestamp) string {
		sure = sure && t.IsValid()
		return code("%s(%s) && %s(%s, %d, %d) %s 0", g.rt("IsTime"), v, g.rt("CompareTime"), v, t.GetSeconds(), t.GetNanos(), operator)
	}
	var low, high string
	var least, most *timestamppb.Timestamp
	switch {
	case r.HasGt():
		least = r.GetGt()
		low = compare(">", least)
	case r.HasGte():
		least = r.GetGte()
		low = compare(">=", least)
	}
	switch {
	case r.HasLt():
		most = r.GetLt()
		high = compare("<", most)
	case r.HasLte():
		most = r.GetLte()
		high = compare("<=", most)
	}
	switch {
	case low != "" && high != "" && most.AsTime().Before(least.AsTime()):
		out = append(out, "("+low+" || "+high+")")
	case low != "" && high != "":
		out = append(out, low, high)
	case low+high != "":
		out = append(out, low+high)
	}
	if r.HasConst() {
		out = append(out, compare("==", r.GetConst()))
	}
	return out, sure
}
