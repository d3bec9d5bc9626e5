package event

import (
	"errors"
	"fmt"
)

// head is a record whose metadata is read. It is large, and passed by pointer.
type head struct {
	wire     wire
	md       Metadata
	version  wireVersion
	contract *Contract // that the payload was written with
}

// fail is the error of a record that cannot be read, with what is known of it.
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

// foreign reports whether a record whose metadata could not be read is a CloudEvent
// of a type that nobody here knows: eventversion is an attribute of ours, and time an
// optional one, so that it may well be right for those who do know its type.
func (h *head) foreign(known bool) bool {
	return !known && h.wire.spec && h.md.Type != ""
}

// head reads the metadata and finds the contract. A type that the topic does not
// have is a matter of routing; a major that the type does not have is a matter of
// deployment order if it is the next one: Ahead tells, and a consumer may wait.
func (r *Registry) head(rec Record, h *head) error {
	err := h.read(rec)
	if err != nil && h.foreign(r.byWire[wireName{rec.Topic, h.md.Type}] != nil) {
		return h.fail(ReasonUnknownType, fmt.Errorf("topic %.249q has no event of this type", rec.Topic))
	}
	if err != nil {
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

// Head reads a record's metadata and nothing of its payload. It needs no
// contract. The metadata are as far as they could be read, also with an error,
// which is of type *[Error].
func Head(rec Record) (Metadata, error) {
	var h head
	err := h.read(rec)
	return h.md, err
}

// CheckRecord tells whether a record that was encoded earlier may be written to
// its topic: its format is the topic's, its metadata keeps the rules of Encode,
// its type and major have a contract on the topic, and it has a key exactly if
// the contract wants one. The payload is not validated, and neither are headers: a
// record from an archive may have any. Its errors are of type *[Error] if the
// record cannot be read, and else match [ErrInvalid].
func (r *Registry) CheckRecord(rec Record) (Metadata, *Contract, error) {
	var h head
	err := r.head(rec, &h)
	if err != nil {
		return h.md, nil, err
	}
	c := h.contract
	if err = h.md.check(h.wire.format, false); err == nil {
		switch {
		case h.wire.format != c.Topic.Format:
			err = fmt.Errorf("the record's format is %s, that of topic %q is %s", h.wire.format, c.Topic.Name, c.Topic.Format)
		case len(rec.Value) == 0: // headers alone make metadata
			err = errors.New("the record has no value")
		case len(rec.Key) == 0 && !c.Unkeyed:
			err = fmt.Errorf("the record has no key: the contract's key is %s", c.KeyPath)
		case len(rec.Key) != 0 && c.Unkeyed:
			err = errors.New("the record has a key, and its contract is unkeyed")
		}
	}
	if err != nil {
		return h.md, c, &InvalidError{Metadata: h.md, Err: err}
	}
	return h.md, c, nil
}
