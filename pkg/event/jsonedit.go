package event

// appendEdited copies a part of b with the edits in it, which are in order, and returns
// those behind it.
func appendEdited(out, b []byte, start, end int, edits []edit) ([]byte, []edit) {
	for len(edits) > 0 && edits[0].start < end {
		if e := edits[0]; e.start >= start { // what is left out has edits of its own
			out = append(append(out, b[start:e.start]...), e.text...)
			start = e.end
		}
		edits = edits[1:]
	}
	return append(out, b[start:end]...), edits
}

// edited is b with edits, or b itself if there are none.
func edited(b []byte, edits []edit) []byte {
	if len(edits) == 0 {
		return b
	}
	more := 0
	for _, e := range edits {
		more += len(e.text)
	}
	out, _ := appendEdited(make([]byte, 0, len(b)+more), b, 0, len(b), edits)
	return out
}
