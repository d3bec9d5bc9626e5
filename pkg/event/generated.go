package event

import (
	"errors"
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// generated is the code that protoc-gen-go-event wrote for the message of a contract. It
// answers only what it is sure of, and only if all is right: whatever else there is to say
// is said by the reference, as if there were no generated code. Build with -tags reference
// to have none.
type generated struct {
	*eventrt.Codec

	// Rules that only the reference knows, such as CEL: it validates these alone. Nil
	// without such rules.
	open protovalidate.ValidationOption
}

// errUnsure is never seen by a caller of this package.
var errUnsure = errors.New("the reference has to write it")

// generatedOf is the generated code of a message type; nil if it has none, or if the code
// of a message in it was generated from another contract than is linked.
func generatedOf(typ protoreflect.MessageType) *generated {
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
	if own == nil || referenceOnly {
		return nil
	}
	g := &generated{Codec: own}
	if open := openRules(typ.Descriptor(), codecs); len(open) > 0 {
		g.open = protovalidate.WithFilter(protovalidate.FilterFunc(func(_ protoreflect.Message, d protoreflect.Descriptor) bool {
			return open[d]
		}))
	}
	return g
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

// completed is the message that rules are about: where the reference has to see some, with
// defaults, which generated code knows without setting them.
func (g *generated) completed(c *codec, msg proto.Message) proto.Message {
	if g.open == nil {
		return msg
	}
	return c.complete(msg)
}

// surelyValid reports whether msg keeps its rules, and has nothing that JSON would lose.
func (c *codec) surelyValid(msg proto.Message) bool {
	g := c.generated()
	return g != nil && g.Valid(msg) && (g.open == nil || c.validator.Validate(msg, failFast, g.open) == nil)
}

// encoders and decoders are reused: generated code is called through functions, so that
// each would be allocated for each event.
var (
	encoders = sync.Pool{New: func() any { return new(eventrt.Encoder) }}
	decoders = sync.Pool{New: func() any { return new(eventrt.Decoder) }}
)

// append writes msg, which is valid, or says errUnsure.
func (g *generated) append(b []byte, msg proto.Message, flat bool) ([]byte, error) {
	e, _ := encoders.Get().(*eventrt.Encoder)
	e.Reset(b, memoryLeast, flat)
	g.Append(e, msg)
	b, sure := e.Bytes()
	encoders.Put(e)
	if !sure {
		return b, errUnsure
	}
	return b, nil
}

// parseGenerated reads a payload that is an object of its own, and sets defaults. It takes
// up to so much memory, by estimate. It is nil if generated code is not sure of it, and says
// how far it came.
func (c *codec) parseGenerated(raw []byte, memory int) (proto.Message, progress) {
	g := c.generated()
	if g == nil {
		return nil, unsure
	}
	d, _ := decoders.Get().(*eventrt.Decoder)
	d.Reset(raw, 0, memory, false)
	msg := g.Parse(d)
	came := untried
	if !d.Ended() || !d.Sure() {
		msg, came = nil, progressOf(d)
	}
	d.Reset(nil, 0, 0, false) // it keeps no record alive
	decoders.Put(d)
	return msg, came
}
