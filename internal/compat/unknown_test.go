package compat_test

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// addUnknownRule gives the rules of a text a rule with a number that nobody has.
func addUnknownRule(fd protoreflect.FieldDescriptor) {
	rules := descriptor.Rules(fd).GetString().ProtoReflect()
	rules.SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 999, protowire.VarintType), 1))
}
