package event

import (
	"errors"
	"fmt"
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/validator"
)

// codec writes, reads and validates the payload of one contract: its JSON, its
// defaults, its rules, and the limits that keep a small record from taking much
// memory. Nothing else in this package gives a payload to protojson or
// protovalidate; what is around a payload is not known here.
//
// It is the reference implementation, and works for every message that a
// descriptor can describe. Generated code for one message (generated.go) may answer
// what it surely understands, with the same bytes and the same message, and leaves the
// rest, and whatever is wrong, to the code here.
//
// A codec does not change after newCodec and is safe for concurrent use.
type codec struct {
	typ       protoreflect.MessageType
	validator *validator.Validator
	defaults  *defaults
	uuids     *uuids
	shapes    *shapes
	shape     *shape // of the contract's message
	simple    bool   // no message in it can lose anything: see lost.go
	flat      flatFields
	readers   *readers          // nil where readers judge as writers do
	generated func() *generated // nil if there is none: see generated.go

	// Payload JSON has proto field names and default values. Readers ignore unknown fields.
	marshal   protojson.MarshalOptions
	unmarshal protojson.UnmarshalOptions
}

// newCodec derives from the descriptor what every record would otherwise have to
// look up.
func newCodec(m protoreflect.MessageDescriptor, v *validator.Validator, s *shapes) *codec {
	c := &codec{
		typ:       descriptor.TypeOf(m),
		validator: v,
		defaults:  defaultsOf(m, map[protoreflect.FullName]*defaults{}),
		uuids:     uuidsOf(m, map[protoreflect.FullName]*uuids{}),
		shapes:    s,
		shape:     s.of(m),
		simple:    m.ExtensionRanges().Len() == 0 && !descriptor.Reaches(m, hasParts),
		flat:      flatFieldsOf(m),
		marshal:   protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true, Resolver: s.types},
		unmarshal: protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxRecursion, Resolver: s.types},
	}
	c.generated = sync.OnceValue(func() *generated { return generatedOf(c.typ) })
	return c
}

// maxRecursion is protojson's own limit. It counts the messages of a Value or an Any
// beside the levels of JSON, which have been counted before: that limit is never met.
const maxRecursion = 16 * maxDepth

// new returns an empty message of the contract.
func (c *codec) new() proto.Message { return c.typ.New().Interface() }

func (c *codec) descriptor() protoreflect.MessageDescriptor { return c.typ.Descriptor() }

// complete returns msg with the contract's defaults in its absent fields and UUIDs in
// lower case: a copy if that is a change, because the message is the caller's.
func (c *codec) complete(msg proto.Message) proto.Message { return c.uuids.in(c.defaults.in(msg)) }

// failFast stops a validation at the first violation: what breaks a rule in every
// element of a list must not cost more than what keeps them.
var failFast = protovalidate.WithFailFast()

// validate checks msg against its contract's rules. The error is a
// violationsError, which names fields and rules and never a value, unless the
// rules themselves are wrong. It names all violations of a payload with few values,
// and else the first. It is what writers ask; readers ask accept.
func (c *codec) validate(msg proto.Message) error {
	if c.surelyValid(msg) {
		return nil
	}
	return c.judge(msg)
}

// judge is validate by the reference alone.
func (c *codec) judge(msg proto.Message) error {
	err := c.validator.Validate(msg, failFast)
	if err == nil {
		return nil
	}
	var bad *protovalidate.ValidationError
	var wrong *protovalidate.CompilationError
	switch {
	case errors.As(err, &wrong):
		return fmt.Errorf("%w: rules of %s: %w", ErrContract, c.descriptor().FullName(), err)
	case !errors.As(err, &bad):
		// The text of an expression that failed quotes what it was given.
		return &redacted{"a rule's expression cannot be evaluated for this payload: make it total, with has() and size()", err}
	}
	left := maxListed
	stopped := !few(msg.ProtoReflect(), &left)
	if !stopped {
		// A rule behind the first violation may be one that cannot be evaluated: then
		// the first is told.
		var all *protovalidate.ValidationError
		if errors.As(c.validator.Validate(msg), &all) {
			bad = all
		}
	}
	// Of readers the rules are those of another descriptor of the same name.
	out := violationsIn(bad, msg.ProtoReflect().Descriptor())
	out.stopped = stopped
	return out
}

// append writes msg as a JSON object.
func (c *codec) append(b []byte, msg proto.Message) ([]byte, error) {
	start := len(b)
	b, err := c.marshal.MarshalAppend(b, msg)
	if err != nil { // its text may quote the payload
		return nil, fmt.Errorf("the payload of %s cannot be written as JSON: a text is not UTF-8, a time or duration is out of range, a google.protobuf.Value is empty or not finite, a path of a FieldMask has no camelCase form, a required field of proto2 is missing, or the type of an Any is none of the contracts'",
			c.descriptor().FullName())
	}
	return b[:start+len(compact(b[start:]))], nil
}

// refuse looks over JSON that has been written, as readers do: of the payload, or of
// the whole flat record. What has a fixed number of values needs no look.
func (c *codec) refuse(b []byte, flat bool) error {
	if !c.shape.open {
		return nil
	}
	l := look{scanner: scanner{b: b}, shapes: c.shapes, writer: c.descriptor().ParentFile()}
	return l.payload(c.shape, flat)
}

// look looks over JSON that is to be read, and returns what has to be changed in it for
// protojson.
func (c *codec) look(b []byte, flat bool) ([]edit, error) {
	if !c.shape.strange && len(b) <= maxHint {
		return nil, nil
	}
	l := look{scanner: scanner{b: b}, shapes: c.shapes, utc: flat}
	err := l.payload(c.shape, flat)
	return l.edits, err
}

// parse reads the JSON of a payload, which has been looked over, and sets defaults. It
// does not validate: a conversion may come first.
func (c *codec) parse(raw []byte) (proto.Message, error) {
	msg := c.new()
	if err := c.unmarshal.Unmarshal(raw, msg); err != nil {
		return nil, c.parseError(err, raw)
	}
	c.defaults.set(msg.ProtoReflect())
	return msg, nil
}
