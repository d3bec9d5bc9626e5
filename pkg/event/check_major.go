package event

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// checkMajors checks what each major says about the one before it.
func (c *checker) checkMajors() {
	for _, k := range c.registry.contracts {
		how := k.Options.GetFromPrevious()
		_, family := c.registry.find(k.Topic.Name, k.Type, k.Major)
		var previous *Contract
		for _, f := range family {
			if f.Major < k.Major {
				previous = f
			}
		}
		name := string(k.Descriptor.Name())
		switch {
		case previous == nil && how != eventcontractsv1.Conversion_CONVERSION_UNSPECIFIED:
			c.add(k.Descriptor, name, "from_previous without an earlier major on its topic", "remove it")
		case previous != nil && how == eventcontractsv1.Conversion_CONVERSION_UNSPECIFIED:
			c.add(k.Descriptor, name, fmt.Sprintf("it does not say how major %d converts", previous.Major),
				"set (event).from_previous to CONVERSION_BY_NAME or CONVERSION_GO")
		case how == eventcontractsv1.Conversion_CONVERSION_BY_NAME:
			if err := mapsByName(previous.Descriptor, k.Descriptor); err != nil {
				c.add(k.Descriptor, name, "CONVERSION_BY_NAME from major "+fmt.Sprint(previous.Major)+": "+err.Error(),
					"give the field a counterpart or use CONVERSION_GO")
			}
		}
		if previous != nil && previous.KeyPath != k.KeyPath {
			c.add(k.Descriptor, name, fmt.Sprintf("its key is %q, that of major %d is %q", k.KeyPath, previous.Major, previous.KeyPath),
				"keep the key: order between the majors follows it")
		}
	}
}

// mapsByName reports the first field of from that has no counterpart in to.
func mapsByName(from, to protoreflect.MessageDescriptor) error {
	for i := range from.Fields().Len() {
		a := from.Fields().Get(i)
		b := to.Fields().ByName(a.Name())
		if b == nil {
			return fmt.Errorf("field %q has no counterpart", a.Name())
		}
		if !sameType(a, b) {
			return fmt.Errorf("field %q changes its type", a.Name())
		}
	}
	return nil
}

func sameType(a, b protoreflect.FieldDescriptor) bool {
	if a.Kind() != b.Kind() || a.Cardinality() != b.Cardinality() || a.IsMap() != b.IsMap() {
		return false
	}
	if a.IsMap() {
		return sameType(a.MapKey(), b.MapKey()) && sameType(a.MapValue(), b.MapValue())
	}
	if a.Message() != nil {
		return a.Message().FullName() == b.Message().FullName() || mapsByName(a.Message(), b.Message()) == nil
	}
	return a.Enum() == nil || a.Enum().Name() == b.Enum().Name()
}
