package gosource

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Literal is an expression for a message, on several lines: &todov1.TodoCreated{…}.
// It is not indented: format the file that it is put into. Fields that are not set are
// left out; unknown fields and extensions are an error.
func (n *Names) Literal(m protoreflect.Message, imports *Imports, opts ...Option) (string, error) {
	w := writer{names: n, imports: imports}
	for _, opt := range opts {
		opt(&w)
	}
	text := w.message(m)
	return text, w.err
}

// Option changes how a literal is written.
type Option func(*writer)

// Now has points in time be that of the moment, as a service writes them:
// timestamppb.Now().
func Now(w *writer) { w.now = true }

// writer keeps the first error, so that the expression reads as it is put together.
type writer struct {
	names   *Names
	imports *Imports
	now     bool
	err     error
}

func (w *writer) fail(format string, args ...any) string {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
	return ""
}

func (w *writer) pkg(path string) string { return w.imports.Add(path, "") }

func (w *writer) message(m protoreflect.Message) string {
	d := m.Descriptor()
	if text := w.wellKnown(m); text != "" {
		return text
	}
	names, ok := w.names.messages[d.FullName()]
	if !ok {
		return w.fail("%s is in none of the files that the names are of", d.FullName())
	}
	if len(m.GetUnknown()) > 0 {
		return w.fail("%s has fields that its contract does not declare", d.FullName())
	}
	typ := "&" + w.names.Ident(names.GoIdent, w.imports)
	var lines []string
	for _, f := range names.Fields {
		fd := d.Fields().ByNumber(f.Desc.Number())
		if fd == nil || !m.Has(fd) {
			continue
		}
		value := w.field(f, fd, m.Get(fd))
		name := f.GoName
		if f.Oneof != nil && !f.Oneof.Desc.IsSynthetic() {
			name = f.Oneof.GoName
			value = fmt.Sprintf("&%s{%s: %s}", w.names.Ident(f.GoIdent, w.imports), f.GoName, value)
		}
		lines = append(lines, name+": "+value+",\n")
	}
	if len(lines) == 0 {
		return typ + "{}"
	}
	return typ + "{\n" + strings.Join(lines, "") + "}"
}

// field is the value of a field, with the type that the struct's field has.
func (w *writer) field(f *protogen.Field, fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch {
	case fd.IsList():
		var items []string
		for i := range v.List().Len() {
			items = append(items, w.element(fd, v.List().Get(i)))
		}
		return "[]" + w.typeOf(fd) + enclosed(items, fd.Message() != nil)
	case fd.IsMap():
		return fmt.Sprintf("map[%s]%s", w.typeOf(fd.MapKey()), w.typeOf(fd.MapValue())) + enclosed(w.entries(fd, v.Map()), fd.MapValue().Message() != nil)
	}
	text := w.scalar(fd, v)
	inOneof := f.Oneof != nil && !f.Oneof.Desc.IsSynthetic()
	if fd.Message() != nil || fd.Kind() == protoreflect.BytesKind || inOneof || !fd.HasPresence() {
		return text
	}
	if fd.Kind() == protoreflect.EnumKind {
		return text + ".Enum()"
	}
	return fmt.Sprintf("%s.%s(%s)", w.pkg("google.golang.org/protobuf/proto"), pointers[w.typeOf(fd)], text)
}

// pointers are the functions of package proto that make a pointer to a scalar.
var pointers = map[string]string{
	"bool": "Bool", "int32": "Int32", "int64": "Int64", "uint32": "Uint32", "uint64": "Uint64",
	"float32": "Float32", "float64": "Float64", "string": "String",
}

func (w *writer) entries(fd protoreflect.FieldDescriptor, m protoreflect.Map) []string {
	var keys []protoreflect.MapKey
	m.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, k)
		return true
	})
	slices.SortFunc(keys, func(a, b protoreflect.MapKey) int { // as text: only to be the same each time
		return strings.Compare(a.String(), b.String())
	})
	var out []string
	for _, k := range keys {
		out = append(out, w.scalar(fd.MapKey(), k.Value())+": "+w.element(fd.MapValue(), m.Get(k)))
	}
	return out
}

// element is a value in a list or a map, whose type names that of a message already.
func (w *writer) element(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	text := w.scalar(fd, v)
	if fd.Message() == nil {
		return text
	}
	return strings.TrimPrefix(text, strings.Replace(w.typeOf(fd), "*", "&", 1))
}

// enclosed is a list in braces, one item a line where they are long.
func enclosed(items []string, lines bool) string {
	if lines && len(items) > 0 {
		return "{\n" + strings.Join(items, ",\n") + ",\n}"
	}
	return "{" + strings.Join(items, ", ") + "}"
}

