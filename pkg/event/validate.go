package event

import (
	"errors"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
)

// validate checks msg against its contract's rules. The violations name field
// and rule and never a value.
func (r *Registry) validate(msg proto.Message) ([]Violation, error) {
	err := r.validator.Validate(msg)
	if err == nil {
		return nil, nil
	}
	var bad *protovalidate.ValidationError
	if !errors.As(err, &bad) {
		return nil, err
	}
	out := make([]Violation, 0, len(bad.Violations))
	for _, v := range bad.Violations {
		out = append(out, Violation{
			Field:   protovalidate.FieldPathString(v.Proto.GetField()),
			Rule:    v.Proto.GetRuleId(),
			Message: message(v),
		})
	}
	return out, violationsError(out)
}

// message is what a rule of protovalidate says, which names limits and no
// values. The message of a rule written in CEL can contain anything, so it is
// left out.
func message(v *protovalidate.Violation) string {
	path := v.Proto.GetRule().GetElements()
	if len(path) == 0 || path[0].GetFieldName() == "cel" || path[0].GetFieldName() == "cel_expression" {
		return ""
	}
	return v.Proto.GetMessage()
}
