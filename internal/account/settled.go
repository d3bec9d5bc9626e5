package account

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// never is when a record is settled that never is.
const never = math.MaxInt64

// history is what the checks over times have of a group.
type history struct {
	c     *checker
	g     Group
	fates map[Position]*fate

	members    []*member
	partitions map[TopicPartition]*sequence
	lanes      map[lane]*sequence
	lanesOrder []lane // of their first records
}

// sequence is records in the order of their offsets.
type sequence struct {
	records []*logged

	// by has when all records up to this one were settled.
	by []int64
}

// index is the place of an offset, or of the next higher one.
func (s *sequence) index(offset int64) int {
	return sort.Search(len(s.records), func(i int) bool { return s.records[i].Offset >= offset })
}

// below is when all records below an offset were settled.
func (s *sequence) below(offset int64) int64 {
	if s == nil {
		return 0
	}
	if i := s.index(offset); i > 0 {
		return s.by[i-1]
	}
	return 0
}

// open is the first record that was not settled at a time.
func (s *sequence) open(at int64) *logged {
	return s.records[sort.Search(len(s.by), func(i int) bool { return s.by[i] > at })]
}

func (c *checker) newHistory(g Group, fates map[Position]*fate) *history {
	h := &history{c: c, g: g, fates: fates, partitions: map[TopicPartition]*sequence{}, lanes: map[lane]*sequence{}}
	for _, j := range g.Journals {
		h.members = append(h.members, c.readMember(j))
	}
	add := func(s *sequence, r *logged) *sequence {
		if s == nil {
			s = &sequence{}
		}
		s.records = append(s.records, r)
		return s
	}
	for _, r := range c.records {
		if !slices.Contains(g.Topics, r.Topic) {
			continue
		}
		h.partitions[r.TopicPartition] = add(h.partitions[r.TopicPartition], r)
		if r.Key == nil {
			continue
		}
		l := lane{r.TopicPartition, string(r.Key)}
		if h.lanes[l] == nil {
			h.lanesOrder = append(h.lanesOrder, l)
		}
		h.lanes[l] = add(h.lanes[l], r)
	}
	for _, s := range h.partitions {
		h.settle(s, never)
	}
	for _, s := range h.lanes {
		h.settle(s, 0) // K5 tells of what is lost, once and not for each newer one of its key
	}
	return h
}

// settle fills in when the records of s were settled; lost is the time for those that
// never were.
func (h *history) settle(s *sequence, lost int64) {
	slices.SortFunc(s.records, func(a, b *logged) int { return cmp.Compare(a.Offset, b.Offset) })
	until := int64(0)
	for _, r := range s.records {
		at := h.settledAt(r)
		if at == never {
			at = lost
		}
		until = max(until, at)
		s.by = append(s.by, until)
	}
}

// settledAt is when a record was settled; 0 if nobody can have seen it.
func (h *history) settledAt(r *logged) int64 {
	f := h.fates[r.Position]
	switch {
	case f != nil && f.deadLetter && h.c.evidence.Observed == nil:
		return 0
	case f != nil && f.settled != 0:
		return f.settled
	case f == nil && !r.foreign() && !slices.Contains(h.g.Handles, r.eventType):
		return 0 // passed over on purpose, without a word
	}
	return never
}

// checkHistory makes the checks that are about when things happened.
func (c *checker) checkHistory(g Group, fates map[Position]*fate) {
	h := c.newHistory(g, fates)
	h.checkStarts()
	h.checkOverlaps()
	h.checkObserved()
	h.checkLetters()
	h.checkRedrives()
	told := slices.ContainsFunc(h.members, func(m *member) bool { return len(m.assignments) > 0 })
	if c.driven == nil || !told {
		c.unchecked("members do not tell of their partitions", OneOwner, DuplicateHasCause, RedeliveredAboveCommit)
		return
	}
	h.checkOwners()
	h.checkDuplicates()
}
