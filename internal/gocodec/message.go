package gocodec

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// message writes the codec of one message.
func (g *file) message(m *protogen.Message) {
	name := m.GoIdent.GoName
	conditions, open := g.conditions(m)
	key := g.key(m)

	g.P()
	g.P("// Event_codec is how package event finds the functions below. No field has such a name.")
	g.P("func (*", name, ") Event_codec() *", g.rt("Codec"), " { return ", function("codec", m), " }")
	g.P()
	keyFunction := "nil"
	if key != "" {
		keyFunction = function("key", m)
	}
	g.P("var ", function("codec", m), " = ", g.rt("NewCodec"), "(", g.contract(m, open), ", ",
		function("append", m), ", ", function("parse", m), ", ", function("valid", m), ", ", keyFunction, ")")

	g.P()
	g.P("func ", function("append", m), "(e *", g.rt("Encoder"), ", m *", name, ") {")
	g.P("mark := e.Begin()")
	for _, f := range m.Fields {
		g.appendField(f)
	}
	g.appendNulls(m)
	g.P("e.End(mark)")
	g.P("}")

	g.P()
	g.P("func ", function("parse", m), "(d *", g.rt("Decoder"), ") *", name, " {")
	g.P("m := new(", name, ")")
	if len(m.Fields) > 0 {
		g.P("var seen ", g.rt("Seen"))
	}
	g.P("for more := d.Object(); more; more = d.More() {")
	g.P("switch name := d.Name(); string(name) {")
	for i, f := range m.Fields {
		g.parseField(f, i)
	}
	g.P("default:")
	g.P("d.Unknown(name)")
	g.P("}")
	g.P("}")
	for _, f := range m.Fields {
		g.parseDefault(f)
	}
	g.P("return m")
	g.P("}")

	g.P()
	g.P("func ", function("valid", m), "(m *", name, ") bool {")
	g.P("if m == nil || ", g.rt("HasUnknown"), "(m) {")
	g.P("return false")
	g.P("}")
	g.oneofs(m)
	if len(conditions) == 0 {
		conditions = []string{"true"}
	}
	g.P("return ", strings.Join(conditions, " &&\n"))
	g.P("}")

	if key != "" {
		g.P()
		g.P("func ", keyFunction, "(m *", name, ") string { return ", key, " }")
	}
}

// contract is what the codec says of itself.
func (g *file) contract(m *protogen.Message, open []string) string {
	var parts []string
	if e := descriptor.Event(m.Desc); e != nil {
		major, _ := descriptor.Major(m.Desc.ParentFile().Package())
		parts = append(parts, code("Type: %q", descriptor.WireType(m.Desc)), code("Topic: %q", e.GetTopic()), code("Version: %q", strconv.Itoa(major)+"."+strconv.Itoa(int(e.GetRevision()))))
	}
	parts = append(parts, code("Shape: %#016x", descriptor.Shape(m.Desc)))
	if len(open) > 0 {
		parts = append(parts, code("Open: %#v", open))
	}
	return g.rt("Contract") + "{" + strings.Join(parts, ", ") + "}"
}

// key is an expression for the text of an event's key; "" if the reference has to find it.
func (g *file) key(m *protogen.Message) string {
	e := descriptor.Event(m.Desc)
	if e == nil || e.GetUnkeyed() || e.GetKey() == "" {
		return ""
	}
	expr := "m"
	var last *protogen.Field
	for at, part := m, ""; ; at = last.Message {
		if at == nil {
			return ""
		}
		rest := e.GetKey()[len(part):]
		step, _, more := strings.Cut(strings.TrimPrefix(rest, "."), ".")
		part = strings.TrimPrefix(part+"."+step, ".")
		if last = field(at, step); last == nil || last.Desc.IsList() || last.Desc.IsMap() {
			return ""
		}
		expr += ".Get" + last.GoName + "()"
		if !more {
			break
		}
	}
	if descriptor.HasDefault(last.Desc) {
		return ""
	}
	switch last.Desc.Kind() {
	case protoreflect.StringKind:
		if isUUID(descriptor.Rules(last.Desc)) {
			return g.rt("LowerUUID") + "(" + expr + ")"
		}
		return expr
	case protoreflect.BytesKind:
		return "string(" + expr + ")"
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.EnumKind:
		return g.QualifiedGoIdent(protogen.GoImportPath("strconv").Ident("FormatInt")) + "(int64(" + expr + "), 10)"
	}
	return ""
}

func field(m *protogen.Message, name string) *protogen.Field {
	for _, f := range m.Fields {
		if string(f.Desc.Name()) == name {
			return f
		}
	}
	return nil
}
