package event

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

const conversionMissing = "CONVERSION_MISSING"

// checkMajors checks what each major says about the one before it. Majors are
// deployed at different times, so that a conversion that cannot work would show
// in production only: it is proved here, where it can be.
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
		if c.unsoundBetween(previous, k) {
			continue
		}
		name := string(k.Descriptor.Name())
		switch {
		case previous == nil && how != eventcontractsv1.Conversion_CONVERSION_UNSPECIFIED:
			// Not held against the event: a program may link the newer major alone.
			c.report(k.Descriptor, name, "from_previous without an earlier major on its topic", "remove it")
		case previous != nil && how == eventcontractsv1.Conversion_CONVERSION_UNSPECIFIED:
			c.addAs(conversionMissing, k.Descriptor, name, fmt.Sprintf("it does not say how major %d converts", previous.Major),
				"set (event).from_previous to CONVERSION_BY_NAME or CONVERSION_GO")
		case how == eventcontractsv1.Conversion_CONVERSION_BY_NAME:
			said := ""
			for _, way := range [][2]*Contract{{previous, k}, {k, previous}} {
				// A field that changes its type stops both ways: it is said once.
				if err := c.registry.mapsByName(way[0], way[1]); err != nil && err.Error() != said {
					said = err.Error()
					c.addAs(conversionMissing, k.Descriptor, name, fmt.Sprintf("CONVERSION_BY_NAME from major %d to %d: %v", way[0].Major, way[1].Major, err),
						"make the fields of the two majors agree, or use CONVERSION_GO")
				}
			}
		}
		// Another key is another partition: events of one entity in two majors would
		// lose their order.
		if previous != nil && previous.KeyPath != k.KeyPath {
			c.add(k.Descriptor, name, fmt.Sprintf("its key is %q, that of major %d is %q", k.KeyPath, previous.Major, previous.KeyPath),
				"keep the key: order between the majors follows it")
		}
	}
}

// unsoundBetween reports whether an event that is itself wrong may be the major
// before k. Its topic or its type may be what is wrong, so the message's name is
// enough. Then nothing can be said of k yet.
func (c *checker) unsoundBetween(previous, k *Contract) bool {
	return slices.ContainsFunc(c.unsound, func(u *Contract) bool {
		same := u.Type == k.Type || u.Descriptor.Name() == k.Descriptor.Name()
		return same && u.Major < k.Major && (previous == nil || u.Major > previous.Major)
	})
}

// mapsByName reports why records of one contract would be lost or refused when
// they are copied into the other by field name.
func (r *Registry) mapsByName(from, to *Contract) error {
	m := mapping{registry: r, up: to.Major > from.Major, seen: map[[2]protoreflect.FullName]bool{}}
	return m.message(from.Descriptor, to.Descriptor)
}

// mapping compares two messages. Going up, every field must map; going down,
// what the target lacks is dropped. What the target's rules require must be
// filled either way.
type mapping struct {
	registry *Registry
	up       bool
	seen     map[[2]protoreflect.FullName]bool // messages may contain themselves
}

func (m mapping) message(from, to protoreflect.MessageDescriptor) error {
	// The same message in both majors maps to itself.
	pair := [2]protoreflect.FullName{from.FullName(), to.FullName()}
	if from.FullName() == to.FullName() || m.seen[pair] {
		return nil
	}
	m.seen[pair] = true
	for i := range from.Fields().Len() {
		a := from.Fields().Get(i)
		b := to.Fields().ByName(a.Name())
		if b == nil {
			if m.up {
				return fmt.Errorf("field %q has no counterpart in %s", a.Name(), to.FullName())
			}
			continue
		}
		if err := m.field(a, b); err != nil {
			return err
		}
		if rival := rivalIn(b, from, a); rival != nil {
			return fmt.Errorf("fields %q and %q become members of one oneof of %s, which holds one of them", rival.Name(), a.Name(), to.FullName())
		}
	}
	for i := range to.Fields().Len() {
		b := to.Fields().Get(i)
		if descriptor.HasDefault(b) || !m.registry.filled(b) {
			continue
		}
		if a := from.Fields().ByName(b.Name()); a == nil || !descriptor.HasDefault(a) && !m.registry.filled(a) {
			return fmt.Errorf("field %q of %s needs a value and may get none", b.Name(), to.FullName())
		}
	}
	for i := range to.Oneofs().Len() {
		if o := to.Oneofs().Get(i); descriptor.OneofRules(o).GetRequired() && !m.chosen(from, o) {
			return fmt.Errorf("oneof %q of %s needs a member and may get none", o.Name(), to.FullName())
		}
	}
	return nil
}

// chosen reports whether from always has a field that is a member of the oneof o: one
// that is always there, or a oneof that always has a member, and those of o alone.
func (m mapping) chosen(from protoreflect.MessageDescriptor, o protoreflect.OneofDescriptor) bool {
	for i := range o.Fields().Len() {
		a := from.Fields().ByName(o.Fields().Get(i).Name())
		if a == nil {
			continue
		}
		if m.registry.filled(a) {
			return true
		}
		p := a.ContainingOneof()
		if p == nil || !descriptor.OneofRules(p).GetRequired() {
			continue
		}
		all := true
		for j := range p.Fields().Len() {
			all = all && o.Fields().ByName(p.Fields().Get(j).Name()) != nil
		}
		if all {
			return true
		}
	}
	return false
}

// rivalIn is another field of from that goes into the oneof of b, although a and it may
// both be set: they are not members of one oneof themselves.
func rivalIn(b protoreflect.FieldDescriptor, from protoreflect.MessageDescriptor, a protoreflect.FieldDescriptor) protoreflect.FieldDescriptor {
	o := b.ContainingOneof()
	if o == nil {
		return nil
	}
	for i := range o.Fields().Len() {
		other := from.Fields().ByName(o.Fields().Get(i).Name())
		if other != nil && other != a && (a.ContainingOneof() == nil || other.ContainingOneof() != a.ContainingOneof()) {
			return other
		}
	}
	return nil
}

// field compares two fields of one name. Well-known types have a JSON of their
// own each, so that their fields say nothing about what maps.
func (m mapping) field(a, b protoreflect.FieldDescriptor) error {
	if !descriptor.SameShape(a, b) {
		return fmt.Errorf("field %q changes its type", a.Name())
	}
	if a.IsMap() {
		a, b = a.MapValue(), b.MapValue()
	}
	switch {
	case a.Message() != nil:
		if a.Message().FullName() != b.Message().FullName() && a.Message().ParentFile().Package() == "google.protobuf" {
			return fmt.Errorf("field %q changes its type", a.Name())
		}
		return m.message(a.Message(), b.Message())
	// Going down, a value that the old major lacks fails the conversion of that
	// one record: the old readers could not have read it anyway.
	case a.Enum() != nil && m.up:
		for i := range a.Enum().Values().Len() {
			if v := a.Enum().Values().Get(i); b.Enum().Values().ByName(v.Name()) == nil {
				return fmt.Errorf("field %q: %s has no value %s", a.Name(), b.Enum().FullName(), v.Name())
			}
		}
	}
	return nil
}
