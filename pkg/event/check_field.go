package event

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// checkFieldOptions checks the (field) options of m's own fields, whether m is
// an event or a part of one.
func (c *checker) checkFieldOptions(m protoreflect.MessageDescriptor) {
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		o := descriptor.Field(fd)
		bad := func(problem, fix string) {
			c.add(fd, string(m.Name()), fmt.Sprintf("field %q: %s", fd.Name(), problem), fix)
		}
		if o.GetAccept() != nil {
			c.accept(fd)
		}
		for _, rules := range []*validate.FieldRules{descriptor.Rules(fd), o.GetAccept()} {
			// protovalidate-go 1.4.0 does not evaluate them, and says nothing.
			if l := rules.GetRepeated(); l != nil && descriptor.WrapperList(fd) && (l.MinItems != nil || l.MaxItems != nil || l.GetUnique()) {
				bad("min_items, max_items and unique of a list of wrappers are not checked", "make it a list of the wrapped type, or use an expression, such as this.size() <= 3")
				break
			}
		}
		if eventcontractsv1.Sensitivity_name[int32(o.GetSensitivity())] == "" {
			bad(fmt.Sprintf("sensitivity %d is unknown", o.GetSensitivity()), "use a value of eventcontracts.v1.Sensitivity")
		}
		if o == nil || o.Default == nil {
			continue
		}
		switch {
		// Without presence an unset field is its zero value, which a default could
		// not be told from.
		case fd.Message() != nil || !descriptor.Optional(fd):
			bad("a default needs a singular optional scalar or enum", "make it optional (in an edition: of explicit presence) or remove the default")
		case descriptor.Rules(fd).GetRequired():
			bad("a required field has no default", "remove required or the default")
		default:
			v, err := descriptor.Literal(fd, o.GetDefault())
			if err != nil {
				bad(err.Error(), "write the default as a proto2 literal of the field's type")
				continue
			}
			if broken, _ := c.registry.refuses(v, fd); len(broken) > 0 {
				bad(fmt.Sprintf("default %.60q breaks the field's own rules (%s)", o.GetDefault(), strings.Join(broken, ", ")),
					"give a default that they accept")
			}
		}
	}
}

// checkParts holds against an event what is wrong with the fields of the
// messages in it. It runs last: parts may be in files that are read after the
// event's.
func (c *checker) checkParts() {
	for _, k := range c.registry.contracts {
		for _, part := range sortedMessages(k.Descriptor) {
			if err := c.registry.problems[part.FullName()]; err != nil && part.FullName() != k.Descriptor.FullName() {
				c.blame(k.Descriptor, err)
			}
		}
	}
}

// sortedMessages are m and the messages in it, in an order that does not depend
// on the order of fields, so that problems are told in the same order each time.
func sortedMessages(m protoreflect.MessageDescriptor) []protoreflect.MessageDescriptor {
	return slices.SortedFunc(descriptor.Messages(m), func(a, b protoreflect.MessageDescriptor) int {
		return cmp.Compare(a.FullName(), b.FullName())
	})
}
