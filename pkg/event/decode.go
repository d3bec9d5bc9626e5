package event

import (
	"fmt"

	"google.golang.org/protobuf/proto"
)

// Decode reads a record of any linked contract as the version it was written
// with. Its errors are of type *[Error].
func Decode(rec Record) (Metadata, proto.Message, error) { return Linked().Decode(rec) }

// DecodeInto reads a record into msg, converted to msg's major.
func DecodeInto(rec Record, msg proto.Message) (Metadata, error) {
	return Linked().DecodeInto(rec, msg)
}

// Decode reads a record of any of the registry's contracts.
func (r *Registry) Decode(rec Record) (Metadata, proto.Message, error) {
	h, err := r.head(rec)
	if err != nil {
		return h.md, nil, err
	}
	msg, err := h.decode()
	if err != nil {
		return h.md, nil, err
	}
	if err := h.valid(r, msg); err != nil {
		return h.md, nil, err
	}
	return h.md, msg, nil
}

// DecodeInto reads a record into msg, converted to msg's major.
func (r *Registry) DecodeInto(rec Record, msg proto.Message) (Metadata, error) {
	rd, err := r.NewReader([]proto.Message{msg})
	if err != nil {
		return Metadata{}, err
	}
	md, out, err := rd.Read(rec)
	if err != nil {
		return md, err
	}
	proto.Reset(msg)
	proto.Merge(msg, out)
	return md, nil
}

// head is a record whose metadata is read.
type head struct {
	wire     wire
	md       Metadata
	contract *Contract // that the payload was written with
	known    []*Contract
	major    int
}

func (h head) fail(reason Reason, err error) *Error {
	return &Error{Reason: reason, Format: h.wire.format, Metadata: h.md, Err: err}
}

// head detects the format, reads the metadata and finds the contract.
func (r *Registry) head(rec Record) (head, error) {
	var h head
	var err error
	if h.wire, err = detect(rec); err != nil {
		return h, h.fail(ReasonNotAnEvent, err)
	}
	var version wireVersion
	if h.md, version, err = h.wire.metadata(); err != nil {
		return h, h.fail(ReasonUndecodable, err)
	}
	h.major = version.major
	h.contract, h.known = r.find(rec.Topic, h.md.Type, h.major)
	switch {
	case h.contract != nil:
		return h, nil
	case len(h.known) == 0:
		return h, h.fail(ReasonUnknownType, fmt.Errorf("topic %q has no event of this type", rec.Topic))
	default:
		return h, h.unsupported()
	}
}

func (h head) unsupported() *Error {
	highest := h.known[len(h.known)-1].Major
	e := h.fail(ReasonUnsupportedVersion, fmt.Errorf("major %d is not known, the highest is %d", h.major, highest))
	e.Major, e.Ahead = h.major, h.major == highest+1
	return e
}

func (h head) decode() (proto.Message, error) {
	msg, err := h.wire.decode(h.contract)
	if err != nil {
		return nil, h.fail(ReasonUndecodable, err)
	}
	return msg, nil
}

func (h head) valid(r *Registry, msg proto.Message) error {
	violations, err := r.validate(msg)
	if err == nil {
		return nil
	}
	e := h.fail(ReasonInvalid, err)
	e.Violations = violations
	return e
}
