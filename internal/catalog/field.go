package catalog

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// FieldDescription is one field of an event.
type FieldDescription struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"`                  // "string", "repeated string", "map<string, shop.v1.Address>"
	Presence    string          `json:"presence"`              // required, optional or empty
	Default     json.RawMessage `json:"default,omitempty"`     // as a payload has it
	Sensitivity string          `json:"sensitivity,omitempty"` // empty for internal
	Rules       string          `json:"rules,omitempty"`       // buf.validate's, in the text format, but for required
	Accept      string          `json:"accept,omitempty"`      // readers' rules, where they are others
	Comment     string          `json:"comment,omitempty"`

	// DefaultText is the default as the contract has it, for people: text, whatever the
	// field's type is.
	DefaultText string `json:"-"`
}

// describeField needs the catalogue for the field's comment.
func (c *Catalog) describeField(f protoreflect.FieldDescriptor) FieldDescription {
	_, _, comment := c.Location(f)
	d := FieldDescription{Name: string(f.Name()), Type: fieldType(f), Comment: oneLine(comment)}
	if opts := descriptor.Field(f); opts != nil {
		if opts.Default != nil {
			d.DefaultText = opts.GetDefault()
			d.Default = defaultJSON(f, d.DefaultText)
		}
		if descriptor.Sensitive(f) {
			d.Sensitivity = strings.ToLower(strings.TrimPrefix(opts.GetSensitivity().String(), "SENSITIVITY_"))
		}
	}
	rules := descriptor.Rules(f)
	switch {
	case rules.GetRequired():
		d.Presence = "required"
	case f.HasOptionalKeyword() || f.Message() == nil && descriptor.Optional(f):
		d.Presence = "optional"
	}
	if rules != nil {
		rest := proto.CloneOf(rules)
		rest.Required = nil // Presence says it
		d.Rules = c.rulesText(rest)
	}
	if accept := descriptor.Field(f).GetAccept(); accept != nil {
		if d.Accept = c.rulesText(proto.CloneOf(accept)); d.Accept == "" {
			d.Accept = "any value"
		}
	}
	return d
}

func (c *Catalog) rulesText(rules *validate.FieldRules) string {
	c.nameRules(rules)
	return steady(prototext.MarshalOptions{}.Format(rules))
}

// nameRules gives rules that contracts declare themselves (predefined rules) their names:
// options are read before their types are known, and hold them as numbers.
func (c *Catalog) nameRules(rules *validate.FieldRules) {
	raw, err := proto.Marshal(rules)
	if err != nil {
		return
	}
	named := &validate.FieldRules{}
	if (proto.UnmarshalOptions{Resolver: c.Registry.Types()}).Unmarshal(raw, named) == nil {
		proto.Reset(rules)
		proto.Merge(rules, named)
	}
}

// defaultJSON is a default as a payload has it, by protobuf's JSON mapping: numbers and
// booleans are such, integers of 64 bits are text, since JavaScript rounds them, and so
// are enums, by name. That the text fits the field, pkg/event has checked.
func defaultJSON(f protoreflect.FieldDescriptor, text string) json.RawMessage {
	switch f.Kind() {
	case protoreflect.BoolKind, protoreflect.FloatKind, protoreflect.DoubleKind,
		protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		if json.Valid([]byte(text)) { // inf and nan are not
			return json.RawMessage(text)
		}
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return quoted
}

// fieldType is a field's type as a .proto file writes it. Of the messages that
// protobuf brings along, such as Timestamp, everybody knows the package.
func fieldType(f protoreflect.FieldDescriptor) string {
	switch {
	case f.IsMap():
		return fmt.Sprintf("map<%s, %s>", fieldType(f.MapKey()), fieldType(f.MapValue()))
	case f.IsList():
		return "repeated " + elementType(f)
	default:
		return elementType(f)
	}
}

// elementType is the type of one value. Messages have their package, because those of
// other packages may be imported.
func elementType(f protoreflect.FieldDescriptor) string {
	switch {
	case f.Message() != nil:
		return strings.TrimPrefix(string(f.Message().FullName()), "google.protobuf.")
	case f.Enum() != nil:
		return string(f.Enum().Name())
	default:
		return f.Kind().String()
	}
}

// steady is text of prototext with one blank between two words. It varies its blanks from
// build to build, so that nobody compares its output, which a golden file would. Those in
// quotes are of a rule, such as a pattern.
func steady(text string) string {
	var b strings.Builder
	quote, escaped := false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case quote && c == '\\':
			escaped = true
		case c == '"':
			quote = !quote
		case c == ' ' && !quote && strings.HasSuffix(b.String(), " "):
			continue
		}
		b.WriteRune(c)
	}
	return strings.TrimSpace(b.String())
}
