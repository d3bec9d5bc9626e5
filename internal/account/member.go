package account

import "math"

// assignment is a stretch of time in which a partition was a member's.
type assignment struct {
	of *member
	TopicPartition

	window

	how Kind // Revoked, Lost, Killed, Left, Assigned if another one followed; "": the journal does not say
}

// member is one incarnation of a group's member.
type member struct {
	Journal

	process     *process // nil: nobody wrote about it
	left        int64    // when it said that it ended; 0: it did not
	leftWith    string   // the error
	assignments map[TopicPartition][]*assignment
}

// readMember reads who had which partitions when.
func (c *checker) readMember(j Journal) *member {
	m := &member{Journal: j, process: c.driven[j.Name], assignments: map[TopicPartition][]*assignment{}}
	var order []*assignment
	last := func(p TopicPartition) *assignment {
		if list := m.assignments[p]; len(list) > 0 && list[len(list)-1].how == "" {
			return list[len(list)-1]
		}
		return nil
	}
	for _, e := range j.Entries {
		switch e.Kind {
		case Assigned:
			if a := last(e.TopicPartition); a != nil {
				a.to, a.how = e.At, Assigned
			}
			a := &assignment{of: m, TopicPartition: e.TopicPartition, window: window{e.At, math.MaxInt64}}
			m.assignments[e.TopicPartition] = append(m.assignments[e.TopicPartition], a)
			order = append(order, a)
		case Revoked, Lost:
			if a := last(e.TopicPartition); a != nil {
				a.to, a.how = e.At, e.Kind
			}
		case Left:
			m.left, m.leftWith = e.At, e.Text
		}
	}
	for _, a := range order {
		switch {
		case a.how != "":
		case m.process != nil && m.process.killed != 0 && m.left == 0:
			a.to, a.how = m.process.killed, Killed
		case m.left != 0:
			a.to, a.how = m.left, Left
		default:
			a.to = m.process.gone()
		}
	}
	return m
}

// at is the assignment of a partition in which a moment was, or nil.
func (m *member) at(p TopicPartition, at int64) *assignment {
	list := m.assignments[p]
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].from <= at {
			return list[i]
		}
	}
	return nil
}

// doubtful reports whether the group may have gone on without the member in w: it
// was frozen, or it says itself that it has lost the partition.
func (m *member) doubtful(p TopicPartition, w window) bool {
	if m.process.frozenDuring(w) {
		return true
	}
	a := m.at(p, w.from)
	return a != nil && (a.how == Lost || m.process.frozenDuring(window{a.from, min(w.to, a.to)}))
}
