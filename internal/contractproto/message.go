package contractproto

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// own are the options that are looked at one by one.
var own = []protoreflect.ExtensionType{
	validate.E_Field, validate.E_Message, validate.E_Oneof,
	eventcontractsv1.E_Event, eventcontractsv1.E_Field,
}

// optionsOf tells each option of a declaration that is not one of own.
func optionsOf(options proto.Message, tell func(string)) {
	m := options.ProtoReflect()
	if !m.IsValid() {
		return
	}
	leaves := map[string]string{}
	rest := proto.Clone(options)
	for _, o := range own {
		if rest.ProtoReflect().Descriptor() == o.TypeDescriptor().ContainingMessage() {
			proto.ClearExtension(rest, o)
		}
	}
	switch o := rest.(type) {
	case *descriptorpb.MessageOptions:
		o.MapEntry = nil
	case *descriptorpb.FieldOptions: // whatever it says of presence is looked at
		if o.Features != nil {
			o.Features.FieldPresence = nil
		}
	}
	flatten(rest.ProtoReflect(), "", leaves)
	for _, path := range slices.Sorted(maps.Keys(leaves)) {
		tell(strings.TrimSpace(path + ": " + leaves[path]))
	}
}

// aboutMessage names what a message says beside its fields.
func (r *reader) aboutMessage() {
	m := r.message
	if rules := descriptor.MessageRules(m); rules != nil {
		for _, c := range rules.GetCel() {
			r.name("", "rule of the message "+oneLine(strings.TrimPrefix(c.GetId()+": "+c.GetExpression(), ": ")))
		}
		rest := proto.Clone(rules).(*validate.MessageRules)
		rest.Cel = nil
		leaves := map[string]string{}
		flatten(rest.ProtoReflect(), "", leaves)
		for _, path := range slices.Sorted(maps.Keys(leaves)) {
			r.name("", fmt.Sprintf("rule of the message %s: %s", path, leaves[path]))
		}
	}
	optionsOf(m.Options(), func(option string) { r.name("", "option of the message "+option) })
	for i := range m.Oneofs().Len() {
		o := m.Oneofs().Get(i)
		if o.IsSynthetic() {
			continue
		}
		what := fmt.Sprintf("oneof %s", o.Name())
		if descriptor.OneofRules(o).GetRequired() {
			what += ", of which one is required"
		}
		r.name("", what)
		optionsOf(o.Options(), func(option string) { r.name("", fmt.Sprintf("option of the oneof %s %s", o.Name(), option)) })
	}
	r.declared()
	r.numbers()
}

// declared names the messages and enums that a message declares beside those that
// the spec does.
func (r *reader) declared() {
	said := map[string]bool{}
	for _, f := range r.spec.Fields {
		if shapeOf(f).enum != nil {
			said[spec.EnumName(f.Name)] = true
		}
	}
	for i := range r.message.Messages().Len() {
		if d := r.message.Messages().Get(i); !d.IsMapEntry() {
			r.name("", fmt.Sprintf("declares the message %s", d.Name()))
		}
	}
	for i := range r.message.Enums().Len() {
		if d := r.message.Enums().Get(i); !said[string(d.Name())] {
			r.name("", fmt.Sprintf("declares the enum %s", d.Name()))
		}
	}
	if r.message.Extensions().Len() > 0 || r.message.ExtensionRanges().Len() > 0 {
		r.name("", "has extensions")
	}
}

// numbers names numbers that are not those of the order of the fields, and those
// that are reserved.
func (r *reader) numbers() {
	var got []string
	usual := true
	for i := range r.message.Fields().Len() {
		fd := r.message.Fields().Get(i)
		usual = usual && int(fd.Number()) == i+1
		got = append(got, fmt.Sprintf("%s = %d", fd.Name(), fd.Number()))
	}
	if !usual {
		r.name("", "field numbers "+strings.Join(got, ", "))
	}
	for i := range r.message.ReservedRanges().Len() {
		span := r.message.ReservedRanges().Get(i)
		if span[1]-span[0] == 1 {
			r.name("", fmt.Sprintf("reserved number %d", span[0]))
		} else {
			r.name("", fmt.Sprintf("reserved numbers %d to %d", span[0], span[1]-1))
		}
	}
	for i := range r.message.ReservedNames().Len() {
		r.name("", fmt.Sprintf("reserved name %s", r.message.ReservedNames().Get(i)))
	}
}
