package gocodec

import (
	"math"
	"slices"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

type fieldRules = *validate.FieldRules

// isUUID reports whether rules say that a text is a UUID, which is written in lower case.
func isUUID(r fieldRules) bool { return r.GetString().GetUuid() || r.GetString().GetTuuid() }

// elementRules are the rules of a list's elements, or of a map's values.
func elementRules(f *protogen.Field) fieldRules {
	r := descriptor.Rules(f.Desc)
	if f.Desc.IsMap() {
		return r.GetMap().GetValues()
	}
	return r.GetRepeated().GetItems()
}

// conditions are what has to hold of a message m, and the names of fields of which the
// reference has to see the rules; "" stands for rules of the message.
func (g *file) conditions(m *protogen.Message) (conditions, open []string) {
	rules := descriptor.MessageRules(m.Desc)
	if !standard(rules) || len(rules.GetCel())+len(rules.GetCelExpression())+len(rules.GetOneof()) > 0 {
		open = append(open, "")
	}
	for _, o := range m.Oneofs {
		if r := descriptor.OneofRules(o.Desc); !standard(r) {
			open = append(open, "")
		} else if r.GetRequired() {
			conditions = append(conditions, "m."+o.GoName+" != nil")
		}
	}
	inOneof := map[string]bool{} // of the rules: their fields ignore the zero value
	for _, o := range rules.GetOneof() {
		for _, name := range o.GetFields() {
			inOneof[name] = true
		}
	}
	for _, f := range m.Fields {
		own, sure := g.fieldConditions(f, inOneof[string(f.Desc.Name())])
		if !isOneof(f) { // see oneofs
			conditions = append(conditions, own...)
		}
		if !sure {
			open = append(open, string(f.Desc.Name()))
		}
	}
	return conditions, slices.Compact(open)
}

// oneofs writes the conditions of the members of a message's oneofs.
func (g *file) oneofs(m *protogen.Message) {
	for _, o := range m.Oneofs {
		if o.Desc.IsSynthetic() {
			continue
		}
		g.P("switch v := m.", o.GoName, ".(type) {")
		for _, f := range o.Fields {
			own, _ := g.fieldConditions(f, false)
			bad := "v == nil" // a pointer to nothing is as good as unset
			if len(own) > 0 {
				bad += " || !(" + strings.Join(own, " && ") + ")"
			}
			g.P("case *", g.QualifiedGoIdent(f.GoIdent), ":")
			g.P("if ", bad, " {")
			g.P("return false")
			g.P("}")
		}
		g.P("}")
	}
}

func standard(rules proto.Message) bool {
	return !rules.ProtoReflect().IsValid() || descriptor.Standard(proto.Clone(rules).ProtoReflect())
}

// fieldConditions are what has to hold of a field. It is false if there are rules that the
// reference has to see: then it sees all of this field's.
func (g *file) fieldConditions(f *protogen.Field, ignoresZero bool) (out []string, sure bool) {
	rules := descriptor.Rules(f.Desc)
	value := "m." + f.GoName
	// Of messages more has to hold than rules: nothing in them may be lost.
	var nested []string
	if g.unsure(f) {
		if nested = []string{"!(" + isAny(f) + ")"}; isOneof(f) {
			nested = []string{"false"}
		}
	} else if m := one(f).Message; m != nil && !descriptor.WellKnown(m.Desc) {
		nested = append(nested, g.nested(f, m))
	}
	if rules.GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
		if isOneof(f) && f.Message != nil {
			return []string{"false"}, true
		}
		if one(f).Message != nil { // what is in it must not be judged, and is looked at nevertheless
			return []string{"!(" + isAny(f) + ")"}, true
		}
		return nil, true
	}
	sure = standard(rules) && len(rules.GetCel())+len(rules.GetCelExpression()) == 0
	var own []string
	switch {
	case !sure:
	case f.Desc.IsMap():
		own, sure = g.mapConditions(f, value, rules)
	case f.Desc.IsList():
		own, sure = g.listConditions(f, value, rules)
	default:
		own, sure = g.valueConditions(f, g.valueOf(f), rules)
	}
	if !sure {
		own = nil
	}
	switch {
	case rules.GetRequired() && isOneof(f):
		sure = false
	case rules.GetRequired():
		own = append([]string{g.has(f)}, own...)
	}
	zero := rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE || ignoresZero && !rules.HasIgnore()
	if zero && !f.Desc.HasPresence() && isFloat(f) { // −0 is not the zero value
		own, sure = nil, false
	}
	switch {
	case len(own) == 0:
	case isOneof(f):
	case rules.GetRequired():
	case f.Desc.HasPresence():
		own = []string{code("(%s == nil || %s)", value, strings.Join(own, " && "))}
	case zero:
		own = []string{code("(%s || %s)", g.isZero(f), strings.Join(own, " && "))}
	}
	return append(nested, own...), sure
}

