package eventbus

// checkPosition is called when a record, or the end of a log, is not where it was
// expected: holes are normal (transaction markers, compaction), lost ranges and
// truncated logs are not.
//
// It returns the assignment that the record belongs to.
func (o *owner) checkPosition(a *assignment, offset int64) *assignment {
	first := !a.seen
	a.seen = true
	switch {
	case a.next < 0: // the client chose where to begin
		a.start = offset
	case offset == a.next:
	case offset < a.next:
		return o.truncated(a, offset)
	case first:
		o.passedOver(a, offset)
	default:
		o.c.counts.gaps.Add(uint64(offset - a.next))
	}
	return a
}

// passedOver tells apart, at the start of an assignment, what is gone from the log
// and what never held a record.
func (o *owner) passedOver(a *assignment, offset int64) {
	from := a.next
	low, err := o.firstOffset(a.source.name, a.partition, o.c.questionTimeout()/2)
	if err != nil {
		o.c.logger.Warn("offsets were passed over at the start of an assignment, and whether their records are gone cannot be told",
			"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "expected", from, "found", offset, "error", err)
		o.c.counts.gaps.Add(uint64(offset - from))
		return
	}
	if end := min(low, offset); end > from {
		o.c.counts.lost.Add(uint64(end - from))
		o.c.logger.Error("records were gone before the group had read them: raise the topic's retention, or keep consumers up",
			"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "from", from, "to", end)
		from = end
	}
	o.c.counts.gaps.Add(uint64(offset - from))
}

// truncated begins a new assignment at a lower offset: the log was cut, or the
// topic made again. What is left of the old one settles nothing. Commits go on only
// above what is committed already, because offsets never go back by themselves (C5).
func (o *owner) truncated(a *assignment, offset int64) *assignment {
	o.c.counts.truncations.Add(1)
	o.c.logger.Error("the log is shorter than what the group has read: it was truncated, or the topic was made again. Its records are handled, but nothing is committed until they pass the group's committed offset. A restart before that skips them: reset the group's offsets to avoid it",
		"group", o.c.cfg.Group, "committed", a.committed.Load(), "topic", a.source.name, "partition", a.partition, "expected", a.next, "found", offset)
	o.release([]*assignment{a}, ErrPartitionLost)
	again := o.newAssignment(a.source, a.partition, offset, a.committed.Load())
	again.seen, again.stored, again.clientHeld = true, a.stored, a.clientHeld
	o.begin([]*assignment{again})
	return again
}
