package flow

import (
	"sync/atomic"
	"time"
)

// worker runs items, one at a time.
type worker[T any] struct {
	current atomic.Pointer[Item[T]] // that holds a lane
	_       [56]byte                // a cache line for each worker
}

func (w *worker[T]) loop(s *Scheduler[T]) {
	for b := s.queue.take(); b != nil; b = s.queue.take() {
		for it := b.claim(); it != nil; it = b.claim() {
			if it.queue != nil {
				s.runKey(it)
			} else {
				w.runLane(s, it)
			}
			if s.stopped() {
				return
			}
		}
	}
}

func (s *Scheduler[T]) stopped() bool { return s.closing.Load() }

// runLane runs it and what follows in its lane, until the lane is empty or the
// monitor has taken it over.
func (w *worker[T]) runLane(s *Scheduler[T], it *Item[T]) {
	l := it.lane
	for it != nil && !s.stopped() {
		if l.join(it) {
			it = l.advance(it)
			continue
		}
		if !it.part.begin(it.offset) {
			it.part.forget(it)
			it = l.advance(it)
			continue
		}
		it.state.Store(stateRunning)
		w.current.Store(it)
		out := s.run(it)
		w.current.Store(nil)
		if !l.finish(it) {
			s.finishKey(it, out) // the lane is somebody else's now
			return
		}
		if out.kind == outcomeSettled || out.kind == outcomeAbandoned {
			s.end(it, out)
		} else {
			l.park(it)
			s.later(it, out)
		}
		it = l.advance(it)
	}
}

// runKey runs it and what follows in its key's queue.
func (s *Scheduler[T]) runKey(it *Item[T]) {
	for it != nil && !s.stopped() {
		out := Abandoned()
		if it.part.begin(it.offset) {
			out = s.run(it)
		}
		if out.kind != outcomeSettled && out.kind != outcomeAbandoned {
			s.later(it, out)
			return
		}
		s.end(it, out)
		it = it.queue.shift()
	}
}

// finishKey goes on after an outcome of an item that has left its lane.
func (s *Scheduler[T]) finishKey(it *Item[T], out Outcome) {
	if out.kind == outcomeSettled || out.kind == outcomeAbandoned {
		s.end(it, out)
		if next := it.queue.shift(); next != nil {
			s.queue.single(next)
		}
		return
	}
	s.later(it, out)
}

// end takes it out of its partition, settled or not.
func (s *Scheduler[T]) end(it *Item[T], out Outcome) {
	if out.kind == outcomeSettled {
		it.part.settle(it)
	} else {
		it.part.forget(it)
	}
}

// later goes on with a parked item after its wait.
func (s *Scheduler[T]) later(it *Item[T], out Outcome) {
	if out.kind == outcomeAsync {
		out.start(func(o Outcome) { s.finishKey(it, o) })
		return
	}
	q := it.queue
	q.lane.mu.Lock()
	defer q.lane.mu.Unlock()
	q.waiting, q.due = true, time.Now().Add(out.after)
	q.timer = time.AfterFunc(out.after, func() { s.wake(q) })
	s.signal()
}

// wake hands over the head of a queue that waited.
func (s *Scheduler[T]) wake(q *keyQueue[T]) {
	q.lane.mu.Lock()
	waiting := q.waiting
	q.waiting = false
	head := q.head
	q.lane.mu.Unlock()
	if waiting {
		s.queue.single(head)
	}
}
