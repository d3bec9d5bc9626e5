package contractproto

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// options are the options of a field as buf format lays them out, each beginning
// with its name.
func (s shape) options(indent string) []string {
	var out []string
	if s.rules.GetRequired() {
		out = append(out, "(buf.validate.field).required = true")
	}
	if s.rules != nil {
		if kind := s.rules.ProtoReflect().WhichOneof(ruleType); kind != nil {
			value := s.rules.ProtoReflect().Get(kind).Message()
			out = append(out, "(buf.validate.field)."+string(kind.Name())+rule(value, indent))
		}
	}
	if s.preset != nil {
		out = append(out, "(eventcontracts.v1.field).default = "+quoted(*s.preset))
	}
	return out
}

var ruleType = (*validate.FieldRules)(nil).ProtoReflect().Descriptor().Oneofs().ByName("type")

// rule is the value of an option that holds one message: a path if there is one
// thing in it, else the message.
func rule(m protoreflect.Message, indent string) string {
	fields := set(m)
	if len(fields) == 1 && !fields[0].IsList() && fields[0].Message() == nil {
		return "." + string(fields[0].Name()) + " = " + scalar(fields[0], m.Get(fields[0]))
	}
	return " = " + message(m, indent)
}

// message is a message literal on several lines.
func message(m protoreflect.Message, indent string) string {
	var b strings.Builder
	b.WriteString("{\n")
	for _, fd := range set(m) {
		v := m.Get(fd)
		b.WriteString(indent + "  " + string(fd.Name()) + ": ")
		switch {
		case fd.IsList():
			b.WriteString(list(fd, v.List(), indent+"  "))
		case fd.Message() != nil:
			inner := set(v.Message())
			if len(inner) == 1 && !inner[0].IsList() && inner[0].Message() == nil {
				b.WriteString("{" + string(inner[0].Name()) + ": " + scalar(inner[0], v.Message().Get(inner[0])) + "}")
			} else {
				b.WriteString(message(v.Message(), indent+"  "))
			}
		default:
			b.WriteString(scalar(fd, v))
		}
		b.WriteByte('\n')
	}
	b.WriteString(indent + "}")
	return b.String()
}

func list(fd protoreflect.FieldDescriptor, l protoreflect.List, indent string) string {
	if l.Len() == 1 {
		return "[" + scalar(fd, l.Get(0)) + "]"
	}
	var b strings.Builder
	b.WriteString("[\n")
	for i := range l.Len() {
		b.WriteString(indent + "  " + scalar(fd, l.Get(i)))
		if i < l.Len()-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString(indent + "]")
	return b.String()
}

func scalar(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return quoted(v.String())
	case protoreflect.DoubleKind:
		return number(v.Float())
	default:
		return v.String()
	}
}

// number is a double as protobuf's text format reads it again.
func number(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// quoted is a string literal of protobuf.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// set are the fields that a message has, lower bounds first and then by number.
func set(m protoreflect.Message) []protoreflect.FieldDescriptor {
	var out []protoreflect.FieldDescriptor
	m.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		out = append(out, fd)
		return true
	})
	rank := func(fd protoreflect.FieldDescriptor) int {
		if fd.Name() == "gt" || fd.Name() == "gte" {
			return 0
		}
		return int(fd.Number())
	}
	slices.SortFunc(out, func(a, b protoreflect.FieldDescriptor) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}
