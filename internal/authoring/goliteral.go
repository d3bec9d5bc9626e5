package authoring

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// goWriter writes Go that uses generated packages.
type goWriter struct {
	messages map[protoreflect.FullName]*protogen.Message
	packages map[protogen.GoImportPath]string // their names
	imports  map[string]string                // alias by path, for those that were used

	// now has times be those of the moment, as a service writes them.
	now bool
}

// newGoWriter knows the packages of files, imports included.
func newGoWriter(files []*protogen.File) *goWriter {
	w := &goWriter{messages: map[protoreflect.FullName]*protogen.Message{}, packages: map[protogen.GoImportPath]string{}, imports: map[string]string{}}
	var add func([]*protogen.Message)
	add = func(all []*protogen.Message) {
		for _, m := range all {
			w.messages[m.Desc.FullName()] = m
			add(m.Messages)
		}
	}
	for _, f := range files {
		w.packages[f.GoImportPath] = string(f.GoPackageName)
		add(f.Messages)
	}
	return w
}

// use is the alias of a package, which is imported from then on.
func (w *goWriter) use(path, name string) string {
	if alias, ok := w.imports[path]; ok {
		return alias
	}
	alias := name
	for n := 2; slices.Contains(w.aliases(), alias); n++ {
		alias = name + strconv.Itoa(n)
	}
	w.imports[path] = alias
	return alias
}

func (w *goWriter) aliases() []string {
	var out []string
	for _, a := range w.imports {
		out = append(out, a)
	}
	return out
}

// ident is a generated name, qualified.
func (w *goWriter) ident(id protogen.GoIdent) string {
	name := w.packages[id.GoImportPath]
	if name == "" { // protobuf's own are not generated here
		name = string(id.GoImportPath[strings.LastIndexByte(string(id.GoImportPath), '/')+1:])
	}
	return w.use(string(id.GoImportPath), name) + "." + id.GoName
}

const known = "google.golang.org/protobuf/types/known/"

// message is an expression for a message with its fields.
func (w *goWriter) message(m protoreflect.Message) string {
	switch m.Descriptor().FullName() {
	case "google.protobuf.Timestamp":
		if pb := w.use(known+"timestamppb", "timestamppb"); w.now {
			return pb + ".Now()"
		}
	case "google.protobuf.Duration":
		pb, seconds := w.use(known+"durationpb", "durationpb"), m.Get(m.Descriptor().Fields().ByName("seconds")).Int()
		if m.Get(m.Descriptor().Fields().ByName("nanos")).Int() == 0 && seconds < math.MaxInt64/1_000_000_000 && seconds > math.MinInt64/1_000_000_000 {
			return fmt.Sprintf("%s.New(%d * %s.Second)", pb, seconds, w.use("time", "time"))
		}
	}
	names := w.messages[m.Descriptor().FullName()]
	if names == nil {
		return "nil"
	}
	var b strings.Builder
	b.WriteString("&" + w.ident(names.GoIdent) + "{")
	begun := false
	for _, f := range names.Fields {
		fd := m.Descriptor().Fields().ByNumber(f.Desc.Number())
		if fd == nil || !m.Has(fd) {
			continue
		}
		if !begun {
			b.WriteString("\n")
			begun = true
		}
		value := w.field(f, fd, m.Get(fd))
		if f.Oneof != nil && !f.Oneof.Desc.IsSynthetic() {
			fmt.Fprintf(&b, "%s: &%s{%s: %s},\n", f.Oneof.GoName, w.ident(f.GoIdent), f.GoName, value)
			continue
		}
		fmt.Fprintf(&b, "%s: %s,\n", f.GoName, value)
	}
	b.WriteString("}")
	return b.String()
}

