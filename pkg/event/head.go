package event

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

// CheckRecord reads a record's metadata and finds its contract. The payload is
// not read. Its errors are of type *[Error].
func (r *Registry) CheckRecord(rec Record) (Metadata, *Contract, error) {
	h, err := r.head(rec)
	return h.md, h.contract, err
}
