package event

import (
	"fmt"
	"strconv"
	"sync/atomic"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// Contract is what an event's descriptor says. Contracts are made by a
// [Registry] and do not change; all fields are for reading.
type Contract struct {
	Type       string // on the wire
	Major      int    // N of the package ….vN
	Revision   int    // counts compatible changes within the major, from 0
	Topic      *Topic
	KeyPath    string // "" if Unkeyed
	Unkeyed    bool
	Owner      string
	Descriptor protoreflect.MessageDescriptor
	Options    *eventcontractsv1.EventOptions

	codec     *codec // of its payload
	version   string
	key       []protoreflect.FieldDescriptor // the path to the key field
	sensitive bool                           // a field of one of its majors may be personal or secret
	broken    bool                           // the registry knows a problem of it

	// A buffer of the right size at once need not grow, and be copied, step by step.
	size atomic.Int64 // of the largest of the last records, up to maxHint
}

// Version is the contract's version on the wire, "<major>.<revision>".
func (c *Contract) Version() string { return c.version }

// Key returns the text of msg's key field, which may be empty: Encode refuses
// that, and Decode does not look at the key. It is "" for an unkeyed contract. Its
// error means that msg is not of the contract's type.
func (c *Contract) Key(msg proto.Message) (string, error) {
	if c.Unkeyed {
		return "", nil
	}
	m := msg.ProtoReflect()
	if m.Descriptor() != c.Descriptor {
		return "", fmt.Errorf("key of %s: the message's type %s is not the one of the contract, although its name may be", c.Type, m.Descriptor().FullName())
	}
	if g := c.codec.generated(); g != nil {
		if key, ok := g.Key(msg); ok {
			return key, nil
		}
	}
	// A message on the way is required by its rules (see check_key.go), but msg may
	// not have been validated: Get returns an empty one, whose key is empty.
	last := len(c.key) - 1
	for _, fd := range c.key[:last] {
		m = m.Get(fd).Message()
	}
	value := m.Get(c.key[last])
	switch c.key[last].Kind() {
	case protoreflect.BytesKind:
		return string(value.Bytes()), nil
	case protoreflect.EnumKind:
		// The number, which never changes; a value's name may be corrected.
		return strconv.Itoa(int(value.Enum())), nil
	default:
		text := value.String()
		if hasUUID(c.key[last]) { // as it is written
			text = lowerUUID(text)
		}
		return text, nil
	}
}
