package kafkaclient

import (
	"context"
	"sync"
	"sync/atomic"
)

// budget bounds what is outstanding by count and bytes, below the client's own
// limits, so that its queue is hardly ever full. Taking and giving are atomic
// additions; the lock is touched only when somebody waits.
//
// Whoever comes first is served first: a large record would otherwise wait for as
// long as small ones come.
type budget struct {
	maxRecords, maxBytes int64
	records, bytes       atomic.Int64
	waiting              atomic.Int32
	held                 atomic.Int32  // above 0 nobody may take: see hold
	queued               atomic.Int32  // takers that wait in line, or at its head
	head                 chan struct{} // holds one token: whoever has it is at the head

	mu    sync.Mutex
	freed chan struct{} // closed and replaced when something is given back to a waiter
}

func newBudget(records, bytes int64) *budget {
	b := &budget{maxRecords: records, maxBytes: bytes, freed: make(chan struct{}), head: make(chan struct{}, 1)}
	b.head <- struct{}{}
	return b
}

// try takes room for n records. One taker alone may exceed the limits, so that
// what is larger than them passes when nothing else is outstanding.
func (b *budget) try(n, bytes int64) bool {
	// Looking comes before taking: what is taken and given back wakes those who
	// wait, and a waiter that woke itself would never rest.
	if !b.fits(b.records.Load()+n, n, b.bytes.Load()+bytes) {
		return false
	}
	if b.fits(b.records.Add(n), n, b.bytes.Add(bytes)) {
		return true
	}
	b.give(n, bytes)
	return false
}

// fits reports whether these totals, n records of them the taker's, are allowed.
func (b *budget) fits(records, n, bytes int64) bool {
	return b.held.Load() == 0 && (records == n || (records <= b.maxRecords && bytes <= b.maxBytes))
}

// take waits for room until ctx ends or stop is closed.
func (b *budget) take(ctx context.Context, stop <-chan struct{}, n, bytes int64) bool {
	if b.queued.Load() == 0 && b.try(n, bytes) {
		return true
	}
	b.queued.Add(1)
	defer b.queued.Add(-1)
	select {
	case <-b.head: // the runtime serves receivers in the order in which they came
	case <-ctx.Done():
		return false
	case <-stop:
		return false
	}
	defer func() { b.head <- struct{}{} }()
	return b.await(ctx.Done(), stop, func() bool { return b.try(n, bytes) })
}

// add takes room without a limit.
func (b *budget) add(n, bytes int64) {
	b.records.Add(n)
	b.bytes.Add(bytes)
}

func (b *budget) give(n, bytes int64) {
	b.bytes.Add(-bytes)
	b.records.Add(-n)
	b.wake()
}

func (b *budget) wake() {
	if b.waiting.Load() == 0 {
		return
	}
	b.mu.Lock()
	close(b.freed)
	b.freed = make(chan struct{})
	b.mu.Unlock()
}

// hold lets nobody take, until each hold(1) was undone by hold(-1): records are sent
// again alone, or the client is replaced.
func (b *budget) hold(n int32) {
	b.held.Add(n)
	b.wake()
}

// await waits until ok, which is tried again whenever something was given back.
// It returns false if one of the two channels ended the wait.
func (b *budget) await(done, stop <-chan struct{}, ok func() bool) bool {
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	for {
		b.mu.Lock()
		freed := b.freed
		b.mu.Unlock()
		if ok() {
			return true
		}
		select {
		case <-freed:
		case <-done:
			return false
		case <-stop:
			return false
		}
	}
}

// idle waits until nothing is outstanding.
func (b *budget) idle(done, stop <-chan struct{}) bool {
	return b.await(done, stop, func() bool { return b.records.Load() == 0 })
}
