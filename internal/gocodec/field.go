package gocodec

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// known are the methods of messages that have a JSON of their own, by their name. Any and
// FieldMask are for the reference.
var known = map[protoreflect.Name]string{
	"Timestamp": "Time", "Duration": "Duration", "Empty": "Empty", "Struct": "Struct", "ListValue": "List", "Value": "Value",
	"BoolValue": "BoolValue", "StringValue": "StringValue", "BytesValue": "BytesValue", "Int32Value": "Int32Value", "Int64Value": "Int64Value",
	"UInt32Value": "UInt32Value", "UInt64Value": "UInt64Value", "FloatValue": "FloatValue", "DoubleValue": "DoubleValue",
}

// scalars are the methods of the other kinds.
var scalars = map[protoreflect.Kind]string{
	protoreflect.BoolKind: "Bool", protoreflect.StringKind: "String", protoreflect.BytesKind: "Bytes64",
	protoreflect.Int32Kind: "Int32", protoreflect.Sint32Kind: "Int32", protoreflect.Sfixed32Kind: "Int32",
	protoreflect.Int64Kind: "Int64", protoreflect.Sint64Kind: "Int64", protoreflect.Sfixed64Kind: "Int64",
	protoreflect.Uint32Kind: "Uint32", protoreflect.Fixed32Kind: "Uint32",
	protoreflect.Uint64Kind: "Uint64", protoreflect.Fixed64Kind: "Uint64",
	protoreflect.FloatKind: "Float", protoreflect.DoubleKind: "Double",
}

// unsure reports whether a field is for the reference as soon as it is set.
func (g *file) unsure(f *protogen.Field) bool {
	m := one(f).Message
	switch {
	case f.Desc.IsMap() && f.Desc.MapKey().Kind() == protoreflect.BoolKind:
		return true
	case m == nil:
		return false
	case descriptor.WellKnown(m.Desc):
		return known[m.Desc.Name()] == ""
	}
	// One of another package may have no codec, which is found out when it is met.
	return m.GoIdent.GoImportPath == g.path && !supported(m)
}

// isOneof reports whether a field is a member of a oneof of the contract.
func isOneof(f *protogen.Field) bool { return f.Oneof != nil && !f.Oneof.Desc.IsSynthetic() }

// isSet is a condition that a field is there, for one that tells.
func isSet(f *protogen.Field) string { return "m." + f.GoName + " != nil" }

// isPointer reports whether a field's value is behind a pointer that only says that it is
// there.
func isPointer(f *protogen.Field) bool {
	return f.Desc.HasPresence() && !isOneof(f) && f.Message == nil && f.Desc.Kind() != protoreflect.BytesKind
}

// isValue reports whether null is a value of a field.
func isValue(f *protogen.Field) bool {
	return f.Message != nil && f.Message.Desc.FullName() == "google.protobuf.Value"
}

func (g *file) appendField(f *protogen.Field) {
	name := quote(`,"` + f.Desc.TextName() + `":`)
	value := "m." + f.GoName
	if g.unsure(f) {
		g.P("if ", isAny(f), " {")
		g.P("e.Unsure()")
		g.P("}")
		if empty := map[bool]string{f.Desc.IsList(): "[]", f.Desc.IsMap(): "{}"}[true]; empty != "" {
			g.P("e.Raw(", quote(`,"`+f.Desc.TextName()+`":`+empty), ")")
		}
		return
	}
	switch {
	case f.Desc.IsMap():
		g.P(g.rt("AppendMap"), "(e, ", name, ", ", value, ", ", g.keyMethod(f, "Encoder"), ", ", g.appender(f), ")")
	case f.Desc.IsList():
		g.P(g.rt("AppendList"), "(e, ", name, ", ", value, ", ", g.appender(f), ")")
	case isOneof(f):
		g.P("if v, ok := m.", f.Oneof.GoName, ".(*", g.QualifiedGoIdent(f.GoIdent), "); ok && v != nil {")
		g.P(g.appendOne(f, name, "v."+f.GoName))
		g.P("}")
	case f.Desc.HasPresence():
		if isPointer(f) {
			value = "*" + value
		}
		g.P("if ", isSet(f), " {")
		g.P(g.appendOne(f, name, value))
		if d := defaultJSON(f); d != "" {
			g.P("} else {")
			g.P("e.Raw(", quote(`,"`+f.Desc.TextName()+`":`+d), ")")
		}
		g.P("}")
	default:
		g.P(g.appendOne(f, name, value))
	}
}

