package flow

import (
	"slices"
	"time"
)

// monitor takes lanes over from workers whose item runs for longer than
// SlowAfter: the item's key goes on by itself and the lane without it. Of those whose
// item is overdue it lends the place.
func (s *Scheduler[T]) monitor() {
	tick := time.NewTicker(s.cfg.SlowAfter)
	defer tick.Stop()
	last := make([]*Item[T], len(s.workers))
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		// An idle process should not wake a thousand times a second.
		if s.queue.awaitWork(s.cfg.Workers) {
			tick.Reset(s.cfg.SlowAfter)
		}
		now := time.Since(s.began)
		for i := range s.workers {
			it := s.workers[i].current.Load()
			if it != nil && it == last[i] && it.lane.detach(it) {
				if next := it.lane.advance(it); next != nil {
					s.queue.single(next)
				}
			}
			if it != nil && it == last[i] && it.overdue(now) > 0 && s.workers[i].lent.Load() != it {
				s.lend(&s.workers[i], it)
			}
			last[i] = it
		}
	}
}

// waitingBeyond counts the records of p that wait for a retry that is not due
// before deadline, and those behind them.
func (s *Scheduler[T]) waitingBeyond(p *Partition[T], deadline time.Time) (n int64) {
	s.eachWaiting(p, func(q *keyQueue[T]) {
		if q.due.Before(deadline) {
			return
		}
		n++
		for _, it := range q.behind {
			if it.part == p {
				n++
			}
		}
	})
	return n
}

// wakeWaiting hands over every waiting record of p at once.
func (s *Scheduler[T]) wakeWaiting(p *Partition[T]) {
	var wake []*keyQueue[T]
	s.eachWaiting(p, func(q *keyQueue[T]) {
		q.timer.Stop()
		wake = append(wake, q)
	})
	for _, q := range wake {
		s.wake(q)
	}
}

// dropBehind forgets the records of p above cut that wait behind another one:
// behind a handler that does not return they would stay, and pile up with every
// assignment.
func (s *Scheduler[T]) dropBehind(p *Partition[T], cut int64) {
	s.eachQueue(func(q *keyQueue[T]) {
		q.behind = slices.DeleteFunc(q.behind, func(it *Item[T]) bool {
			drop := it.part == p && it.offset > cut
			if drop {
				p.forget(it)
			}
			return drop
		})
	})
}

// eachWaiting calls f under the lane's lock for every queue whose head is of p
// and waits.
func (s *Scheduler[T]) eachWaiting(p *Partition[T], f func(*keyQueue[T])) {
	s.eachQueue(func(q *keyQueue[T]) {
		if q.waiting && q.head.part == p {
			f(q)
		}
	})
}

// eachQueue calls f under the lane's lock for every key that has left its lane.
func (s *Scheduler[T]) eachQueue(f func(*keyQueue[T])) {
	for i := range s.lanes {
		l := &s.lanes[i]
		if l.parked.Load() == 0 {
			continue
		}
		l.mu.Lock()
		for _, q := range l.queues {
			f(q)
		}
		l.mu.Unlock()
	}
}

func (l *lane[T]) stopTimers() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range l.queues {
		if q.timer != nil {
			q.timer.Stop()
		}
	}
}
