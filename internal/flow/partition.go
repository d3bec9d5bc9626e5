package flow

import (
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// Partition is one assignment of a partition. It is never used again after
// Release: the next assignment gets a new one. Its methods are the owner's.
type Partition[T any] struct {
	Tag any // the caller's, set before the first Admit

	s         *Scheduler[T]
	id        int32
	earlier   []*Partition[T] // assignments of which something still runs
	unordered bool
	cut       atomic.Int64 // records above it are dropped instead of run
	ended     atomic.Bool

	ring     ring
	admitted load // in all
	left     load // what surely fits since the last count
	eof      int64

	overflow      []waiting[T]
	overflowBytes int64
	moved         time.Time // when the overflow last moved
	paused        bool
	stalled       bool      // it stood still: resuming is rate-limited
	resumed       time.Time // after a stall

	_       [cacheLine]byte // workers write what follows for every record
	started atomic.Int64    // highest offset that began to run
	done    atomic.Uint64   // load of what was settled or dropped, in all
	_       [cacheLine]byte
}

// cacheLine keeps apart what different processors write: sharing a line costs
// more than all the rest of the bookkeeping.
const cacheLine = 64

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
	p.earlier = s.past[id]
	delete(s.past, id)
	s.partitions[p] = struct{}{}
	return p
}

// Admission is what became of an offered record.
type Admission int

const (
	// Refused: the record lies below what was admitted before, or the partition
	// is fenced.
	Refused Admission = iota
	// Dispatched: the record is on its way to a worker.
	Dispatched
	// Overflowed: a limit is reached and the record waits; see Pause.
	Overflowed
)

// Admit takes a record.
func (p *Partition[T]) Admit(offset int64, key string, size int, value T) Admission {
	if offset < p.Next() || p.cut.Load() != cutOpen {
		return Refused
	}
	w := waiting[T]{offset: offset, key: key, size: int64(size), value: value}
	if len(p.overflow) == 0 && p.fits(&w) {
		p.dispatch(&w)
		return Dispatched
	}
	if len(p.overflow) == 0 {
		p.moved = time.Now()
	}
	p.overflow = append(p.overflow, w)
	p.overflowBytes += w.size
	return Overflowed
}

// Next is the lowest offset that Admit takes.
func (p *Partition[T]) Next() int64 {
	if n := len(p.overflow); n > 0 {
		return p.overflow[n-1].offset + 1
	}
	return p.ring.next
}

// Full reports whether the overflow is full: nothing more should be offered.
func (p *Partition[T]) Full() bool {
	return len(p.overflow) >= p.s.cfg.Overflow || p.overflowBytes >= p.s.cfg.OverflowBytes
}

// Overflow is how many records wait because a limit is reached.
func (p *Partition[T]) Overflow() int { return len(p.overflow) }

// fits reports whether w may be dispatched now. A record that is too large for
// the partition's byte limit passes when it is alone.
func (p *Partition[T]) fits(w *waiting[T]) bool {
	if p.left.records <= 0 || p.left.bytes < w.size {
		live := p.live()
		p.left = load{int64(p.s.cfg.PartitionInFlight) - live.records, p.s.cfg.PartitionInFlightBytes - live.bytes}
		if live.records == 0 {
			p.left.bytes = max(p.left.bytes, w.size)
		}
	}
	if p.left.records <= 0 || p.left.bytes < w.size {
		return false
	}
	if !p.ring.fits(w.offset) {
		if p.ring.sweep(); !p.ring.fits(w.offset) {
			return false
		}
	}
	return p.s.room(p, w.size)
}

// minimum is what the partition may always have in flight: with what still runs of
// its earlier assignments, or each rebalance would add a minimum.
func (p *Partition[T]) minimum() load {
	if p.Ended() {
		return load{}
	}
	least := load{int64(p.s.cfg.PartitionMin), p.s.cfg.PartitionMinBytes}
	p.earlier = slices.DeleteFunc(p.earlier, func(e *Partition[T]) bool { return e.live().records == 0 })
	for _, e := range p.earlier {
		live := e.live()
		least.add(-live.records, -live.bytes)
	}
	return load{max(least.records, 0), max(least.bytes, 0)}
}

// withinMinimum reports whether a record of size bytes fits into the minimum, where a
// larger one passes alone.
func (p *Partition[T]) withinMinimum(size int64) bool {
	live, least := p.live(), p.minimum()
	return live.records < least.records && (live.records == 0 || live.bytes+size <= least.bytes)
}

