package eventrt

import (
	"google.golang.org/protobuf/proto"
)

// Version1 is the version of generated code that this package can be compiled with. Every
// generated file names the one that it was written for, so that a file of another version
// does not compile, beside a comment that says what to do.
const Version1 = true

// Message is a message with a codec. The method's name is one that no field of protobuf
// can have in Go, where a small letter never follows an underscore.
type Message interface {
	proto.Message
	Event_codec() *Codec
}

// Contract is what generated code knows of the message that it was generated for.
type Contract struct {
	// Type, Topic and Version ("1.0") are those of an event, and "" for a message that is
	// only a part of others.
	Type, Topic, Version string

	// Shape is a digest of the message's fields, rules and defaults. Package event
	// compares it with the linked descriptor's, and does not use a codec of another
	// contract: it was not generated again after a change.
	Shape uint64

	// Open lists what the codec does not check: the names of fields with rules that only
	// the reference knows (CEL, regular expressions), and "" for rules of the message.
	Open []string
}

// Codec is the generated code of one message type.
type Codec struct {
	Contract
	functions
}

// functions are those of a message, for any message.
type functions struct {
	appendTo func(*Encoder, proto.Message)
	parse    func(*Decoder) proto.Message
	valid    func(proto.Message) bool
	key      func(proto.Message) (string, bool)
}

// pointer is a pointer to a generated message.
type pointer[M any] interface {
	*M
	proto.Message
}

// NewCodec makes a codec of generated functions. key is nil for what has none.
func NewCodec[M any, P pointer[M]](c Contract, appendTo func(*Encoder, P), parse func(*Decoder) P, valid func(P) bool, key func(P) string) *Codec {
	out := &Codec{Contract: c, functions: functions{
		appendTo: func(e *Encoder, m proto.Message) {
			if p, ok := m.(P); ok && p != nil {
				appendTo(e, p)
				return
			}
			e.Unsure()
		},
		parse: func(d *Decoder) proto.Message { return parse(d) },
		valid: func(m proto.Message) bool {
			p, ok := m.(P)
			return ok && p != nil && valid(p)
		},
	}}
	if key != nil {
		out.key = func(m proto.Message) (string, bool) {
			p, ok := m.(P)
			if !ok {
				return "", false
			}
			return key(p), true
		}
	}
	return out
}

// Append appends m as e was set to: as an object, or as members of an object that is open.
func (c *Codec) Append(e *Encoder, m proto.Message) { c.appendTo(e, m) }

// Parse reads a message, and sets defaults. It is of no use if d is unsure then.
func (c *Codec) Parse(d *Decoder) proto.Message { return c.parse(d) }

// Valid reports whether m, with its defaults set, surely keeps all rules but those that
// are open, and has nothing that its JSON would lose.
func (c *Codec) Valid(m proto.Message) bool { return c.valid(m) }

// Key is the text of m's partition key. It is false for a contract whose key needs the
// reference, or that has none.
func (c *Codec) Key(m proto.Message) (string, bool) {
	if c.key == nil {
		return "", false
	}
	return c.key(m)
}

// HasUnknown reports whether m has fields that its descriptor does not know, which JSON
// would lose.
func HasUnknown(m proto.Message) bool { return len(m.ProtoReflect().GetUnknown()) > 0 }

// AppendMessage appends a message of another Go package, which may have no codec.
func AppendMessage(e *Encoder, name string, m proto.Message) {
	if m, ok := m.(Message); ok {
		e.raw(name)
		m.Event_codec().appendTo(e, m)
		return
	}
	e.Unsure()
}

// ParseMessage reads a message of another Go package, which may have no codec.
func ParseMessage[M any, P pointer[M]](d *Decoder) P {
	if m, ok := any(P(nil)).(Message); ok {
		if p, ok := m.Event_codec().parse(d).(P); ok {
			return p
		}
	}
	d.Unsure()
	return nil
}

// ValidMessage is [Codec.Valid] of a message of another Go package.
func ValidMessage(m proto.Message) bool {
	own, ok := m.(Message)
	return ok && own.Event_codec().valid(m)
}
