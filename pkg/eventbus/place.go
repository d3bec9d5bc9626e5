package eventbus

import (
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// place is what is open about where an assignment reads on. The client never
// decides it (auto.offset.reset=error): it would begin again at one of the log's
// ends, and a lost range, a truncated log and a broker's mistake would look alike.
type place struct {
	// reading: the client may be reading on all the same. It told of an error
	// without saying of which partition. The next record, or the log's end, answers.
	reading bool

	// still: nothing has come for long although the client knows of more.
	still bool

	committed int64 // as far as is known; unknownOffset: to be asked for
	since     time.Time
	due       time.Time // of the next question
}

const (
	// unknownOffset says that the committed offset could not be read.
	unknownOffset = int64(-2)

	// placePatience is when Health tells that a place is not known.
	placePatience = 5 * time.Second

	// requirePatience is how long RequireCommitted waits for the answer that it needs.
	requirePatience = 15 * time.Second

	// placeRetry is between two questions about one place.
	placeRetry = time.Second
)

// seek has the owner ask where a reads on.
func (o *owner) seek(a *assignment, p place) {
	now := time.Now()
	p.since = now
	if p.due.IsZero() {
		p.due = now
		if a.tries > 0 {
			p.due = now.Add(placeRetry)
		}
	}
	a.place, a.unsure = &p, true
}

// outOfRange is called when a broker had nothing at an offset that the client asked
// for. Which partition's it was is not said: those that go on are not disturbed.
func (o *owner) outOfRange() {
	for _, a := range o.assignments.list {
		if a.place == nil {
			o.seek(a, place{reading: true, committed: a.committed.Load()})
		}
	}
	o.logs.urgent = true // another log explains it too
}

// move is an assignment that is to read on elsewhere.
type move struct {
	a  *assignment
	to int64
}

// placeAgain decides where assignments read on, from their logs' watermarks.
func (o *owner) placeAgain(now time.Time, list []*assignment, f logFacts) {
	var moves []move
	n := 0 // of those whose committed offset was asked for
	for i, a := range list {
		p := a.place
		var asked *kafka.TopicPartition // in the answer, though a may have ended
		if p != nil && a.next < 0 && p.committed == unknownOffset && n < len(f.committed) {
			asked = &f.committed[n]
			n++
		}
		if p == nil || o.assignments.find(a.source.name, a.partition) != a {
			continue // it reads on, or has ended
		}
		if to, ok := o.decide(now, a, asked, f, i); ok {
			moves = append(moves, move{a, to})
		}
	}
	o.move(moves)
}

// decide is where a reads on, if that can be told.
func (o *owner) decide(now time.Time, a *assignment, committed *kafka.TopicPartition, f logFacts, i int) (to int64, ok bool) {
	p := a.place
	err := f.positionsErr
	if err == nil && i < len(f.watermarks) {
		err = f.watermarks[i].Err
	}
	if err == nil && committed != nil {
		if err = committed.Error; err == nil {
			p.committed, a.lower = o.ofThisLog(a.source.name, a.topicID, *committed)
		}
	}
	if err != nil {
		p.due = now.Add(placeRetry)
		o.placeUnknown(now, a, err)
		return 0, false
	}
	if a.next < 0 && p.committed < 0 && o.startsElsewhere(a) && !o.learnStart(now, a, f) {
		return 0, false
	}
	w := f.watermarks[i]
	next := a.next
	if next < 0 {
		next = p.committed
	}
	switch {
	case next < 0:
		to = o.withoutCommit(a.source, a.partition, w.Low)
	case next < w.Low:
		o.lost(a, next, w.Low)
		to = w.Low
	case next > w.High:
		if !o.truncated(a, next, w) {
			return 0, false
		}
		to = w.Low
	case p.still && next == w.High: // what follows is of a transaction that is under way
		a.place = nil
		return 0, false
	default:
		to = next
		if p.still {
			o.standsStill(a, w.High)
		}
	}
	a.tries++
	return to, true
}

// placeUnknown says that it cannot be told where to read on. Nothing is handled
// until it can: beginning at one of the log's ends would repeat or lose all of it.
func (o *owner) placeUnknown(now time.Time, a *assignment, err error) {
	o.c.notices.Say(o.c.logger, "place", "it cannot be told where to read on in a partition: it is asked again",
		"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "error", err)
	waited := now.Sub(a.place.since)
	if waited >= placePatience && (!a.place.reading || a.place.still) {
		a.block(max(a.next, 0), blockage{code: HealthPosition, final: true, detail: fmt.Sprintf("it cannot be told where to read on, and nothing is handled until then: %v", err)})
	}
	if o.c.cfg.RequireCommitted && a.next < 0 && waited >= requirePatience {
		o.err = config.Join("run", []error{config.Problemf("RequireCommitted",
			"whether group %q has lost records of topic %q partition %d cannot be told: check the cluster, or leave RequireCommitted unset: %w",
			o.c.cfg.Group, a.source.name, a.partition, err)})
	}
}

// withoutCommit is where a group without commits begins if StartAt says nothing else: at
// the first record that is left.
func (o *owner) withoutCommit(s *source, partition int32, low int64) int64 {
	if low > 0 {
		o.c.logger.Warn("the group has no committed offset, and older records are gone already",
			"group", o.c.cfg.Group, "topic", s.name, "partition", partition, "first_offset", low)
		if o.c.cfg.RequireCommitted {
			o.err = config.Join("run", []error{config.Problemf("RequireCommitted",
				"group %q has no committed offset of topic %q partition %d, whose records below %d are gone: commit a start for the group, or leave RequireCommitted unset",
				o.c.cfg.Group, s.name, partition, low)})
		}
	}
	return low
}

// move has the client read on elsewhere. A lower offset than before, or a first
// one, begins a new assignment: what is left of the old one settles nothing.
func (o *owner) move(moves []move) {
	if len(moves) == 0 {
		return
	}
	var begun []*assignment
	for _, m := range moves {
		a := m.a
		if a.corrupt < 0 && !a.place.still {
			a.unblock(max(a.next, 0)) // HealthPosition
		}
		if a.next >= 0 && m.to >= a.next {
			a.next, a.place = m.to, nil
			begun = append(begun, a)
			continue
		}
		committed := max(a.committed.Load(), a.place.committed, -1)
		if a.lower { // what is committed is of the log that was
			committed = -1
		}
		again := o.newAssignment(a.source, a.partition, m.to, committed)
		again.topicID, again.tries, again.lower, again.unsure = a.topicID, a.tries, a.lower, true
		again.clientHeld = a.clientHeld
		o.release([]*assignment{a}, ErrPartitionLost)
		begun = append(begun, again)
	}
	o.begin(begun)
	o.readFrom(begun)
}

// readFrom has the client read assignments from their next offsets. A seek would
// not do: after the error of an offset the client has stopped, and refuses seeks.
func (o *owner) readFrom(list []*assignment) {
	if o.client.AssignmentLost() {
		return // the group takes them away
	}
	var at []kafka.TopicPartition
	for _, a := range list {
		at = append(at, a.at(max(a.next, 0)))
	}
	var err error
	if o.c.client.Cooperative() {
		if err = o.client.IncrementalUnassign(at); err == nil { // commits what is stored
			err = o.client.IncrementalAssign(at)
		}
	} else {
		err = o.client.Assign(o.allPlaces())
	}
	if err != nil {
		o.err = o.c.fail(fmt.Errorf("read on in %v: %w", describe(at), err))
		return
	}
	o.pauseAnew(time.Now())
}

// allPlaces is the whole assignment of an eager group, which changes as a whole.
func (o *owner) allPlaces() []kafka.TopicPartition {
	all, err := o.client.Assignment()
	if err != nil {
		o.c.logger.Warn("the client does not tell its assignment", "group", o.c.cfg.Group, "error", err)
	}
	for i, tp := range all {
		all[i].Offset = kafka.OffsetEnd // of a topic that only others have subscribed to
		if a := o.assignments.find(*tp.Topic, tp.Partition); a != nil {
			all[i] = a.at(max(a.next, 0))
		}
	}
	return all
}

// ofThisLog is the offset that the group has committed of the log with that id; -1
// if there is none, or if the commit is of another log.
func (o *owner) ofThisLog(topic, topicID string, committed kafka.TopicPartition) (offset int64, other bool) {
	if committed.Offset < 0 {
		return -1, false
	}
	if was := kafkaclient.MarkedLog(committed); was != "" && topicID != "" && was != topicID {
		o.tellMadeAgain(topic, topicID, fmt.Sprintf("topic %q was deleted and made again: the group has committed offset %d of partition %d of the log with the id %s, and there is one with the id %s now",
			topic, committed.Offset, committed.Partition, was, topicID))
		return -1, true
	}
	return int64(committed.Offset), false
}

// lost counts records that were gone before they were read.
func (o *owner) lost(a *assignment, from, to int64) {
	o.c.counts.lost.Add(uint64(to - from))
	o.c.logger.Error("records were gone before the group had read them: raise the topic's retention, or keep consumers up",
		"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "from", from, "to", to)
}

// truncated tells of a log that ends before what was read of it. It reports whether
// its records are to be handled from the first one on.
func (o *owner) truncated(a *assignment, next int64, w kafkaclient.Watermarks) bool {
	o.c.counts.truncations.Add(1)
	detail := fmt.Sprintf("the log of topic %q partition %d ends at %d, and the group has read it up to %d: it was truncated", a.source.name, a.partition, w.High, next)
	a.lower = true
	return o.logChanged(a.source.name, a.partition, detail)
}
