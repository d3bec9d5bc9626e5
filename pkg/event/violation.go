package event

import (
	"errors"
	"fmt"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Violation is one broken rule, without the value that broke it: violations are
// logged, stored in dead letters and shown to people who may not see payloads.
type Violation struct {
	Field   string `json:"field"`   // path of the field, such as "items[2].price"; "" for a rule of the message
	Rule    string `json:"rule"`    // id, such as "string.min_len"
	Message string `json:"message"` // "" if its text might hold a value
}

func (v Violation) String() string {
	if v.Field == "" {
		return v.Rule
	}
	return v.Field + ": " + v.Rule
}

// violationsError is the cause of an invalid payload: the text of one error, and
// the list for whoever asks with errors.As.
type violationsError []Violation

func (v violationsError) Error() string {
	s := "breaks its contract's rules"
	for i, one := range v {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		s += sep + one.String()
		if one.Message != "" {
			s += " (" + one.Message + ")"
		}
	}
	return s
}

func violationsOf(err error) []Violation {
	var v violationsError
	errors.As(err, &v)
	return v
}

// violationsIn takes over what the validator found in a message of the type root.
func violationsIn(bad *protovalidate.ValidationError, root protoreflect.MessageDescriptor) violationsError {
	out := make(violationsError, 0, len(bad.Violations))
	for _, v := range bad.Violations {
		out = append(out, Violation{
			Field:   path(v.Proto.GetField()),
			Rule:    v.Proto.GetRuleId(),
			Message: message(v, root),
		})
	}
	return out
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
