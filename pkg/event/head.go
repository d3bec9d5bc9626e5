package event

import (
	"errors"
	"fmt"
)

// Head reads a record's metadata and nothing of its payload. Its errors are of
// type *[Error].
func Head(rec Record) (Metadata, error) {
	var h head
	err := h.read(rec)
	return h.md, err
}

// CheckRecord tells whether a record that was encoded earlier may be written to
// its topic: its format is the topic's, its metadata keeps the rules of Encode,
// its type and major have a contract on the topic, and it has a key exactly if
// the contract wants one. The payload is not validated. Its errors are of type *[Error] if the record cannot
// be read, and else match [ErrInvalid].
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
