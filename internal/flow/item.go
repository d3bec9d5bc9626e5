package flow

import (
	"sync/atomic"
	"time"
)

// Item is one admitted record with the caller's value of type T.
type Item[T any] struct {
	// Value is the caller's; only the goroutine that runs the item may change it.
	Value T

	part   *Partition[T]
	lane   *lane[T]
	next   atomic.Pointer[Item[T]]
	key    string
	offset int64
	size   int64
	state  atomic.Uint32
	queue  *keyQueue[T] // set while the item runs or waits in its key's own queue
	since  atomic.Int64 // when it began to run, after the scheduler's start
	limit  atomic.Int64 // of the run, in nanoseconds; 0: none
}

// Offset is the record's offset in its partition.
func (it *Item[T]) Offset() int64 { return it.offset }

// Started is when the run began. It may be called by the run alone.
func (it *Item[T]) Started() time.Time {
	return it.part.s.began.Add(time.Duration(it.since.Load()))
}

// Limit says how long the run may take before it counts as overdue and, as long as there
// are others, holds no worker's place any more. It may be called by the run alone.
func (it *Item[T]) Limit(d time.Duration) { it.limit.Store(int64(d)) }

// overdue is how long the run has gone on beyond its limit, now being a time after the
// scheduler's start.
func (it *Item[T]) overdue(now time.Duration) time.Duration {
	limit := it.limit.Load()
	if limit <= 0 {
		return 0
	}
	return max(0, now-time.Duration(it.since.Load()+limit))
}

// Partition is the assignment that admitted the item.
func (it *Item[T]) Partition() *Partition[T] { return it.part }

// The states of an item. A running item either finishes while it still holds
// its lane, or is detached from it by the monitor first.
const (
	stateQueued uint32 = iota
	stateRunning
	stateFinished
	stateDetached
)

// Outcome is what became of one run of an item.
type Outcome struct {
	kind  outcomeKind
	after time.Duration
	start func(finish func(Outcome))
}

type outcomeKind uint8

const (
	outcomeSettled outcomeKind = iota
	outcomeRetry
	outcomeAsync
	outcomeAbandoned
)

// Settled says that the item's result is durable.
func Settled() Outcome { return Outcome{} }

// Retry runs the item again after d; its key waits and no worker does.
func Retry(d time.Duration) Outcome { return Outcome{kind: outcomeRetry, after: d} }

// Async blocks the item's key, calls start, and goes on with the outcome that
// is passed to finish, from any goroutine and exactly once. It holds no worker.
func Async(start func(finish func(Outcome))) Outcome {
	return Outcome{kind: outcomeAsync, start: start}
}

// Abandoned settles nothing, and cuts the partition: no record at or above this one
// starts any more, since the record will be delivered again. It is for items whose
// partition is no longer theirs to settle.
func Abandoned() Outcome { return Outcome{kind: outcomeAbandoned} }
