package event

import (
	"errors"
	"fmt"
)

// Head reads a record's metadata and nothing of its payload. Its errors are of
// type *[Error].
func Head(rec Record) (Metadata, error) {
	w, err := detect(rec)
	if err != nil {
		return Metadata{}, &Error{Reason: ReasonNotAnEvent, Err: err}
	}
	md, _, err := w.metadata()
	if err != nil {
		return md, &Error{Reason: ReasonUndecodable, Format: w.format, Metadata: md, Err: err}
	}
	return md, nil
}

// CheckRecord tells whether a record that was encoded earlier may be written to
// its topic: its metadata keeps the rules of Encode, its type and major have a
// contract on the topic, and it has a key exactly if the contract wants one. The
// payload is not validated. Its errors are of type *[Error] if the record cannot
// be read, and else match [ErrInvalid].
func (r *Registry) CheckRecord(rec Record) (Metadata, *Contract, error) {
	h, err := r.head(rec)
	if err != nil {
		return h.md, nil, err
	}
	c := h.contract
	if err = h.md.check(h.wire.format); err == nil {
		switch {
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
