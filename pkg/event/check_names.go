package event

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// maxFields is how many fields an event may have: in the flat format metadata stands
// beside them, and extensions.
const maxFields = 1000

// checkNames refuses messages of which JSON could not tell two fields from each other, in
// an event and in what it holds. protoc looks at JSON names alone, and at none in proto2:
// a field that takes another one's name as its JSON name is read as that one.
func (c *checker) checkNames(m protoreflect.MessageDescriptor, event string) {
	for _, part := range sortedMessages(m) {
		if descriptor.WellKnown(part) {
			continue
		}
		err, known := c.named[part.FullName()]
		if !known {
			err = c.ambiguous(part, event)
			c.named[part.FullName()] = err
		}
		if err != nil {
			c.blame(m, err)
		}
	}
	if n := m.Fields().Len(); n > maxFields {
		c.add(m, event, fmt.Sprintf("%d fields, of at most %d", n, maxFields), "put those that belong together into messages of their own")
	}
}

// ambiguous reports the names of a message that mean two fields, in one problem.
func (c *checker) ambiguous(m protoreflect.MessageDescriptor, event string) error {
	list := descriptor.Ambiguous(m)
	if len(list) == 0 {
		return nil
	}
	first := list[0]
	text := fmt.Sprintf("in JSON the name %q of %s means the fields %s and %s", first.Name, m.FullName(), first.First.Name(), first.Then.Name())
	if len(list) > 1 {
		text += fmt.Sprintf(", and %d more names mean two", len(list)-1)
	}
	return c.report(first.Then, event, text, "give one of them another json_name, or none")
}
