package flow

import (
	"sync"
	"sync/atomic"
)

// batch is a set of items that hold their lanes or keys. Workers share it.
type batch[T any] struct {
	heads  []*Item[T]
	cursor atomic.Int64
}

// claim takes an item of the batch, or returns nil if none is left.
func (b *batch[T]) claim() *Item[T] {
	if i := b.cursor.Add(1) - 1; i < int64(len(b.heads)) {
		return b.heads[i]
	}
	return nil
}

func (b *batch[T]) exhausted() bool { return b.cursor.Load() >= int64(len(b.heads)) }

// queue holds the batches that workers share, in order.
type queue[T any] struct {
	mu      sync.Mutex
	more    sync.Cond // for workers
	work    sync.Cond // for the monitor
	batches []*batch[T]
	idle    int
	closed  bool
}

func (q *queue[T]) push(b *batch[T]) {
	q.mu.Lock()
	q.batches = append(q.batches, b)
	if q.idle > 0 {
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
	for q.idle == workers && len(q.batches) == 0 && !q.closed {
		waited = true
		q.work.Wait()
	}
	return waited
}

// single hands over one item.
func (q *queue[T]) single(it *Item[T]) { q.push(&batch[T]{heads: []*Item[T]{it}}) }

// take returns the first batch with items left, or nil when the queue is
// closed. Whoever takes a batch wakes one more idle worker for it.
func (q *queue[T]) take() *batch[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed {
		for len(q.batches) > 0 && q.batches[0].exhausted() {
			q.batches[0] = nil
			q.batches = q.batches[1:]
		}
		if len(q.batches) > 0 {
			if q.idle > 0 && len(q.batches)+len(q.batches[0].heads) > 2 {
				q.more.Signal()
			}
			return q.batches[0]
		}
		q.idle++
		q.more.Wait()
		q.idle--
	}
	return nil
}

func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.more.Broadcast()
	q.work.Broadcast()
}
