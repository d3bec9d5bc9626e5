package event

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// readers is what tells a contract's readers from its writers: its message with each
// (field).accept in place of the field's own rules. A validator knows rules by the
// descriptor that they stand in, so a message is copied to be judged by it.
type readers struct {
	typ   protoreflect.MessageType
	types *descriptor.Types
}

// asReaders is a message as readers judge it: m itself if neither it nor a message in it
// has an accept.
func (r *Registry) asReaders(m protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	if !descriptor.Reaches(m, descriptor.HasAccept) {
		return m
	}
	if d, err := r.readers.FindDescriptorByName(m.FullName()); err == nil {
		if wide, ok := d.(protoreflect.MessageDescriptor); ok {
			return wide
		}
	}
	return m
}

// readersOf is nil where readers judge as writers do.
func (r *Registry) readersOf(m protoreflect.MessageDescriptor) *readers {
	wide := r.asReaders(m)
	if wide == m {
		return nil
	}
	return &readers{descriptor.TypeOf(wide), descriptor.NewTypes(r.readers)}
}

// accept checks msg as a reader does: against the rules that its contract has for
// readers. Its error is as that of validate.
func (c *codec) accept(msg proto.Message) error {
	err := c.validate(msg)
	// Whatever writers may write readers accept, which the checker has proved
	// (check_accept.go): only what is refused is copied.
	if err == nil || c.readers == nil {
		return err
	}
	wide, err := c.readers.copy(msg)
	if err != nil {
		return err
	}
	return c.judge(wide)
}

// copy is msg with readers' rules.
func (r *readers) copy(msg proto.Message) (proto.Message, error) {
	wide := r.typ.New().Interface()
	raw, err := proto.MarshalOptions{AllowPartial: true}.Marshal(msg)
	if err == nil {
		err = proto.UnmarshalOptions{AllowPartial: true, Resolver: r.types}.Unmarshal(raw, wide)
	}
	if err != nil {
		return nil, &redacted{fmt.Sprintf("%s cannot be copied to be judged by its readers' rules", r.typ.Descriptor().FullName()), err}
	}
	return wide, nil
}

// warm compiles the rules, by validating an empty message, so that the first record need
// not wait for it. That the message breaks them does not matter.
func (c *codec) warm() error {
	empty := []proto.Message{c.new()}
	if c.readers != nil {
		empty = append(empty, c.readers.typ.New().Interface())
	}
	for _, msg := range empty {
		if err := c.judge(msg); err != nil && violationsOf(err) == nil {
			return fmt.Errorf("%w: rules of %s: %w", ErrContract, c.descriptor().FullName(), err)
		}
	}
	return nil
}
