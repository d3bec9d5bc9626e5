package account

import (
	"cmp"
	"slices"
)

// checkStarts requires of each handler's start that all older records of its key are
// settled, and within one assignment that no newer one has started.
func (h *history) checkStarts() {
	told := map[Position]bool{} // one finding of a rule for each record is enough
	for _, m := range h.members {
		type newest struct {
			*assignment

			offset int64
		}
		last := map[lane]newest{}
		for _, e := range m.Entries {
			r := h.c.log[e.Position]
			if e.Kind != Started || e.Redriven || r == nil || r.Key == nil {
				continue
			}
			l := lane{r.TopicPartition, string(r.Key)}
			s := h.lanes[l]
			if s == nil {
				continue
			}
			if s.below(r.Offset) > e.At && !told[r.Position] {
				told[r.Position] = true
				h.c.find(OneAtATime, h.g.Name, r.Position, "%s was started by %s while %s of the same key was not settled", r.Position, m.Name, s.open(e.At).Position)
			}
			a := m.at(e.TopicPartition, e.At)
			if a == nil {
				continue
			}
			before := last[l]
			if before.assignment == a && before.offset > r.Offset {
				h.c.find(KeyInOrder, h.g.Name, r.Position, "%s was started by %s after offset %d of the same key, in one assignment", r.Position, m.Name, before.offset)
			}
			if before.assignment != a || before.offset < r.Offset {
				last[l] = newest{a, r.Offset}
			}
		}
	}
}

// run is one attempt of a handler.
type run struct {
	window
	Position

	of *member
}

// runs reads the attempts of a member, by key.
func (h *history) runs(m *member, into map[lane][]run) {
	open := map[Position][]int64{}
	add := func(p Position, from, to int64) {
		if r := h.c.log[p]; r != nil && r.Key != nil {
			l := lane{r.TopicPartition, string(r.Key)}
			into[l] = append(into[l], run{window{from, to}, p, m})
		}
	}
	var started []Position
	for _, e := range m.Entries {
		switch {
		case !e.Kind.attempt() || e.Redriven:
		case e.Kind == Started:
			open[e.Position] = append(open[e.Position], e.At)
			started = append(started, e.Position)
		case len(open[e.Position]) > 0:
			add(e.Position, open[e.Position][0], e.At)
			open[e.Position] = open[e.Position][1:]
		}
	}
	if m.process == nil {
		return // nobody knows when it died, which ends what it finds
	}
	end := m.process.gone()
	for _, p := range started {
		for _, from := range open[p] {
			add(p, from, end)
		}
		delete(open, p)
	}
}

// checkOverlaps requires that no two handlers of one key run at once, in the whole
// group. Two processes may, where one of them was frozen or had lost the partition: it
// cannot know it in time. And they may where a handler has gone on for longer than its
// member waits for it: nothing can end a handler that ignores its context.
func (h *history) checkOverlaps() {
	lanes := map[lane][]run{}
	for _, m := range h.members {
		h.runs(m, lanes)
	}
	if h.c.driven == nil {
		h.c.unchecked("nobody wrote down when processes were frozen or killed: handlers that overlap are looked for within each process alone", OneAtATime)
	}
	for _, l := range h.lanesOrder {
		list := lanes[l]
		slices.SortStableFunc(list, func(a, b run) int { return cmp.Compare(a.from, b.from) })
		for i := 1; i < len(list); i++ {
			before, now := list[i-1], list[i]
			if now.from < before.to && !h.mayOverlap(before, now) {
				h.c.find(OneAtATime, h.g.Name, now.Position, "%s was started by %s while %s of the same key was being handled by %s", now.Position, now.of.Name, before.Position, before.of.Name)
			}
			if before.to > now.to { // it may overlap the next one, too
				list[i] = before
			}
		}
	}
}

func (h *history) mayOverlap(a, b run) bool {
	if a.of == b.of {
		return false
	}
	return h.c.driven == nil || h.outlives(a) || h.outlives(b) ||
		a.of.doubtful(a.TopicPartition, a.window) || b.of.doubtful(b.TopicPartition, b.window)
}

// outlives reports whether a handler was still running when its partition was given
// back, after the member had waited for it for as long as it does.
func (h *history) outlives(r run) bool {
	a, limit := r.of.at(r.TopicPartition, r.from), h.c.evidence.DrainLimit.Nanoseconds()
	return limit > 0 && a != nil && a.to < r.to && a.to-r.from >= limit
}
