// Package gencodec finds the generated codec of a linked message, and judges by it: what
// protoc-gen-go-event wrote, as long as it was written for the contracts that are linked,
// and protovalidate for the rules that it left open.
//
// It answers only "this surely keeps its rules". What is wrong, and how that is said, it
// leaves to package validator. It knows no event and no JSON.
package gencodec

import (
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/validator"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// Codec is the generated code of a message type, with that of all messages in it.
type Codec struct {
	*eventrt.Codec

	// Rules that only the reference knows, such as CEL: it validates these alone. Nil
	// without such rules.
	open protovalidate.ValidationOption
}

// Of is the generated code of a message type; nil if it has none, or if the code of a
// message in it was generated from another contract than is linked.
func Of(typ protoreflect.MessageType) *Codec {
	codecs := map[protoreflect.FullName]*eventrt.Codec{}
	for part := range descriptor.Messages(typ.Descriptor()) {
		m, ok := descriptor.TypeOf(part).Zero().Interface().(eventrt.Message)
		if !ok {
			continue // generated code meets it, and is unsure
		}
		c := m.Event_codec()
		if c.Shape != descriptor.Shape(part) {
			return nil
		}
		codecs[part.FullName()] = c
	}
	own := codecs[typ.Descriptor().FullName()]
	if own == nil {
		return nil
	}
	c := &Codec{Codec: own}
	if open := openRules(typ.Descriptor(), codecs); len(open) > 0 {
		c.open = protovalidate.WithFilter(protovalidate.FilterFunc(func(_ protoreflect.Message, d protoreflect.Descriptor) bool {
			return open[d]
		}))
	}
	return c
}

// Open reports whether there are rules that the reference has to see.
func (c *Codec) Open() bool { return c.open != nil }

// failFast stops a validation at the first violation: only whether there is one counts.
var failFast = protovalidate.WithFailFast()

// Keeps reports whether msg, with its defaults set, surely keeps its rules, and has nothing
// that JSON would lose. Rules that are open are judged by v.
func (c *Codec) Keeps(v *validator.Validator, msg proto.Message) bool {
	return c.Valid(msg) && (c.open == nil || v.Validate(msg, failFast, c.open) == nil)
}

// openRules are the messages and fields of which the reference has to see the rules, and
// the fields that lead to them.
func openRules(m protoreflect.MessageDescriptor, codecs map[protoreflect.FullName]*eventrt.Codec) map[protoreflect.Descriptor]bool {
	open := map[protoreflect.Descriptor]bool{}
	has := map[protoreflect.FullName]bool{}
	for name, c := range codecs {
		has[name] = len(c.Open) > 0
	}
	for part := range descriptor.Messages(m) {
		if c := codecs[part.FullName()]; c != nil {
			for _, name := range c.Open {
				if name == "" {
					open[part] = true
					for i := range part.Oneofs().Len() {
						open[part.Oneofs().Get(i)] = true
					}
				} else {
					open[part.Fields().ByName(protoreflect.Name(name))] = true
				}
			}
		}
	}
	for part := range descriptor.Messages(m) {
		for i := range part.Fields().Len() {
			fd := part.Fields().Get(i)
			if in := descriptor.Part(fd); in != nil && !open[fd] {
				for inner := range descriptor.Messages(in) {
					if has[inner.FullName()] {
						open[fd] = true
						break
					}
				}
			}
		}
	}
	return open
}
