package event

import (
	"errors"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/gencodec"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// generated is the code that protoc-gen-go-event wrote for the message of a contract. It
// answers only what it is sure of, and only if all is right: whatever else there is to say
// is said by the reference, as if there were no generated code. Build with -tags reference
// to have none.
type generated struct{ *gencodec.Codec }

// errUnsure is never seen by a caller of this package.
var errUnsure = errors.New("the reference has to write it")

// generatedOf is the generated code of a message type; nil if it has none that may be used.
func generatedOf(typ protoreflect.MessageType) *generated {
	if referenceOnly {
		return nil
	}
	if c := gencodec.Of(typ); c != nil {
		return &generated{c}
	}
	return nil
}

// completed is the message that rules are about: where the reference has to see some, with
// defaults, which generated code knows without setting them.
func (g *generated) completed(c *codec, msg proto.Message) proto.Message {
	if !g.Open() {
		return msg
	}
	return c.complete(msg)
}

// surelyValid reports whether msg keeps its rules, and has nothing that JSON would lose.
func (c *codec) surelyValid(msg proto.Message) bool {
	g := c.generated()
	return g != nil && g.Keeps(c.validator, msg)
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
