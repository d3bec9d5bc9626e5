package event

import (
	"errors"
	"fmt"
	"slices"
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

const (
	// maxViolations bounds the violations that are kept of one payload. A list of
	// empty texts breaks a rule with every three bytes.
	maxViolations = 32

	// maxListed is up to how many values a payload is searched for all of its
	// violations, each of which takes about 1 KB while they are collected. Of a larger
	// one the first is told.
	maxListed = 512

	// maxPath and maxMessage bound the texts of one violation, in bytes: messages of
	// a recursive type have long paths, and the message is the contract's.
	maxPath    = 512
	maxMessage = 512
)

// violationsError is the cause of an invalid payload: the text of one error, and
// the list for whoever asks with errors.As.
type violationsError struct {
	list    []Violation
	all     int  // how many there are; the list has the first
	stopped bool // at the first one: there may be more
}

func (v *violationsError) Error() string {
	var b strings.Builder
	b.WriteString("breaks its contract's rules")
	switch {
	case v.stopped:
		b.WriteString(" (the first violation; the payload is too large to list more)")
	case v.all > len(v.list):
		fmt.Fprintf(&b, " (%d violations, the first %d)", v.all, len(v.list))
	}
	for i, one := range v.list {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		b.WriteString(sep + one.String())
		if one.Message != "" {
			b.WriteString(" (" + one.Message + ")")
		}
	}
	return b.String()
}

func violationsOf(err error) []Violation {
	var v *violationsError
	if !errors.As(err, &v) {
		return nil
	}
	return v.list
}

// violationsIn takes over what the validator found in a message of the type root.
func violationsIn(bad *protovalidate.ValidationError, root protoreflect.MessageDescriptor) *violationsError {
	out := &violationsError{all: len(bad.Violations)}
	for _, v := range bad.Violations[:min(len(bad.Violations), maxViolations)] {
		out.list = append(out.list, Violation{
			Field:   cutText(path(v.Proto.GetField()), maxPath),
			Rule:    v.Proto.GetRuleId(),
			Message: cutText(message(v, root), maxMessage),
		})
	}
	return out
}

// few reports whether m has at most left values, and what it leaves of left.
func few(m protoreflect.Message, left *int) bool {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsMap():
			if *left -= v.Map().Len(); *left >= 0 && fd.MapValue().Message() != nil {
				v.Map().Range(func(_ protoreflect.MapKey, e protoreflect.Value) bool { return few(e.Message(), left) })
			}
		case fd.IsList():
			*left -= v.List().Len()
			for i := 0; fd.Message() != nil && i < v.List().Len() && *left >= 0; i++ {
				few(v.List().Get(i).Message(), left)
			}
		default:
			if *left--; *left >= 0 && fd.Message() != nil {
				few(v.Message(), left)
			}
		}
		return *left >= 0
	})
	return *left >= 0
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

// message is what a rule says. The standard rules name limits and no values. An
// expression of a contract can say anything, so its text counts only if it follows
// from the contract alone.
func message(v *protovalidate.Violation, root protoreflect.MessageDescriptor) string {
	text := v.Proto.GetMessage()
	rule := v.Proto.GetRule().GetElements()
	own := len(rule) == 0 // oneofs leave no path, and a message's own expression may
	for _, e := range rule {
		name := e.GetFieldName()
		if strings.HasPrefix(name, "[") && v.RuleDescriptor != nil { // an extension: a predefined rule
			if ofContract(text, v.Proto.GetRuleId(), descriptor.Predefined(v.RuleDescriptor)) {
				return text
			}
			return ""
		}
		own = own || name == "cel" || name == "cel_expression" || strings.HasPrefix(name, "[")
	}
	if !own || ofContract(text, v.Proto.GetRuleId(), descriptor.Expressions(root)) || len(rule) == 0 && slices.Contains(descriptor.OneofTexts(root), text) {
		return text
	}
	return ""
}