// typeOf is the Go type of one value of a field.
func (w *writer) typeOf(fd protoreflect.FieldDescriptor) string {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return "bool"
	case protoreflect.EnumKind:
		if e, ok := w.names.enums[fd.Enum().FullName()]; ok {
			return w.names.Ident(e.GoIdent, w.imports)
		}
		return w.fail("enum %s is in none of the files that the names are of", fd.Enum().FullName())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return "int32"
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return "int64"
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return "uint32"
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return "uint64"
	case protoreflect.FloatKind:
		return "float32"
	case protoreflect.DoubleKind:
		return "float64"
	case protoreflect.StringKind:
		return "string"
	case protoreflect.BytesKind:
		return "[]byte"
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if m, ok := w.names.messages[fd.Message().FullName()]; ok {
			return "*" + w.names.Ident(m.GoIdent, w.imports)
		}
		return w.fail("%s is in none of the files that the names are of", fd.Message().FullName())
	}
	return w.fail("field %s has the kind %s, which Go has no type for", fd.FullName(), fd.Kind())
}

// scalar is one value without presence.
func (w *writer) scalar(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return w.message(v.Message())
	case protoreflect.EnumKind:
		if e, ok := w.names.enums[fd.Enum().FullName()]; ok {
			for _, value := range e.Values {
				if value.Desc.Number() == v.Enum() {
					return w.names.Ident(value.GoIdent, w.imports)
				}
			}
		}
		return fmt.Sprintf("%s(%d)", w.typeOf(fd), v.Enum())
	case protoreflect.StringKind:
		return quoted(v.String())
	case protoreflect.BytesKind:
		return "[]byte(" + strconv.Quote(string(v.Bytes())) + ")"
	case protoreflect.FloatKind:
		return w.float(v.Float(), 32)
	case protoreflect.DoubleKind:
		return w.float(v.Float(), 64)
	}
	return fmt.Sprint(v.Interface())
}

// quoted is a text in quotes, and in backquotes where it is easier to read so.
func quoted(s string) string {
	if strings.ContainsAny(s, "\"\\") && strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

func (w *writer) float(f float64, bits int) string {
	text := ""
	switch {
	case math.IsNaN(f):
		text = w.pkg("math") + ".NaN()"
	case math.IsInf(f, 1):
		text = w.pkg("math") + ".Inf(1)"
	case math.IsInf(f, -1):
		text = w.pkg("math") + ".Inf(-1)"
	case f == 0 && math.Signbit(f):
		text = w.pkg("math") + ".Copysign(0, -1)"
	default:
		return strconv.FormatFloat(f, 'g', -1, bits)
	}
	if bits == 32 {
		return "float32(" + text + ")"
	}
	return text
}

const known = "google.golang.org/protobuf/types/known/"

// wellKnown is a time or a duration as a person writes it, and "" for other messages
// and for what the standard library cannot hold.
func (w *writer) wellKnown(m protoreflect.Message) string {
	d := m.Descriptor()
	number := func(name protoreflect.Name) int64 {
		if fd := d.Fields().ByName(name); fd != nil {
			return m.Get(fd).Int()
		}
		return 0
	}
	switch d.FullName() {
	case "google.protobuf.Timestamp":
		if w.now {
			return w.pkg(known+"timestamppb") + ".Now()"
		}
		t := time.Unix(number("seconds"), number("nanos")).UTC()
		if t.Year() < 1 || t.Year() > 9999 {
			return ""
		}
		return fmt.Sprintf("%s.New(%s.Date(%d, %d, %d, %d, %d, %d, %d, %[2]s.UTC))", w.pkg(known+"timestamppb"), w.pkg("time"),
			t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond())
	case "google.protobuf.Duration":
		seconds, nanos := number("seconds"), number("nanos")
		if seconds > math.MaxInt64/int64(time.Second)-1 || seconds < math.MinInt64/int64(time.Second)+1 {
			return ""
		}
		return fmt.Sprintf("%s.New(%s)", w.pkg(known+"durationpb"), w.duration(time.Duration(seconds)*time.Second+time.Duration(nanos)))
	}
	return ""
}

func (w *writer) duration(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	pkg := w.pkg("time")
	for _, unit := range []struct {
		name string
		unit time.Duration
	}{{"Hour", time.Hour}, {"Minute", time.Minute}, {"Second", time.Second}, {"Millisecond", time.Millisecond}, {"Microsecond", time.Microsecond}} {
		switch {
		case d == unit.unit:
			return pkg + "." + unit.name
		case d%unit.unit == 0:
			return fmt.Sprintf("%d * %s.%s", d/unit.unit, pkg, unit.name)
		}
	}
	return fmt.Sprintf("%d * %s.Nanosecond", d, pkg)
}
