package account

import (
	"cmp"
	"slices"
)

// acknowledged is when the broker acknowledged each dead letter of a group.
func (c *checker) acknowledged(g Group) map[Position]int64 {
	out := map[Position]int64{}
	if c.evidence.Observed == nil {
		return out
	}
	letters := map[string]bool{}
	for i := range g.DeadLetters {
		letters[g.DeadLetters[i].Topic] = true
	}
	for _, e := range c.evidence.Observed.Entries {
		if e.Kind != Written || e.Code != 0 || !letters[e.Topic] {
			continue
		}
		for i := range int64(e.Count) {
			p := Position{e.TopicPartition, e.Offset + i}
			if _, ok := out[p]; !ok {
				out[p] = e.At
			}
		}
	}
	return out
}

// commits are those of a group that anybody saw, in the order of their requests.
func (h *history) commits() []Entry {
	var out []Entry
	for _, e := range h.c.evidence.Observed.Entries {
		if e.Kind == Committed && e.Group == h.g.Name && slices.Contains(h.g.Topics, e.Topic) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return cmp.Compare(a.Since, b.Since) })
	return out
}

// checkObserved compares each commit with what was settled when it was sent, and
// with the commits that were accepted before.
func (h *history) checkObserved() {
	if h.c.evidence.Observed == nil {
		h.c.unchecked("nobody saw commits and acknowledgements at the broker", CommitIsSettled, CommitsRise, LetterBeforeCommit)
		return
	}
	commits := h.commits()
	told := map[Position]bool{}
	for _, e := range commits {
		s := h.partitions[e.TopicPartition]
		// What was refused was wrong too, if it covered more: it was luck.
		if s.below(e.Offset) <= e.Since {
			continue
		}
		r := s.open(e.Since)
		if told[r.Position] {
			continue
		}
		told[r.Position] = true
		if f := h.fates[r.Position]; f != nil && f.deadLetter && f.direct == 0 {
			h.c.find(LetterBeforeCommit, h.g.Name, r.Position, "offset %d of %s/%d was committed before the dead letter of %s was acknowledged", e.Offset, e.Topic, e.Partition, r.Position)
			continue
		}
		h.c.find(CommitIsSettled, h.g.Name, r.Position, "offset %d of %s/%d was committed while %s was not settled", e.Offset, e.Topic, e.Partition, r.Position)
	}
	h.checkRise(commits)
}

// checkRise compares each accepted commit with those whose answer had come before it
// was sent.
func (h *history) checkRise(commits []Entry) {
	commits = slices.DeleteFunc(slices.Clone(commits), func(e Entry) bool { return e.Code != 0 })
	answered := slices.Clone(commits)
	slices.SortStableFunc(answered, func(a, b Entry) int { return cmp.Compare(a.At, b.At) })
	highest := map[TopicPartition]int64{}
	next := 0
	for _, e := range commits {
		for ; next < len(answered) && answered[next].At < e.Since; next++ {
			p := answered[next].TopicPartition
			highest[p] = max(highest[p], answered[next].Offset)
		}
		if was := highest[e.TopicPartition]; e.Offset < was {
			h.c.find(CommitsRise, h.g.Name, e.Position, "the commit of %s/%d fell from %d to %d", e.Topic, e.Partition, was, e.Offset)
		}
	}
}
