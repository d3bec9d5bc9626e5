package flow

import (
	"math"
	"runtime"
	"sync/atomic"
	"time"
)

// Partition is one assignment of a partition. It is never used again after
// Release: the next assignment gets a new one. Its methods are the owner's.
type Partition[T any] struct {
	s         *Scheduler[T]
	id        int32
	unordered bool
	ring      ring
	eof       int64

	live    atomic.Int64 // admitted, neither settled nor dropped
	bytes   atomic.Int64 // of those
	started atomic.Int64 // highest offset that began to run
	cut     atomic.Int64 // records above it are dropped instead of run

	overflow      []waiting[T]
	overflowBytes int64
	stalled       time.Time // since when the overflow has not moved
	paused        bool
	resumed       time.Time
}

// waiting is a record that does not fit within the partition's limits yet.
type waiting[T any] struct {
	offset int64
	key    string
	size   int64
	value  T
}

const (
	cutOpen    = math.MaxInt64
	cutFencing = math.MinInt64
)

// Assign starts an assignment of the partition named name, whose first record
// will have the offset next or a higher one. In an unordered partition records
// without a key have no order; elsewhere they are one key.
func (s *Scheduler[T]) Assign(name string, next int64, unordered bool) *Partition[T] {
	id, ok := s.ids[name]
	if !ok {
		id = int32(len(s.ids))
		s.ids[name] = id
	}
	p := &Partition[T]{s: s, id: id, unordered: unordered, ring: newRing(s.cfg.MaxAhead, next), eof: -1}
	p.started.Store(-1)
	p.cut.Store(cutOpen)
	s.partitions[p] = struct{}{}
	return p
}

// Admit takes a record. One that exceeds a limit waits; see Pause. A record
// below what was admitted before is refused.
func (p *Partition[T]) Admit(offset int64, key []byte, size int, value T) bool {
	if n := len(p.overflow); n > 0 && offset <= p.overflow[n-1].offset || offset < p.ring.next {
		return false
	}
	w := waiting[T]{offset: offset, key: string(key), size: int64(size), value: value}
	if len(p.overflow) == 0 && p.fits(w) {
		p.dispatch(w)
		return true
	}
	if len(p.overflow) == 0 {
		p.stalled = time.Now()
	}
	p.overflow = append(p.overflow, w)
	p.overflowBytes += w.size
	return true
}

// fits reports whether w may be dispatched now. A record that is too large for
// a byte limit passes when it is alone.
func (p *Partition[T]) fits(w waiting[T]) bool {
	live, bytes := p.live.Load(), p.bytes.Load()
	cfg := &p.s.cfg
	if live >= int64(cfg.PartitionInFlight) || live > 0 && bytes+w.size > cfg.PartitionInFlightBytes {
		return false
	}
	return p.ring.fits(w.offset) && p.s.room(w.size)
}

func (p *Partition[T]) dispatch(w waiting[T]) {
	p.ring.admit(w.offset)
	p.live.Add(1)
	p.bytes.Add(w.size)
	p.s.append(p, w)
}

// Fill dispatches what waited and now fits.
func (p *Partition[T]) Fill() {
	n := 0
	for n < len(p.overflow) && p.fits(p.overflow[n]) {
		p.overflowBytes -= p.overflow[n].size
		p.dispatch(p.overflow[n])
		n++
	}
	if n > 0 {
		clear(p.overflow[:n])
		p.overflow = p.overflow[n:]
		p.stalled = time.Now()
	}
	if len(p.overflow) == 0 {
		p.overflow = nil
	}
}

// EOF says that the readable log ends at offset: once nothing is pending the
// watermark moves there, over markers and holes.
func (p *Partition[T]) EOF(offset int64) { p.eof = max(p.eof, offset) }

// Watermark is the lowest unsettled offset.
func (p *Partition[T]) Watermark() int64 {
	base := p.ring.sweep()
	if len(p.overflow) == 0 && p.eof > base {
		p.ring.skipTo(p.eof)
	}
	return p.ring.base
}

// Pending is the number of records that are admitted and not settled.
func (p *Partition[T]) Pending() int { return int(p.live.Load()) + len(p.overflow) }

// Pause reports whether fetching the partition is to be paused, and whether
// that has changed. Its own limit pauses it when it has stood still for
// [Config.StallAfter] or the overflow is full; afterwards it resumes when the
// overflow is empty, at most once in [Config.ResumeEvery].
func (p *Partition[T]) Pause() (paused, changed bool) {
	now, cfg := time.Now(), &p.s.cfg
	full := len(p.overflow) >= cfg.Overflow || p.overflowBytes >= cfg.OverflowBytes
	switch {
	case !p.paused && len(p.overflow) > 0 && (full || now.Sub(p.stalled) >= cfg.StallAfter):
		p.paused = true
		return true, true
	case p.paused && len(p.overflow) == 0 && now.Sub(p.resumed) >= cfg.ResumeEvery:
		p.paused, p.resumed = false, now
		return false, true
	}
	return p.paused, false
}

// begin reports whether the record at offset may still start.
func (p *Partition[T]) begin(offset int64) bool {
	for {
		highest := p.started.Load()
		if offset <= highest || p.started.CompareAndSwap(highest, offset) {
			break
		}
	}
	for {
		cut := p.cut.Load()
		if cut != cutFencing {
			return offset <= cut
		}
		runtime.Gosched() // Fence is between its two stores
	}
}

// Fence stops the start of records above the highest that has started, which
// it returns (−1 if none has), and drops the overflow. Records at or below it
// go on: see Drained.
func (p *Partition[T]) Fence() int64 {
	if p.cut.Load() != cutOpen {
		return p.cut.Load()
	}
	// A worker raises started before it reads cut. One that still reads the
	// open cut has therefore been counted when started is read here.
	p.cut.Store(cutFencing)
	cut := p.started.Load()
	p.cut.Store(cut)
	p.overflow, p.overflowBytes = nil, 0
	return cut
}

// Lose stops the start of every record, running ones aside.
func (p *Partition[T]) Lose() {
	p.cut.Store(-1)
	p.overflow, p.overflowBytes = nil, 0
}

// Drained reports whether every record at or below the cut is settled, or
// waits behind a retry that is not due before deadline.
func (p *Partition[T]) Drained(deadline time.Time) bool {
	cut := p.cut.Load()
	if cut == cutOpen {
		return p.Pending() == 0
	}
	if p.Watermark() > cut {
		return true
	}
	return p.live.Load() == p.s.waitingBeyond(p, deadline)
}

// Release ends the assignment: nothing of it starts any more, and what waits
// for a retry is dropped, so that its key does not hold up the next assignment.
func (p *Partition[T]) Release() {
	p.Lose()
	delete(p.s.partitions, p)
	p.s.wakeWaiting(p)
}

// settle marks it as done.
func (p *Partition[T]) settle(it *Item[T]) {
	p.ring.set(it.offset)
	p.forget(it)
}

// forget takes it out of the counts and lets go of what it carries: its slab
// may live on for another record.
func (p *Partition[T]) forget(it *Item[T]) {
	var zero T
	it.Value = zero
	p.bytes.Add(-it.size)
	p.live.Add(-1)
	p.s.signal()
}
