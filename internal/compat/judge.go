package compat

import (
	"errors"
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/validator"
	"github.com/eventcontracts/eventcontracts/internal/valueset"
)

// judge asks protovalidate what one state's rules say.
type judge struct {
	types     resolver
	validator *validator.Validator
}

func newJudge(t resolver) (judge, error) {
	v, err := validator.New(t)
	if err != nil {
		return judge{}, fmt.Errorf("start the validator: %w", err)
	}
	return judge{t, v}, nil
}

// verdict is what the rules say of a value. Rules that do not compile say nothing.
type verdict int

const (
	silent verdict = iota
	accepted
	refused
)

func verdictOf(err error) verdict {
	var wrong *protovalidate.CompilationError
	switch {
	case err == nil:
		return accepted
	case errors.As(err, &wrong):
		return silent
	default: // a violation, or an expression that cannot be evaluated: the record is refused
		return refused
	}
}

// field is what a field's rules say of a value, or of its absence if v is nil, whatever
// else is in its message.
func (j judge) field(fd protoreflect.FieldDescriptor, v *valueset.Value) verdict {
	m := dynamicpb.NewMessage(fd.ContainingMessage())
	if v != nil {
		v.Put(m, fd)
	}
	return j.only(m, fd)
}

// only is what one descriptor of m says: a field's rules, or those of the message itself.
func (j judge) only(m protoreflect.Message, d protoreflect.Descriptor) verdict {
	return verdictOf(j.validator.Validate(m.Interface(), protovalidate.WithFilter(protovalidate.FilterFunc(
		func(_ protoreflect.Message, other protoreflect.Descriptor) bool {
			return other.FullName() == d.FullName()
		}))))
}

// whole validates all of m.
func (j judge) whole(m protoreflect.Message) verdict {
	return verdictOf(j.validator.Validate(m.Interface()))
}
