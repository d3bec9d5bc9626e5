package account

import (
	"cmp"
	"slices"
)

// handover is how much later than the next owner's first line the last line of the
// one before may be: it tells of a revocation once it has given the partition back.
const handover = 1e9 // ns

// checkOwners requires that a partition is one member's at a time.
func (h *history) checkOwners() {
	all := map[TopicPartition][]*assignment{}
	for _, m := range h.members {
		for p, list := range m.assignments {
			all[p] = append(all[p], list...)
		}
	}
	partitions := make([]TopicPartition, 0, len(all))
	for p := range all {
		partitions = append(partitions, p)
	}
	slices.SortFunc(partitions, TopicPartition.compare)
	for _, p := range partitions {
		list := all[p]
		slices.SortFunc(list, func(a, b *assignment) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.of.Name, b.of.Name))
		})
		for i, a := range list {
			if a.how == Assigned {
				h.c.find(OneOwner, h.g.Name, Position{p, 0}, "%s/%d was assigned to %s twice, and not revoked between", p.Topic, p.Partition, a.of.Name)
			}
			if i == 0 {
				continue
			}
			before := list[i-1]
			if before.of != a.of && before.to-a.from > handover && !before.mayBeReplaced(a.from) {
				h.c.find(OneOwner, h.g.Name, Position{p, 0}, "%s/%d was assigned to %s while it was %s's", p.Topic, p.Partition, a.of.Name, before.of.Name)
			}
			if before.to > a.to {
				list[i] = before
			}
		}
	}
}

// mayBeReplaced reports whether the group may give the partition to another member
// at a time without this one having said that it gave it back.
func (a *assignment) mayBeReplaced(at int64) bool {
	p := a.of.process
	return a.how == Lost || a.of.doubtful(a.TopicPartition, window{a.from, at}) || p != nil && p.stopping != 0 && p.stopping <= at
}

// checkDuplicates asks of each further success of a record, and of each record that
// is delivered again, why.
func (h *history) checkDuplicates() {
	if h.c.account.Causes == nil {
		h.c.account.Causes = map[string]int{}
	}
	for _, r := range h.c.records {
		f := h.fates[r.Position]
		if f == nil || len(f.successes) < 2 || !slices.Contains(h.g.Topics, r.Topic) {
			continue
		}
		slices.SortStableFunc(f.successes, func(a, b success) int { return cmp.Compare(a.at, b.at) })
		for i := 1; i < len(f.successes); i++ {
			cause := h.cause(r, f.successes[i-1], f.successes[i])
			if cause == "" {
				cause = "none"
				h.c.find(DuplicateHasCause, h.g.Name, r.Position, "%s was handled by %s, and again by %s, without a cause", r.Position,
					h.members[f.successes[i-1].journal].Name, h.members[f.successes[i].journal].Name)
			}
			h.c.account.Causes[cause]++
		}
	}
	h.checkRedelivered()
}

// cause is why a record was handled again; "" if there is no reason.
func (h *history) cause(r *logged, first, again success) string {
	m, later := h.members[first.journal], h.members[again.journal]
	a, b := m.at(r.TopicPartition, first.from), later.at(r.TopicPartition, again.from)
	if a == nil || b == nil {
		return "before an assignment was told"
	}
	if a == b {
		return ""
	}
	s := h.partitions[r.TopicPartition]
	switch {
	case a.how == Killed:
		return "kill"
	case m.process.frozenDuring(a.window) || later.process.frozenDuring(window{b.from, again.at}):
		return "freeze"
	case a.how == Lost || b.how == Lost:
		return "loss"
	case first.at > a.to || again.at > b.to:
		return "a handler that outlived its assignment"
	case s.below(r.Offset) > a.to:
		return "above an unsettled record"
	case m.leftWith != "":
		return "an end with an error"
	case h.commitRefused(r.TopicPartition, a.window):
		return "a commit that failed"
	}
	return ""
}

func (h *history) commitRefused(p TopicPartition, w window) bool {
	if h.c.evidence.Observed == nil {
		return false
	}
	return slices.ContainsFunc(h.c.evidence.Observed.Entries, func(e Entry) bool {
		return e.Kind == Committed && e.Group == h.g.Name && e.TopicPartition == p && e.Code != 0 && w.meets(window{e.Since, e.At})
	})
}

// checkRedelivered requires that an assignment begins at what was committed.
func (h *history) checkRedelivered() {
	if h.c.evidence.Observed == nil {
		h.c.unchecked("nobody saw commits at the broker", RedeliveredAboveCommit)
		return
	}
	accepted := map[TopicPartition][]Entry{}
	for _, e := range h.commits() {
		if e.Code == 0 {
			accepted[e.TopicPartition] = append(accepted[e.TopicPartition], e)
		}
	}
	for p, list := range accepted {
		slices.SortStableFunc(list, func(a, b Entry) int { return cmp.Compare(a.At, b.At) })
		for i := 1; i < len(list); i++ {
			list[i].Offset = max(list[i].Offset, list[i-1].Offset)
		}
		accepted[p] = list
	}
	for _, m := range h.members {
		told := map[*assignment]bool{}
		for _, e := range m.Entries {
			if e.Kind != Started || e.Redriven {
				continue
			}
			a := m.at(e.TopicPartition, e.At)
			if a == nil || told[a] {
				continue
			}
			list := accepted[e.TopicPartition]
			i, _ := slices.BinarySearchFunc(list, a.from, func(e Entry, at int64) int { return cmp.Compare(e.At, at) })
			if i > 0 && list[i-1].Offset > e.Offset {
				told[a] = true
				h.c.find(RedeliveredAboveCommit, h.g.Name, e.Position, "%s was delivered to %s, to which the partition was assigned when %d was committed", e.Position, m.Name, list[i-1].Offset)
			}
		}
	}
}
