package event

// Head reads a record's metadata and nothing of its payload. Its errors are of
// type *[Error].
func Head(rec Record) (Metadata, error) {
	var h head
	err := h.read(rec)
	return h.md, err
}

// CheckRecord reads a record's metadata and finds its contract. The payload is
// not read. Its errors are of type *[Error].
func (r *Registry) CheckRecord(rec Record) (Metadata, *Contract, error) {
	var h head
	err := r.head(rec, &h)
	return h.md, h.contract, err
}
