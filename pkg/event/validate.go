package event

import (
	"errors"
	"fmt"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// validate checks msg against its contract's rules. The violations name field
// and rule and never a value.
func (r *Registry) validate(msg proto.Message) ([]Violation, error) {
	err := r.validator.Validate(msg)
	if err == nil {
		return nil, nil
	}
	var bad *protovalidate.ValidationError
	var wrong *protovalidate.CompilationError
	switch {
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("%w: rules of %s: %w", ErrContract, msg.ProtoReflect().Descriptor().FullName(), err)
	case !errors.As(err, &bad):
		// The text of an expression that failed quotes what it was given.
		return nil, &redacted{"a rule's expression cannot be evaluated for this payload: make it total, with has() and size()", err}
	}
	out := make([]Violation, 0, len(bad.Violations))
	for _, v := range bad.Violations {
		out = append(out, Violation{
			Field:   path(v.Proto.GetField()),
			Rule:    v.Proto.GetRuleId(),
			Message: message(v, msg.ProtoReflect().Descriptor()),
		})
	}
	return out, violationsError(out)
}

// path names a field as protovalidate does, but for the keys of maps, which are
// values of the payload.
func path(p *validate.FieldPath) string {
	var b strings.Builder
	for i, e := range p.GetElements() {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(e.GetFieldName())
		switch s := e.GetSubscript().(type) {
		case nil:
		case *validate.FieldPathElement_Index:
			fmt.Fprintf(&b, "[%d]", s.Index)
		default:
			b.WriteString("[*]")
		}
	}
	return b.String()
}

// message is what a rule says. The standard rules name limits and no values.
// An expression of a contract can say anything, so its text counts only if the
// contract has it word for word.
func message(v *protovalidate.Violation, root protoreflect.MessageDescriptor) string {
	text := v.Proto.GetMessage()
	rule := v.Proto.GetRule().GetElements()
	own := len(rule) == 0 // a message's own expression may leave no path
	for _, e := range rule {
		name := e.GetFieldName()
		own = own || name == "cel" || name == "cel_expression" || strings.HasPrefix(name, "[")
	}
	if !own || descriptor.HasRuleText(root, text) {
		return text
	}
	return ""
}