// isAny is a condition that there is something in a field of messages or in a map.
func isAny(f *protogen.Field) string {
	switch {
	case f.Desc.IsMap(), f.Desc.IsList():
		return "len(m." + f.GoName + ") > 0"
	case isOneof(f):
		return "m." + f.Oneof.GoName + " != nil"
	}
	return isSet(f)
}

// quote is a text in Go, without escapes if it can be.
func quote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// appendOne appends a member with one value.
func (g *file) appendOne(f *protogen.Field, name, value string) string {
	m := f.Message
	switch {
	case m != nil && !descriptor.WellKnown(m.Desc) && m.GoIdent.GoImportPath != g.path:
		return g.rt("AppendMessage") + "(e, " + name + ", " + value + ")"
	case m != nil && !descriptor.WellKnown(m.Desc):
		return function("append", m) + "(e.Name(" + name + "), " + value + ")"
	case f.Enum != nil:
		return "e.Name(" + name + ").Enum(int32(" + value + "), " + g.enumMap(f, "_name") + ")"
	}
	return "e.Name(" + name + ")." + g.method(f, descriptor.Rules(f.Desc), true) + "(" + value + ")"
}

// method is the method of a value's kind.
func (g *file) method(f *protogen.Field, rules fieldRules, writing bool) string {
	switch {
	case f.Message != nil:
		return known[f.Message.Desc.Name()]
	case writing && isUUID(rules):
		return "UUID"
	}
	return scalars[f.Desc.Kind()]
}

func (g *file) enumMap(f *protogen.Field, which string) string {
	id := f.Enum.GoIdent
	id.GoName += which
	return g.QualifiedGoIdent(id)
}

// appender is a function that appends an element of a list or a value of a map.
func (g *file) appender(f *protogen.Field) string {
	v := one(f)
	switch {
	case v.Message != nil && !descriptor.WellKnown(v.Message.Desc) && v.Message.GoIdent.GoImportPath != g.path:
		return "func(e *" + g.rt("Encoder") + ", v *" + g.QualifiedGoIdent(v.Message.GoIdent) + ") { " + g.rt("AppendMessage") + "(e, \"\", v) }"
	case v.Message != nil && !descriptor.WellKnown(v.Message.Desc):
		return function("append", v.Message)
	case v.Enum != nil:
		return "func(e *" + g.rt("Encoder") + ", v " + g.QualifiedGoIdent(v.Enum.GoIdent) + ") { e.Enum(int32(v), " + g.enumMap(v, "_name") + ") }"
	}
	return "(*" + g.rt("Encoder") + ")." + g.method(v, elementRules(f), true)
}

// parser is a function that reads an element of a list or a value of a map.
func (g *file) parser(f *protogen.Field) string {
	v := one(f)
	switch {
	case v.Message != nil && !descriptor.WellKnown(v.Message.Desc):
		return strings.TrimSuffix(g.parseOne(v), "(d)")
	case v.Enum != nil:
		return "func(d *" + g.rt("Decoder") + ") " + g.QualifiedGoIdent(v.Enum.GoIdent) + " { return " + g.parseOne(v) + " }"
	}
	return "(*" + g.rt("Decoder") + ")." + g.method(v, nil, false)
}

// keyMethod is a method for the keys of a map. Those of 64 bits are written as values are.
func (g *file) keyMethod(f *protogen.Field, of string) string {
	kind := scalars[f.Desc.MapKey().Kind()]
	if kind != "String" && (of == "Decoder" || strings.HasSuffix(kind, "32")) {
		kind += "Key"
	}
	return "(*" + g.rt(of) + ")." + kind
}

// appendNulls writes null for what is unset, as the flat format has it: behind the members
// that are there.
func (g *file) appendNulls(m *protogen.Message) {
	var lines [][2]string
	for _, f := range m.Fields {
		if f.Desc.HasPresence() && !isOneof(f) && !isValue(f) && defaultJSON(f) == "" {
			lines = append(lines, [2]string{"m." + f.GoName + " == nil", quote(`,"` + f.Desc.TextName() + `":null`)})
		}
	}
	if len(lines) == 0 {
		return
	}
	g.P("if e.Nulls() {")
	for _, l := range lines {
		g.P("if ", l[0], " {")
		g.P("e.Raw(", l[1], ")")
		g.P("}")
	}
	g.P("}")
}