// nested is the condition that messages in a field are right.
func (g *file) nested(f *protogen.Field, m *protogen.Message) string {
	valid := function("valid", m)
	if m.GoIdent.GoImportPath != g.path {
		valid = g.rt("ValidMessage")
	}
	value := "m." + f.GoName
	each := valid
	if m.GoIdent.GoImportPath != g.path {
		each = code("func(v *%s) bool { return %s(v) }", g.QualifiedGoIdent(m.GoIdent), valid)
	}
	switch {
	case f.Desc.IsMap():
		return code("%s(%s, nil, %s)", g.rt("AllEntries"), value, each)
	case f.Desc.IsList():
		return code("%s(%s, %s)", g.rt("All"), value, each)
	case isOneof(f):
		return code("%s(v.%s)", valid, f.GoName)
	}
	return code("(%s == nil || %s(%s))", value, valid, value)
}

// valueOf is the value of a singular field that is set.
func (g *file) valueOf(f *protogen.Field) string {
	switch {
	case isOneof(f):
		return "v." + f.GoName
	case isPointer(f):
		return "*m." + f.GoName
	}
	return "m." + f.GoName
}

// has is a condition that a field has a value that is not the zero value.
func (g *file) has(f *protogen.Field) string {
	value := "m." + f.GoName
	switch {
	case f.Desc.IsMap(), f.Desc.IsList():
		return "len(" + value + ") > 0"
	case f.Desc.HasPresence():
		return value + " != nil"
	}
	switch f.Desc.Kind() {
	case protoreflect.BoolKind:
		return value
	case protoreflect.StringKind:
		return value + ` != ""`
	case protoreflect.BytesKind:
		return "len(" + value + ") > 0"
	}
	return value + " != 0"
}

// isZero is a condition that a field which does not tell has the zero value.
func isFloat(f *protogen.Field) bool {
	return f.Desc.Kind() == protoreflect.FloatKind || f.Desc.Kind() == protoreflect.DoubleKind
}

func (g *file) isZero(f *protogen.Field) string {
	has := g.has(f)
	for _, op := range [][2]string{{" != ", " == "}, {" > ", " == "}} {
		if left, right, ok := strings.Cut(has, op[0]); ok {
			return left + op[1] + right
		}
	}
	return "!" + has
}

func (g *file) listConditions(f *protogen.Field, value string, rules fieldRules) (out []string, sure bool) {
	if kind := rules.WhichType(); kind == 0 {
		return nil, true
	}
	r := rules.GetRepeated()
	if r == nil || f.Message != nil && r.GetUnique() || f.Desc.Kind() == protoreflect.BytesKind && r.GetUnique() {
		return nil, false
	}
	out = length(out, value, r.HasMinItems(), r.GetMinItems(), r.HasMaxItems(), r.GetMaxItems())
	if r.GetUnique() {
		out = append(out, g.rt("Unique")+"("+value+")")
	}
	each, sure := g.each(f, r.GetItems())
	if each != "" {
		out = append(out, g.rt("All")+"("+value+", "+each+")")
	}
	return out, sure
}

func (g *file) mapConditions(f *protogen.Field, value string, rules fieldRules) (out []string, sure bool) {
	if kind := rules.WhichType(); kind == 0 {
		return nil, true
	}
	r := rules.GetMap()
	if r == nil {
		return nil, false
	}
	out = length(out, value, r.HasMinPairs(), r.GetMinPairs(), r.HasMaxPairs(), r.GetMaxPairs())
	key, sure1 := g.each(f.Message.Fields[0], r.GetKeys())
	each, sure2 := g.each(f.Message.Fields[1], r.GetValues())
	if key+each != "" {
		out = append(out, code("%s(%s, %s, %s)", g.rt("AllEntries"), value, orNil(key), orNil(each)))
	}
	return out, sure1 && sure2
}

func orNil(function string) string {
	if function == "" {
		return "nil"
	}
	return function
}

// length bounds the number of elements or bytes.
func length(out []string, value string, hasLeast bool, least uint64, hasMost bool, most uint64) []string {
	if hasLeast && least > 0 {
		out = append(out, code("len(%s) >= %d", value, min(least, math.MaxInt32)))
	}
	if hasMost {
		out = append(out, code("len(%s) <= %d", value, min(most, math.MaxInt32)))
	}
	return out
}

// each is a function that says whether an element, or a key or value of a map, keeps its
// rules; "" without rules.
func (g *file) each(f *protogen.Field, rules fieldRules) (function string, sure bool) {
	if rules == nil || rules.GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
		return "", rules == nil || f.Message == nil
	}
	if len(rules.GetCel())+len(rules.GetCelExpression()) > 0 || rules.GetIgnore() != validate.Ignore_IGNORE_UNSPECIFIED || f.Message != nil {
		return "", false
	}
	conditions, sure := g.valueConditions(f, "v", rules)
	if len(conditions) == 0 {
		return "", sure
	}
	typ := goType(f.Desc.Kind())
	switch {
	case f.Enum != nil:
		typ = g.QualifiedGoIdent(f.Enum.GoIdent)
	case f.Desc.Kind() == protoreflect.BytesKind:
		typ = "[]byte"
	}
	return code("func(v %s) bool { return %s }", typ, strings.Join(conditions, " && ")), sure
}
