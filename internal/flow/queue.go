package flow

import (
	"sync"
	"sync/atomic"
)

// batch is a set of items, first as admitted, then those of them that hold their
// lanes or keys. Workers share it.
type batch[T any] struct {
	items  []*Item[T]
	cursor atomic.Int64
}

// claim takes an item of the batch, or returns nil if none is left.
func (b *batch[T]) claim() *Item[T] {
	if i := b.cursor.Add(1) - 1; i < int64(len(b.items)) {
		return b.items[i]
	}
	return nil
}

func (b *batch[T]) exhausted() bool { return b.cursor.Load() >= int64(len(b.items)) }

// queue holds the batches that workers share, in order.
type queue[T any] struct {
	mu      sync.Mutex
	more    sync.Cond   // for workers
	work    sync.Cond   // for the monitor
	batches []*batch[T] // of items to be claimed
	arrived []*batch[T] // of items that are in no lane yet
	lining  bool        // a worker puts one of those into lanes
	idle    int
	closed  bool
}

// arrive hands over what the owner has admitted.
func (q *queue[T]) arrive(b *batch[T]) {
	q.mu.Lock()
	q.arrived = append(q.arrived, b)
	if q.idle > 0 && !q.lining { // else the worker that is at it wakes another
		q.more.Signal()
	}
	q.work.Signal()
	q.mu.Unlock()
}

// awaitWork returns at once if one of workers is busy or something is queued,
// else after the next push or when the queue is closed. It reports whether it
// waited.
func (q *queue[T]) awaitWork(workers int) (waited bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.idle == workers && len(q.batches)+len(q.arrived) == 0 && !q.closed {
		waited = true
		q.work.Wait()
	}
	return waited
}

// single hands over one item that holds its lane or key.
func (q *queue[T]) single(it *Item[T]) {
	q.mu.Lock()
	q.batches = append(q.batches, &batch[T]{items: []*Item[T]{it}})
	if q.idle > 0 {
		q.more.Signal()
	}
	q.work.Signal()
	q.mu.Unlock()
}

// take returns the first batch with items left, or nil when the queue is
// closed. Whoever takes a batch wakes one more idle worker for it.
//
// Without a batch, line puts what has arrived into lanes, one batch at a time
// and in order: so the lanes are touched by the processors that empty them, and
// the owner is not held up.
func (q *queue[T]) take(line func(*batch[T])) *batch[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed {
		for len(q.batches) > 0 && q.batches[0].exhausted() {
			q.batches[0] = nil
			q.batches = q.batches[1:]
		}
		if len(q.batches) > 0 {
			if q.idle > 0 && (len(q.batches)+len(q.batches[0].items) > 2 || len(q.arrived) > 0 && !q.lining) {
				q.more.Signal()
			}
			return q.batches[0]
		}
		if len(q.arrived) > 0 && !q.lining {
			q.lineFirst(line)
			continue
		}
		q.idle++
		q.more.Wait()
		q.idle--
	}
	return nil
}

// lineFirst is called with the lock, which it gives up meanwhile.
func (q *queue[T]) lineFirst(line func(*batch[T])) {
	b := q.arrived[0]
	q.arrived[0] = nil
	q.arrived = q.arrived[1:]
	q.lining = true
	q.mu.Unlock()
	line(b)
	q.mu.Lock()
	q.lining = false
	if len(b.items) > 0 {
		q.batches = append(q.batches, b)
	}
}

func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.more.Broadcast()
	q.work.Broadcast()
}
