package descriptor

import (
	"slices"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// IsEvent reports whether a message has the option (eventcontracts.v1.event). A
// message without it is an ordinary part of other messages.
func IsEvent(m protoreflect.MessageDescriptor) bool {
	return proto.HasExtension(m.Options(), eventcontractsv1.E_Event)
}

// Event is a message's (eventcontracts.v1.event); nil if it has none. Getters of
// a nil result give the zero values, here and below.
func Event(m protoreflect.MessageDescriptor) *eventcontractsv1.EventOptions {
	o, _ := proto.GetExtension(m.Options(), eventcontractsv1.E_Event).(*eventcontractsv1.EventOptions)
	return o
}

// Topics are a file's (eventcontracts.v1.topic) options, in the file's order.
func Topics(f protoreflect.FileDescriptor) []*eventcontractsv1.TopicOptions {
	list, _ := proto.GetExtension(f.Options(), eventcontractsv1.E_Topic).([]*eventcontractsv1.TopicOptions)
	return list
}

// Field is a field's (eventcontracts.v1.field); nil if it has none.
func Field(fd protoreflect.FieldDescriptor) *eventcontractsv1.FieldOptions {
	o, _ := proto.GetExtension(fd.Options(), eventcontractsv1.E_Field).(*eventcontractsv1.FieldOptions)
	return o
}

// Rules are a field's (buf.validate.field); nil if it has none. They are the
// contract's own: change a clone.
func Rules(fd protoreflect.FieldDescriptor) *validate.FieldRules {
	r, _ := proto.GetExtension(fd.Options(), validate.E_Field).(*validate.FieldRules)
	return r
}

// Predefined are the expressions of a rule that somebody declared as an extension of
// the rules of a type, and of the rules that protovalidate itself has; fd is the field
// of these rules.
func Predefined(fd protoreflect.FieldDescriptor) []*validate.Rule {
	p, _ := proto.GetExtension(fd.Options(), validate.E_Predefined).(*validate.PredefinedRules)
	return p.GetCel()
}

// MessageRules are a message's (buf.validate.message); nil if it has none.
func MessageRules(m protoreflect.MessageDescriptor) *validate.MessageRules {
	r, _ := proto.GetExtension(m.Options(), validate.E_Message).(*validate.MessageRules)
	return r
}

// InMessageOneof reports whether a rule of its message makes a field one of several:
// protovalidate then does not look at its zero value (builder.go, isPartOfMessageOneof).
func InMessageOneof(fd protoreflect.FieldDescriptor) bool {
	return slices.ContainsFunc(MessageRules(fd.ContainingMessage()).GetOneof(), func(o *validate.MessageOneofRule) bool {
		return slices.Contains(o.GetFields(), string(fd.Name()))
	})
}

// OneofRules are a oneof's (buf.validate.oneof); nil if it has none.
func OneofRules(o protoreflect.OneofDescriptor) *validate.OneofRules {
	r, _ := proto.GetExtension(o.Options(), validate.E_Oneof).(*validate.OneofRules)
	return r
}

// Expressions are the rules that m, or a message in it, writes in CEL. Those of a
// cel_expression have nothing but the expression, which is also their id.
func Expressions(m protoreflect.MessageDescriptor) []*validate.Rule {
	var out []*validate.Rule
	add := func(rules []*validate.Rule, expressions []string) {
		out = append(out, rules...)
		for _, e := range expressions {
			out = append(out, &validate.Rule{Id: proto.String(e), Expression: proto.String(e)})
		}
	}
	for part := range Messages(m) {
		own := MessageRules(part)
		add(own.GetCel(), own.GetCelExpression())
		for i := range part.Fields().Len() {
			r := Rules(part.Fields().Get(i))
			for _, r := range []*validate.FieldRules{r, r.GetRepeated().GetItems(), r.GetMap().GetKeys(), r.GetMap().GetValues()} {
				add(r.GetCel(), r.GetCelExpression())
			}
		}
	}
	return out
}

// OneofTexts are what protovalidate says of the oneofs that m, or a message in it,
// requires, and of those that it writes as (buf.validate.message).oneof. They name fields
// and no values.
func OneofTexts(m protoreflect.MessageDescriptor) []string {
	var out []string
	for part := range Messages(m) {
		for _, o := range MessageRules(part).GetOneof() {
			fields := strings.Join(o.GetFields(), ", ")
			out = append(out, "only one of "+fields+" can be set", "one of "+fields+" must be set")
		}
		for i := range part.Oneofs().Len() {
			if OneofRules(part.Oneofs().Get(i)).GetRequired() {
				out = append(out, "exactly one field is required in oneof")
			}
		}
	}
	return out
}

// ReaderRules are the rules by which readers judge a field: its accept, where it is
// given, else its own.
func ReaderRules(fd protoreflect.FieldDescriptor) *validate.FieldRules {
	if a := Field(fd).GetAccept(); a != nil {
		return a
	}
	return Rules(fd)
}

// HasDefault reports whether a field has a (field).default that counts: on a singular
// optional scalar or enum. Package event refuses others.
func HasDefault(fd protoreflect.FieldDescriptor) bool {
	o := Field(fd)
	return o != nil && o.Default != nil && Optional(fd) && fd.Message() == nil
}
