package eventbus

import (
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// resumeEvery bounds how often intake resumes after it stood still.
	resumeEvery = time.Second

	// briefly is how long the owner waits for a partition that is full while
	// others are not, at least: see refetch.
	briefly = 5 * time.Millisecond
)

// fill hands over what waited and now has room.
func (o *owner) fill() {
	if o.assignments.overflow == 0 {
		return
	}
	n := 0
	for _, a := range o.assignments.list {
		a.flow.Fill()
		n += a.flow.Overflow()
	}
	o.assignments.overflow = n
	o.flow.Flush()
}

// awaitRoom is called when a record of a had to wait for room. Waiting a moment
// for completions is cheaper than pausing, but a partition that stands still
// must not hold up the others.
func (o *owner) awaitRoom(a *assignment) {
	full := o.flow.Room() == 0
	if !full && !a.flow.Full() {
		return
	}
	o.flow.Flush()
	limit := patience
	if !full && o.anotherHasRoom(a) {
		limit = a.refetch.patience()
	}
	began := time.Now()
	defer func() { a.refetch.waited += time.Since(began) }()
	for deadline := began.Add(limit); ; {
		o.fill()
		// Its own minimum may have taken it, where there is no room otherwise.
		if a.flow.Overflow() == 0 || o.flow.Room() > 0 && !a.flow.Full() {
			return
		}
		left := time.Until(deadline)
		if left <= 0 {
			break
		}
		// For half of what is in flight of a: the others may stand still.
		o.flow.Wait(min(tickEvery, max(a.flow.Pending()/2, 1)), left)
	}
	if o.flow.Room() == 0 {
		o.atLimit(a)
	}
	o.pause(time.Now())
}

// atLimit is called when there is no room for a record of a, and what is in flight
// stands still. Every partition that has what it may always have is paused together:
// to wait for each would hold up the others. Those below it go on.
func (o *owner) atLimit(a *assignment) {
	a.noRoom = true
	if o.phase != phaseHandling {
		return
	}
	o.phase = phaseFull
	for _, b := range o.assignments.list {
		b.noRoom = b.noRoom || b.flow.AtMinimum()
	}
}

// anotherHasRoom reports whether another partition could take records.
func (o *owner) anotherHasRoom(a *assignment) bool {
	for _, b := range o.assignments.list {
		if b != a && !b.flow.Full() {
			return true
		}
	}
	return false
}

// roomAgain reports whether there is room again after a pause of all. What a
// partition that stands still keeps from moving is no reason to wait, and three of
// them leave the others a quarter of all room.
func (o *owner) roomAgain() bool {
	for _, a := range o.assignments.list {
		if a.flow.Overflow() > 0 && !a.flow.Stalled() {
			return false
		}
	}
	return o.flow.Room() > o.c.cfg.MaxInFlight/8
}

// pause makes the client fetch what may be fetched, and nothing else.
func (o *owner) pause(now time.Time) { o.setPauses(now, false) }

// pauseAnew is pause after an assignment, when it is not known what the client
// has kept of its pauses: each is said again, and each resumption too.
func (o *owner) pauseAnew(now time.Time) { o.setPauses(now, true) }

func (o *owner) setPauses(now time.Time, anew bool) {
	if o.phase == phaseFull && now.Sub(o.resumed) >= resumeEvery && o.roomAgain() {
		o.phase, o.resumed = phaseHandling, now
	}
	var pause, resume []kafka.TopicPartition
	for _, a := range o.assignments.list {
		a.noRoom = a.noRoom && o.phase == phaseFull && (a.flow.Overflow() > 0 || a.flow.AtMinimum())
		want := a.flow.Pause() || a.noRoom || o.limited || o.phase > phaseFull || a.place != nil && !a.place.reading
		a.paused.Store(want)
		a.stalled.Store(a.flow.Stalled())
		switch {
		case want && (anew || !a.clientHeld):
			pause = append(pause, a.at(0))
		case !want && (anew || a.clientHeld):
			resume = append(resume, a.at(0))
			a.refetch.resume(now)
		}
		a.clientHeld = want
	}
	if len(pause) > 0 {
		o.c.counts.pauses.Add(uint64(len(pause)))
		if err := o.client.Pause(pause); err != nil {
			o.c.notices.Say(o.c.logger, "pause", "partitions cannot be paused", "partitions", describe(pause), "error", err)
		}
	}
	if len(resume) > 0 {
		if err := o.client.Resume(resume); err != nil {
			o.c.notices.Say(o.c.logger, "resume", "partitions cannot be resumed", "partitions", describe(resume), "error", err)
		}
	}
}
