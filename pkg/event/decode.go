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
	var h head
	if err := r.head(rec, &h); err != nil {
		return h.md, nil, err
	}
	msg, err := r.read(&h, route{target: h.contract})
	return h.md, msg, err
}

// DecodeInto reads a record into msg, converted to msg's major. A record of
// another event has the reason [ReasonUnknownType].
func (r *Registry) DecodeInto(rec Record, msg proto.Message) (Metadata, error) {
	c, err := r.ContractOf(msg)
	if err != nil {
		return Metadata{}, err
	}
	if !msg.ProtoReflect().IsValid() {
		return Metadata{}, fmt.Errorf("%w: the message to decode into is nil", ErrContract)
	}
	var h head
	if err := r.head(rec, &h); err != nil {
		return h.md, err
	}
	if h.contract.Topic != c.Topic || h.contract.Type != c.Type {
		return h.md, h.fail(ReasonUnknownType, fmt.Errorf("it is no %s", c.Type))
	}
	chain, err := r.chain(h.contract, c, nil)
	if err != nil {
		e := h.fail(ReasonUnsupportedVersion, err)
		e.Major = h.version.major
		return h.md, e
	}
	out, err := r.read(&h, route{target: c, chain: chain})
	if err != nil {
		return h.md, err
	}
	proto.Reset(msg)
	proto.Merge(msg, out)
	return h.md, nil
}

// head is a record whose metadata is read.
type head struct {
	wire     wire
	md       Metadata
	version  wireVersion
	contract *Contract // that the payload was written with
}

func (h *head) fail(reason Reason, err error) *Error {
	return &Error{Reason: reason, Format: h.wire.format, Metadata: h.md, Err: err}
}

// read detects the format and reads the metadata.
func (h *head) read(rec Record) error {
	if err := h.wire.detect(rec); err != nil {
		return h.fail(ReasonNotAnEvent, err)
	}
	var err error
	if h.md, h.version, err = h.wire.metadata(); err != nil {
		return h.fail(ReasonUndecodable, err)
	}
	return nil
}

// head reads the metadata and finds the contract.
func (r *Registry) head(rec Record, h *head) error {
	if err := h.read(rec); err != nil {
		return err
	}
	var known []*Contract
	h.contract, known = r.find(rec.Topic, h.md.Type, h.version.major)
	switch {
	case h.contract != nil:
		return nil
	case len(known) == 0:
		return h.fail(ReasonUnknownType, fmt.Errorf("topic %.249q has no event of this type", rec.Topic))
	}
	highest := known[len(known)-1].Major
	e := h.fail(ReasonUnsupportedVersion, fmt.Errorf("major %d is not known, the highest is %d", h.version.major, highest))
	e.Major, e.Ahead = h.version.major, h.version.major == highest+1
	return e
}