func (w *goWriter) field(f *protogen.Field, fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch {
	case fd.IsList():
		var items []string
		for i := range v.List().Len() {
			items = append(items, w.value(f, fd, v.List().Get(i)))
		}
		return "[]" + w.typeOf(f, fd) + "{" + strings.Join(items, ", ") + "}"
	case fd.IsMap():
		var entries []string
		v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			entries = append(entries, scalar(fd.MapKey().Kind(), k.Value())+": "+w.value(f.Message.Fields[1], fd.MapValue(), v))
			return true
		})
		slices.Sort(entries)
		return "map[" + scalarType(fd.MapKey().Kind()) + "]" + w.typeOf(f.Message.Fields[1], fd.MapValue()) + "{" + strings.Join(entries, ", ") + "}"
	case fd.HasPresence() && fd.Message() == nil && (f.Oneof == nil || f.Oneof.Desc.IsSynthetic()):
		return w.pointer(f, fd, v)
	}
	return w.value(f, fd, v)
}

// pointer is a value of a field with presence, as proto3's optional is generated.
func (w *goWriter) pointer(f *protogen.Field, fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	value := w.value(f, fd, v)
	if fd.Kind() == protoreflect.BytesKind {
		return value
	}
	if fd.Enum() != nil {
		return value + ".Enum()"
	}
	typ := scalarType(fd.Kind())
	return w.use("google.golang.org/protobuf/proto", "proto") + "." + strings.ToUpper(typ[:1]) + typ[1:] + "(" + value + ")"
}

// value is one value: of a singular field, or of a list or a map.
func (w *goWriter) value(f *protogen.Field, fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch {
	case fd.Message() != nil:
		return w.message(v.Message())
	case fd.Enum() != nil:
		for _, known := range f.Enum.Values {
			if known.Desc.Number() == v.Enum() {
				return w.ident(known.GoIdent)
			}
		}
		return fmt.Sprintf("%s(%d)", w.ident(f.Enum.GoIdent), v.Enum())
	}
	return scalar(fd.Kind(), v)
}

func (w *goWriter) typeOf(f *protogen.Field, fd protoreflect.FieldDescriptor) string {
	switch {
	case fd.Message() != nil:
		return "*" + w.ident(f.Message.GoIdent)
	case fd.Enum() != nil:
		return w.ident(f.Enum.GoIdent)
	}
	return scalarType(fd.Kind())
}

func scalar(kind protoreflect.Kind, v protoreflect.Value) string {
	switch kind {
	case protoreflect.StringKind:
		return strconv.Quote(v.String())
	case protoreflect.BytesKind:
		return "[]byte(" + strconv.Quote(string(v.Bytes())) + ")"
	}
	return fmt.Sprint(v.Interface())
}

func scalarType(kind protoreflect.Kind) string {
	switch kind {
	case protoreflect.BytesKind:
		return "[]byte"
	case protoreflect.FloatKind:
		return "float32"
	case protoreflect.DoubleKind:
		return "float64"
	case protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return "int32"
	case protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return "int64"
	case protoreflect.Fixed32Kind:
		return "uint32"
	case protoreflect.Fixed64Kind:
		return "uint64"
	}
	return kind.String() // bool, int32, int64, uint32, uint64, string
}

// importBlock are the imports that were used, in the groups of gofmt's readers.
func (w *goWriter) importBlock() string {
	var std, others []string
	for path, alias := range w.imports {
		line := strconv.Quote(path)
		if alias != path[strings.LastIndexByte(path, '/')+1:] {
			line = alias + " " + line
		}
		if strings.Contains(path, ".") {
			others = append(others, path+"\x00"+line)
		} else {
			std = append(std, path+"\x00"+line)
		}
	}
	var b strings.Builder
	b.WriteString("import (\n")
	for i, group := range [][]string{std, others} {
		slices.Sort(group)
		if i > 0 && len(std) > 0 && len(others) > 0 {
			b.WriteByte('\n')
		}
		for _, entry := range group {
			_, line, _ := strings.Cut(entry, "\x00")
			b.WriteString("\t" + line + "\n")
		}
	}
	b.WriteString(")\n")
	return b.String()
}
