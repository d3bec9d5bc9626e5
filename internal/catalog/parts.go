package catalog

import (
	"strings"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// PartDescription is a message inside an event.
type PartDescription struct {
	Name    string             `json:"name"` // full name
	Comment string             `json:"comment,omitempty"`
	Fields  []FieldDescription `json:"fields"`
	Oneofs  []OneofDescription `json:"oneofs,omitempty"`
	Rules   string             `json:"rules,omitempty"` // of the message, in the text format
}

// OneofDescription is a group of fields of which at most one is set.
type OneofDescription struct {
	Name     string   `json:"name"`
	Fields   []string `json:"fields"`
	Required bool     `json:"required,omitempty"` // exactly one is set
}

// EnumDescription is an enum of an event or of a message inside it.
type EnumDescription struct {
	Name    string             `json:"name"` // full name
	Comment string             `json:"comment,omitempty"`
	Values  []ValueDescription `json:"values"`
}

// ValueDescription is one value of an enum.
type ValueDescription struct {
	Name    string `json:"name"`
	Number  int32  `json:"number"`
	Comment string `json:"comment,omitempty"`
}

// describePart describes a message: the event's own, or one inside it.
func (c *Catalog) describePart(m protoreflect.MessageDescriptor) PartDescription {
	_, _, comment := c.Location(m)
	p := PartDescription{Name: string(m.FullName()), Comment: oneLine(comment), Fields: []FieldDescription{}}
	for i := range m.Fields().Len() {
		p.Fields = append(p.Fields, c.describeField(m.Fields().Get(i)))
	}
	for i := range m.Oneofs().Len() {
		o := m.Oneofs().Get(i)
		if o.IsSynthetic() { // that of an optional field
			continue
		}
		d := OneofDescription{Name: string(o.Name()), Required: descriptor.OneofRules(o).GetRequired()}
		for j := range o.Fields().Len() {
			d.Fields = append(d.Fields, string(o.Fields().Get(j).Name()))
		}
		p.Oneofs = append(p.Oneofs, d)
	}
	if rules := descriptor.MessageRules(m); rules != nil {
		p.Rules = steady(prototext.MarshalOptions{}.Format(proto.Clone(rules).(*validate.MessageRules)))
	}
	return p
}

// parts are the messages inside an event and the enums that it reaches, each once, in
// the order of the fields. What protobuf brings along is known.
func (c *Catalog) parts(event protoreflect.MessageDescriptor) (parts []PartDescription, enums []EnumDescription) {
	seen := map[protoreflect.FullName]bool{}
	for m := range descriptor.Messages(event) {
		if strings.HasPrefix(string(m.FullName()), "google.protobuf.") {
			continue
		}
		if m != event {
			parts = append(parts, c.describePart(m))
		}
		for i := range m.Fields().Len() {
			fd := m.Fields().Get(i)
			if fd.IsMap() {
				fd = fd.MapValue()
			}
			if e := fd.Enum(); e != nil && !seen[e.FullName()] {
				seen[e.FullName()] = true
				enums = append(enums, c.describeEnum(e))
			}
		}
	}
	return parts, enums
}

func (c *Catalog) describeEnum(e protoreflect.EnumDescriptor) EnumDescription {
	_, _, comment := c.Location(e)
	d := EnumDescription{Name: string(e.FullName()), Comment: oneLine(comment)}
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		_, _, comment := c.Location(v)
		d.Values = append(d.Values, ValueDescription{Name: string(v.Name()), Number: int32(v.Number()), Comment: oneLine(comment)})
	}
	return d
}
