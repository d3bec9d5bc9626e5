package flow

import (
	"sync/atomic"
	"time"
)

// worker runs items, one at a time.
type worker[T any] struct {
	current atomic.Pointer[Item[T]] // that runs
	lent    atomic.Pointer[Item[T]] // the same, if it is overdue and another worker has the place
	keyed   bool                    // it came from its key's queue
	retired bool                    // its place is another's: it ends
	_       [40]byte                // a cache line for each worker
}

func (w *worker[T]) loop(s *Scheduler[T]) {
	returned := false
	defer func() {
		if !returned {
			s.done.Go(func() { w.resume(s) })
		}
	}()
	line := s.line // once: a method value may be an allocation
	for !w.retired {
		b := s.queue.take(line)
		if b == nil {
			break
		}
		for !w.retired {
			it := b.claim()
			if it == nil || s.stopped() {
				break
			}
			if it.queue != nil {
				w.runKey(s, it, false)
			} else {
				w.runLane(s, it, false)
			}
		}
	}
	returned = true
	s.rest(w)
}

// resume goes on, in a new goroutine, after a run that ended its own one by
// runtime.Goexit: the item runs again at once.
func (w *worker[T]) resume(s *Scheduler[T]) {
	returned := false
	defer func() {
		if !returned {
			s.done.Go(func() { w.resume(s) })
		}
	}()
	if it := w.current.Load(); w.keyed {
		w.runKey(s, it, true)
	} else {
		w.runLane(s, it, true)
	}
	returned = true
	w.loop(s)
}

func (s *Scheduler[T]) stopped() bool { return s.closing.Load() }

func (w *worker[T]) run(s *Scheduler[T], it *Item[T], keyed bool) Outcome {
	w.keyed = keyed
	it.since.Store(int64(time.Since(s.began))) // half as costly as time.Now
	w.current.Store(it)
	out := s.run(it)
	w.current.Store(nil)
	w.retired = w.lent.Load() == it && w.lent.CompareAndSwap(it, nil)
	return out
}

// runLane runs it and what follows in its lane, until the lane is empty or the
// monitor has taken it over.
func (w *worker[T]) runLane(s *Scheduler[T], it *Item[T], again bool) {
	l := it.lane
	for it != nil && !s.stopped() {
		if !again {
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
		}
		again = false
		out := w.run(s, it, false)
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
		if it = l.advance(it); it != nil && w.retired {
			s.queue.single(it)
			return
		}
	}
}

// runKey runs it and what follows in its key's queue.
func (w *worker[T]) runKey(s *Scheduler[T], it *Item[T], again bool) {
	for it != nil && !s.stopped() {
		out := Abandoned()
		if again || it.part.begin(it.offset) {
			out = w.run(s, it, true)
		}
		again = false
		if out.kind != outcomeSettled && out.kind != outcomeAbandoned {
			s.later(it, out)
			return
		}
		s.end(it, out)
		if it = it.queue.shift(); it != nil && w.retired {
			s.queue.single(it)
			return
		}
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

// end takes it out of its partition, settled or not. One that is given up cuts its
// partition there, before its key goes on: nothing behind it may start.
func (s *Scheduler[T]) end(it *Item[T], out Outcome) {
	if out.kind == outcomeSettled {
		it.part.settle(it)
		return
	}
	it.part.cutBelow(it.offset)
	it.part.forget(it)
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
	after := out.after
	if it.part.Ended() { // Release did not find it among those that wait
		after = 0
	}
	q.waiting, q.due = true, time.Now().Add(after)
	q.timer = time.AfterFunc(after, func() { s.wake(q) })
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

// Overdue calls f for each run that goes on beyond its limit, with how long it
// does. It may be called from any goroutine.
func (s *Scheduler[T]) Overdue(now time.Time, f func(p *Partition[T], offset int64, over time.Duration)) {
	for i := range s.workers {
		it := s.workers[i].current.Load()
		if it == nil {
			continue
		}
		if over := it.overdue(now.Sub(s.began)); over > 0 {
			f(it.part, it.offset, over)
		}
	}
}

// InFlight is the number of records that are queued or running, and their size.
// It may be called from any goroutine.
func (s *Scheduler[T]) InFlight() (records int, bytes int64) {
	return int(s.inFlight.Load()), s.inFlightBytes.Load()
}

// Waiting counts the keys that wait, for a retry or for something asynchronous,
// or that run outside their lane. It may be called from any goroutine.
func (s *Scheduler[T]) Waiting() (n int) {
	for i := range s.lanes {
		n += int(s.lanes[i].parked.Load())
	}
	return n
}