func (g *file) parseField(f *protogen.Field, i int) {
	names := strconv.Quote(f.Desc.TextName())
	if f.Desc.JSONName() != f.Desc.TextName() {
		names += ", " + strconv.Quote(f.Desc.JSONName())
	}
	g.P("case ", names, ":")
	ask := "Field"
	if isValue(f) {
		ask = "ValueField"
	}
	g.P("if d.", ask, "(&seen, ", i, ") {")
	value := "m." + f.GoName
	switch {
	case g.unsure(f):
		g.P("d.Unsure()")
	case f.Desc.IsMap():
		g.P(value, " = ", g.rt("ParseMap"), "(d, ", g.keyMethod(f, "Decoder"), ", ", g.parser(f), ")")
	case f.Desc.IsList():
		g.P(value, " = ", g.rt("ParseList"), "(d, ", g.parser(f), ")")
	case isOneof(f):
		g.P("if m.", f.Oneof.GoName, " != nil {")
		g.P("d.Unsure()")
		g.P("}")
		g.P("m.", f.Oneof.GoName, " = &", g.QualifiedGoIdent(f.GoIdent), "{", f.GoName, ": ", g.parseOne(f), "}")
	case isPointer(f):
		g.P("v := ", g.parseOne(f))
		g.P(value, " = &v")
	default:
		g.P(value, " = ", g.parseOne(f))
	}
	g.P("}")
}

// parseOne reads one value.
func (g *file) parseOne(f *protogen.Field) string {
	m := f.Message
	switch {
	case m != nil && !descriptor.WellKnown(m.Desc) && m.GoIdent.GoImportPath != g.path:
		return g.rt("ParseMessage") + "[" + g.QualifiedGoIdent(m.GoIdent) + "](d)"
	case m != nil && !descriptor.WellKnown(m.Desc):
		return function("parse", m) + "(d)"
	case f.Enum != nil:
		return g.QualifiedGoIdent(f.Enum.GoIdent) + "(d.Enum(" + g.enumMap(f, "_value") + "))"
	}
	method := g.method(f, nil, false)
	if method == "Bytes64" && !f.Desc.HasPresence() {
		method = "ImplicitBytes64"
	}
	return "d." + method + "()"
}

// parseDefault sets a default where nothing was read.
func (g *file) parseDefault(f *protogen.Field) {
	v, ok := defaultOf(f)
	if !ok {
		return
	}
	g.P("if m.", f.GoName, " == nil {")
	switch {
	case f.Enum != nil:
		g.P("v := ", g.QualifiedGoIdent(f.Enum.GoIdent), "(", v.Enum(), ")")
	case f.Desc.Kind() == protoreflect.BytesKind:
		g.P("m.", f.GoName, " = []byte(", strconv.Quote(string(v.Bytes())), ")")
	default:
		g.P("v := ", goType(f.Desc.Kind()), "(", goLiteral(v), ")")
	}
	if f.Desc.Kind() != protoreflect.BytesKind {
		g.P("m.", f.GoName, " = &v")
	}
	g.P("}")
}

// defaultOf is a field's default, if it has one that counts.
func defaultOf(f *protogen.Field) (v protoreflect.Value, ok bool) {
	if !descriptor.HasDefault(f.Desc) {
		return v, false
	}
	v, err := descriptor.Literal(f.Desc, descriptor.Field(f.Desc).GetDefault())
	return v, err == nil
}

// defaultJSON is a field's default as protojson writes it; "" if there is none.
func defaultJSON(f *protogen.Field) string {
	v, ok := defaultOf(f)
	if !ok {
		return ""
	}
	m := dynamicpb.NewMessage(f.Desc.ContainingMessage())
	m.Set(f.Desc, v)
	raw, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		return ""
	}
	// It is the only member: {"name":value}, with a blank or without.
	text := strings.TrimPrefix(string(raw), `{"`+f.Desc.TextName()+`":`)
	return strings.TrimSpace(strings.TrimSuffix(text, "}"))
}

// goType is the Go type of a scalar.
func goType(k protoreflect.Kind) string {
	switch scalars[k] {
	case "Bool":
		return "bool"
	case "String":
		return "string"
	case "Float":
		return "float32"
	case "Double":
		return "float64"
	}
	return strings.ToLower(scalars[k])
}

// goLiteral is a scalar in Go.
func goLiteral(v protoreflect.Value) string {
	switch v := v.Interface().(type) {
	case string:
		return strconv.Quote(v)
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	default:
		return code("%v", v)
	}
}
