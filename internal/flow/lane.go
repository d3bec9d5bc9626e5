package flow

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// lane is a queue of items whose keys share a hash. The goroutine that holds
// the item at its head holds the lane.
type lane[T any] struct {
	tail   atomic.Pointer[Item[T]]
	parked atomic.Int32 // keys in queues

	mu     sync.Mutex
	queues map[keyID]*keyQueue[T]
}

// keyID names a key across assignments. A record without a place in any order
// has an id of its own.
type keyID struct {
	partition int32
	key       string
	unordered int64 // offset + 1, or 0
}

// keyQueue holds a key that has left its lane: the item that runs or waits,
// and those behind it.
type keyQueue[T any] struct {
	id      keyID
	lane    *lane[T]
	head    *Item[T]
	behind  []*Item[T]
	timer   *time.Timer
	due     time.Time // set while head waits for timer
	waiting bool
}

// push appends it and reports whether it is the new head, which the caller
// then has to hand over. One goroutine at a time calls it.
func (l *lane[T]) push(it *Item[T]) bool {
	prev := l.tail.Swap(it)
	if prev == nil {
		return true
	}
	prev.next.Store(it)
	return false
}

// advance removes the head it and returns the new one, or nil if the lane is
// now empty. Only the holder of the lane calls it.
func (l *lane[T]) advance(it *Item[T]) *Item[T] {
	next := it.next.Load()
	if next == nil {
		if l.tail.CompareAndSwap(it, nil) {
			return nil
		}
		// push is between its swap and its store.
		for next = it.next.Load(); next == nil; next = it.next.Load() {
			runtime.Gosched()
		}
	}
	// Without this a finished item would keep all later ones in memory.
	it.next.Store(nil)
	return next
}

// join puts it behind its key if that key has left the lane, unless it is not to
// run any more.
func (l *lane[T]) join(it *Item[T]) bool {
	if l.parked.Load() == 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[it.id()]
	// dropBehind takes the lock after the cut is there: it finds it, or it is
	// not put there. While the cut is being found, it might still run.
	if cut := it.part.cut.Load(); q == nil || it.offset > cut && cut != cutFencing {
		return false
	}
	q.behind = append(q.behind, it)
	return true
}

// park gives the key of it a queue of its own, with it at the head.
func (l *lane[T]) park(it *Item[T]) *keyQueue[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.parkLocked(it)
}

func (l *lane[T]) parkLocked(it *Item[T]) *keyQueue[T] {
	if l.queues == nil {
		l.queues = make(map[keyID]*keyQueue[T])
	}
	q := &keyQueue[T]{id: it.id(), lane: l, head: it}
	l.queues[q.id] = q
	l.parked.Add(1)
	it.queue = q
	return q
}

// detach moves the running item it out of its lane. It reports false if it
// finished first; otherwise the caller now holds the lane.
func (l *lane[T]) detach(it *Item[T]) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !it.state.CompareAndSwap(stateRunning, stateDetached) {
		return false
	}
	l.parkLocked(it)
	return true
}

// finish reports whether it finished before it was detached. If not, it has a
// queue of its own when finish returns.
func (l *lane[T]) finish(it *Item[T]) bool {
	if it.state.CompareAndSwap(stateRunning, stateFinished) {
		return true
	}
	l.mu.Lock() // held by detach until the queue is there
	defer l.mu.Unlock()
	return false
}

func (l *lane[T]) dropLocked(q *keyQueue[T]) {
	delete(l.queues, q.id)
	l.parked.Add(-1)
}

// shift removes the head of q and returns the next item of the key. With none
// left the key goes back to its lane.
func (q *keyQueue[T]) shift() *Item[T] {
	q.lane.mu.Lock()
	defer q.lane.mu.Unlock()
	q.head.queue = nil
	if len(q.behind) == 0 {
		q.head = nil
		q.lane.dropLocked(q)
		return nil
	}
	q.head = q.behind[0]
	q.behind[0] = nil
	q.behind = q.behind[1:]
	q.head.queue = q
	return q.head
}

func (it *Item[T]) id() keyID {
	id := keyID{partition: it.part.id, key: it.key}
	if it.part.unordered && it.key == "" {
		id.unordered = it.offset + 1
	}
	return id
}
