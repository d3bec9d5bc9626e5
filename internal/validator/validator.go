// Package validator is protovalidate as this module asks it: with the rules that
// contracts declare themselves, and without those of its fast paths that panic. It knows
// no event, and judges by no rules but those that a message's descriptor has.
package validator

import (
	"sync"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Validator judges messages. It is safe for concurrent use.
type Validator struct {
	native protovalidate.Validator
	cel    func() (protovalidate.Validator, error)
	chosen sync.Map // of message descriptors, which of the two judges them
}

// New makes a validator. types finds the rules that contracts declare as extensions.
func New(types protoregistry.ExtensionTypeResolver) (*Validator, error) {
	native, err := protovalidate.New(protovalidate.WithExtensionTypeResolver(types))
	if err != nil {
		return nil, err
	}
	return &Validator{native: native, cel: sync.OnceValues(func() (protovalidate.Validator, error) {
		return protovalidate.New(protovalidate.WithExtensionTypeResolver(types), protovalidate.WithDisableNativeRules())
	})}, nil
}

// Validate judges a message as protovalidate does.
func (v *Validator) Validate(msg proto.Message, options ...protovalidate.ValidationOption) error {
	return v.For(msg.ProtoReflect().Descriptor()).Validate(msg, options...)
}

// For is what judges messages of one descriptor, for those who judge many.
func (v *Validator) For(m protoreflect.MessageDescriptor) protovalidate.Validator {
	if known, ok := v.chosen.Load(m); ok {
		return known.(protovalidate.Validator)
	}
	judge := v.native
	if descriptor.Reaches(m, wrappedElements) {
		slow, err := v.cel()
		if err != nil {
			slow = broken{err}
		}
		judge = slow
	}
	v.chosen.Store(m, judge)
	return judge
}

// wrappedElements reports whether a list or map has rules for elements that are wrappers,
// such as Int32Value. The native rules of protovalidate-go 1.4.0 take such an element for
// the number in it, and panic; its rules in CEL do not.
func wrappedElements(fd protoreflect.FieldDescriptor) bool {
	part := descriptor.Part(fd)
	if part == nil || !fd.IsList() && !fd.IsMap() || part.ParentFile().Path() != "google/protobuf/wrappers.proto" {
		return false
	}
	rules := descriptor.Rules(fd)
	typed := func(r *validate.FieldRules) bool { return r.GetType() != nil }
	return typed(rules.GetRepeated().GetItems()) || typed(rules.GetMap().GetValues())
}

// broken is an engine that did not start.
type broken struct{ err error }

func (b broken) Validate(proto.Message, ...protovalidate.ValidationOption) error { return b.err }