// AtMinimum reports whether the partition has in flight what it may always have: more
// takes room of all partitions together.
func (p *Partition[T]) AtMinimum() bool {
	live, least := p.live(), p.minimum()
	return live.records >= least.records || live.bytes >= least.bytes
}

func (p *Partition[T]) dispatch(w *waiting[T]) {
	p.ring.admit(w.offset)
	p.admitted.add(1, w.size)
	p.left.add(-1, -w.size)
	p.s.append(p, w)
}

// Fill dispatches what waited and now fits.
func (p *Partition[T]) Fill() {
	n := 0
	for n < len(p.overflow) && p.fits(&p.overflow[n]) {
		p.overflowBytes -= p.overflow[n].size
		p.dispatch(&p.overflow[n])
		n++
	}
	if n > 0 {
		clear(p.overflow[:n])
		p.overflow = p.overflow[n:]
		p.moved = time.Now()
	}
	if len(p.overflow) == 0 {
		p.overflow = nil
	}
}

// EOF says that the readable log ends at offset, with every record below it
// admitted: once nothing is pending the watermark moves there, over markers and
// holes.
func (p *Partition[T]) EOF(offset int64) {
	if p.cut.Load() == cutOpen {
		p.eof = max(p.eof, offset)
	}
}

// Watermark is the lowest unsettled offset.
func (p *Partition[T]) Watermark() int64 {
	base := p.ring.sweep()
	if len(p.overflow) == 0 && p.eof > base {
		p.ring.skipTo(p.eof)
	}
	return p.ring.base
}

// Pending is the number of records that are admitted and not settled.
func (p *Partition[T]) Pending() int { return int(p.live().records) + len(p.overflow) }

// Pause reports whether fetching the partition is to be paused. A full overflow
// pauses it at once, and its limit when it has stood still for
// [Config.StallAfter]. It resumes when the overflow is empty; after a stall at
// most once in [Config.ResumeEvery].
func (p *Partition[T]) Pause() bool {
	now, cfg := time.Now(), &p.s.cfg
	if len(p.overflow) > 0 && now.Sub(p.moved) >= cfg.StallAfter {
		p.paused, p.stalled = true, true
	}
	switch {
	case !p.paused:
		p.paused = p.Full()
	case len(p.overflow) > 0:
	case !p.stalled:
		p.paused = false
	case now.Sub(p.resumed) >= cfg.ResumeEvery:
		p.paused, p.stalled, p.resumed = false, false, now
	}
	return p.paused
}

// Stalled reports whether the partition is paused because a limit has stood
// still: something at its watermark does not come to an end.
func (p *Partition[T]) Stalled() bool { return p.paused && p.stalled }

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
	p.drop()
	return cut
}

// cutBelow lets no further record at or above offset start. It may be called from
// any goroutine.
func (p *Partition[T]) cutBelow(offset int64) {
	for {
		cut := p.cut.Load()
		if cut == cutFencing {
			runtime.Gosched() // Fence is between its two stores
			continue
		}
		if cut < offset || p.cut.CompareAndSwap(cut, offset-1) {
			return
		}
	}
}

// Lose stops the start of every record, running ones aside.
func (p *Partition[T]) Lose() {
	p.cut.Store(-1)
	p.drop()
}

// drop forgets what waits in the overflow and what waits above the cut behind
// another record of its key. An end of the log that was reported after the
// overflow no longer moves the watermark: it would pass over these records.
func (p *Partition[T]) drop() {
	p.overflow, p.overflowBytes, p.eof = nil, 0, -1
	p.s.dropBehind(p, p.cut.Load())
}

// Ended reports whether the assignment is over: what still runs for it settles
// nothing any more. It may be called from any goroutine.
func (p *Partition[T]) Ended() bool { return p.ended.Load() }

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
	return p.live().records == p.s.waitingBeyond(p, deadline)
}

// Release ends the assignment: nothing of it starts any more, and what waits
// for a retry is dropped, so that its key does not hold up the next assignment.
// What still runs counts towards the limits until it ends.
func (p *Partition[T]) Release() {
	p.Lose()
	p.ended.Store(true)
	p.s.past[p.id] = append(p.earlier, p)
	p.s.left = 0 // counts anew: what was within its minimum now takes room
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
	it.Value, it.key = zero, ""
	p.done.Add(packed(1, it.size))
	p.s.signal()
}
