package eventbus

// arrived is called with the offset of a record, or of the log's end, when it is not
// where it was expected, or when something about the assignment is open. It reports
// whether it counts: the client may have read past what it must not pass.
func (o *owner) arrived(a *assignment, offset int64, record bool) bool {
	if p := a.place; p != nil {
		if !p.reading {
			return false // from before the place was decided
		}
		a.place = nil // it reads on
	}
	if a.suspect >= 0 && !o.passes(a, offset, record) {
		return false
	}
	if offset < a.next {
		return false // from before it was sought
	}
	if offset > a.next {
		o.passedOver(a, offset)
	}
	if a.suspect < 0 && (!record || offset >= a.corrupt) { // it goes on
		if a.corrupt >= 0 {
			a.unblock(a.corrupt)
		}
		a.unblock(max(a.next, 0)) // HealthPosition, HealthNotFetched
		a.corrupt, a.tries, a.unsure = -1, 0, false
	}
	return true
}

// passedOver tells apart, of the offsets between the last record and this one, what
// is gone from the log and what never held a record: transaction markers, compaction.
// The client knows where the log began in the answer that the record came with.
func (o *owner) passedOver(a *assignment, offset int64) {
	from := a.next
	low, _, err := o.client.GetWatermarkOffsets(a.source.name, a.partition)
	if end := min(low, offset); err == nil && end > from {
		o.lost(a, from, end)
		from = end
	}
	o.c.counts.gaps.Add(uint64(offset - from))
}
