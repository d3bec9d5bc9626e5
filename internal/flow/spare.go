package flow

import "sync"

// A run that goes on beyond its limit gives its place to a spare worker, of which there are
// as many as Workers: runs that do not end take no place from those that do. When it ends
// after all, its own worker becomes a spare one.

// spares are the workers without a place.
type spares[T any] struct {
	mu   sync.Mutex
	free []*worker[T]
}

// lend gives the place of w to a spare worker, if there is one and w still runs it.
func (s *Scheduler[T]) lend(w *worker[T], it *Item[T]) {
	s.spares.mu.Lock()
	defer s.spares.mu.Unlock()
	if len(s.spares.free) == 0 || s.stopped() {
		return
	}
	// A worker lets go of its run before it looks whether its place is lent.
	w.lent.Store(it)
	if w.current.Load() != it && w.lent.CompareAndSwap(it, nil) {
		return // it has ended in time, and has not seen it
	}
	last := len(s.spares.free) - 1
	spare := s.spares.free[last]
	s.spares.free = s.spares.free[:last]
	s.done.Go(func() { spare.loop(s) })
}

// rest makes w a spare worker.
func (s *Scheduler[T]) rest(w *worker[T]) {
	s.spares.mu.Lock()
	defer s.spares.mu.Unlock()
	w.retired = false
	s.spares.free = append(s.spares.free, w)
}
