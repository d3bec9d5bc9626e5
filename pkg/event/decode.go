package event

import (
	"fmt"

	"google.golang.org/protobuf/proto"
)

// Decode reads a record of any linked contract as the version it was written
// with, in any of the four formats. rec.Topic is the topic whose contract the
// record was written by: for a dead letter the one that it came from. The
// metadata are as far as they could be read, also with an error. Its errors are
// of type *[Error], and never have a value of the payload in their text.
func Decode(rec Record) (Metadata, proto.Message, error) { return Linked().Decode(rec) }

// DecodeInto reads a record into msg, converted to msg's major by what the linked
// contracts say (CONVERSION_BY_NAME); give conversions in Go to a [Reader]. msg
// is not changed if there is an error.
func DecodeInto(rec Record, msg proto.Message) (Metadata, error) {
	return Linked().DecodeInto(rec, msg)
}

// Decode reads a record of any of the registry's contracts.
func (r *Registry) Decode(rec Record) (Metadata, proto.Message, error) {
	var p onePass
	if p.read(r, rec, nil) {
		return p.md, p.msg, nil
	}
	h := head{wire: wire{came: p.came}}
	if err := r.head(rec, &h); err != nil {
		return h.md, nil, err
	}
	msg, err := h.payload(route{target: h.contract})
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
		return h.md, h.fail(ReasonUnknownType, fmt.Errorf("it is not a %s", c.Type))
	}
	chain, err := r.chain(h.contract, c, nil)
	if err != nil {
		e := h.fail(ReasonUnsupportedVersion, err)
		e.Major = h.version.major
		return h.md, e
	}
	out, err := h.payload(route{target: c, chain: chain})
	if err != nil {
		return h.md, err
	}
	// Into the caller's message, which may be of another Go type than out: a
	// dynamic message of the same descriptor.
	proto.Reset(msg)
	proto.Merge(msg, out)
	return h.md, nil
}
