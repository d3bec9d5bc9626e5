package flow

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config bounds a scheduler. A zero field has its default.
type Config struct {
	// Workers is how many items run at once. Overdue ones do not count, of which there
	// may be as many again. Defaults to 16.
	Workers int
	// Lanes is the number of lanes, rounded up to a power of two. Defaults to
	// 4096.
	Lanes int
	// Batch is how many records are handed over together. Defaults to 512.
	Batch int

	// InFlight and InFlightBytes bound the records that are queued or running.
	// Bytes may be exceeded by one record. Default to 8192 and 64 MiB.
	InFlight      int
	InFlightBytes int64
	// PartitionInFlight and PartitionInFlightBytes bound those of one
	// partition, where a larger record passes alone. Default to 2048 and 8 MiB.
	PartitionInFlight      int
	PartitionInFlightBytes int64
	// PartitionMin and PartitionMinBytes are what each partition may always have in
	// flight, outside InFlight and InFlightBytes: others that stand still cannot stop
	// it. A larger record passes alone. Default to 1/256 of InFlight and 1/1024 of
	// InFlightBytes: 32 and 64 KiB.
	PartitionMin      int
	PartitionMinBytes int64
	// MaxAhead bounds the offsets between the watermark and the newest record
	// of a partition, one bit each. Defaults to 65536.
	MaxAhead int
	// Overflow and OverflowBytes bound what waits because of a partition's
	// limits before it is paused at once. Default to 1024 and 8 MiB.
	Overflow      int
	OverflowBytes int64

	// StallAfter is how long a partition's limit stands still before the
	// partition is paused. Defaults to 250 ms.
	StallAfter time.Duration
	// ResumeEvery bounds how often a partition resumes. Defaults to 1 s.
	ResumeEvery time.Duration
	// SlowAfter is how long an item runs before its key leaves the lane.
	// Defaults to 1 ms.
	SlowAfter time.Duration
}

func (c Config) withDefaults() Config {
	def(&c.Workers, 16)
	def(&c.Lanes, 4096)
	def(&c.Batch, 512)
	def(&c.InFlight, 8192)
	def(&c.InFlightBytes, 64<<20)
	def(&c.PartitionInFlight, 2048)
	def(&c.PartitionInFlightBytes, 8<<20)
	c.PartitionInFlight = min(c.PartitionInFlight, mostRecords)
	c.PartitionInFlightBytes = min(c.PartitionInFlightBytes, mostBytes/2) // one record may be above it
	def(&c.PartitionMin, max(c.InFlight/256, 1))
	def(&c.PartitionMinBytes, max(c.InFlightBytes/1024, 1))
	def(&c.MaxAhead, 65536)
	def(&c.Overflow, 1024)
	def(&c.OverflowBytes, 8<<20)
	def(&c.StallAfter, 250*time.Millisecond)
	def(&c.ResumeEvery, time.Second)
	def(&c.SlowAfter, time.Millisecond)
	return c
}

func def[N int | int64 | time.Duration](v *N, d N) {
	if *v <= 0 {
		*v = d
	}
}

// Scheduler runs items. Its exported methods are for one goroutine, the owner.
type Scheduler[T any] struct {
	cfg      Config
	run      func(*Item[T]) Outcome
	seed     maphash.Seed
	began    time.Time
	lanes    []lane[T]
	workers  []worker[T] // those with a place, and the spare ones
	spares   spares[T]
	done     sync.WaitGroup
	stop     chan struct{}
	closing  atomic.Bool
	wanted   atomic.Int64 // by Wait
	progress chan struct{}

	_          [cacheLine]byte // the owner writes what follows for every record
	ids        map[string]int32
	partitions map[*Partition[T]]struct{} // until they are released and empty
	past       map[int32][]*Partition[T]  // those that were released, for the next assignment
	open       *batch[T]                  // being filled
	slab       []Item[T]
	// As of the last count, and what surely fits since. Of what is live, left leaves
	// out what is within its partition's minimum.
	live, bytes int64
	left, leftB int64

	inFlight, inFlightBytes atomic.Int64 // as of the last count, for others

	_     [cacheLine]byte
	queue queue[T]
}

// New starts a scheduler that calls run for every item, from Workers
// goroutines. run must not panic. If it ends its goroutine (runtime.Goexit) it
// is called for the item once more.
func New[T any](cfg Config, run func(*Item[T]) Outcome) *Scheduler[T] {
	cfg = cfg.withDefaults()
	n := 1
	for n < cfg.Lanes {
		n *= 2
	}
	s := &Scheduler[T]{
		cfg: cfg, run: run, seed: maphash.MakeSeed(), began: time.Now(), lanes: make([]lane[T], n),
		ids: map[string]int32{}, partitions: map[*Partition[T]]struct{}{}, past: map[int32][]*Partition[T]{},
		workers: make([]worker[T], 2*cfg.Workers), stop: make(chan struct{}), progress: make(chan struct{}, 1),
	}
	s.queue.more.L, s.queue.work.L = &s.queue.mu, &s.queue.mu
	for i := range s.workers {
		if i < cfg.Workers {
			s.done.Go(func() { s.workers[i].loop(s) })
		} else {
			s.rest(&s.workers[i])
		}
	}
	s.done.Go(s.monitor)
	return s
}

// Room is how many records the limits of all partitions together still take, beside
// the minimum of each.
func (s *Scheduler[T]) Room() int {
	s.count()
	if s.leftB <= 0 {
		return 0
	}
	return int(max(s.left, 0))
}

func (s *Scheduler[T]) count() {
	s.live, s.bytes = 0, 0
	s.left, s.leftB = int64(s.cfg.InFlight), s.cfg.InFlightBytes
	for p := range s.partitions {
		live := p.live()
		if live.records == 0 && p.Ended() {
			delete(s.partitions, p)
			s.forgetPast(p)
			continue
		}
		s.live += live.records
		s.bytes += live.bytes
		least := p.minimum()
		s.left -= max(0, live.records-least.records)
		s.leftB -= max(0, live.bytes-least.bytes)
	}
	s.inFlight.Store(s.live)
	s.inFlightBytes.Store(s.bytes)
}

// forgetPast is called when nothing of p runs any more.
func (s *Scheduler[T]) forgetPast(p *Partition[T]) {
	left := slices.DeleteFunc(s.past[p.id], func(e *Partition[T]) bool { return e == p })
	if s.past[p.id] = left; len(left) == 0 {
		delete(s.past, p.id)
	}
}

// room takes room for a record of size bytes of p within the limits of all
// partitions together, which the last one to pass may exceed: if a large record
// had to fit, the small ones of other partitions would starve it. Counting them
// all is rare: between two counts the sum can only shrink by itself. Where there is
// no room, p still has its minimum.
func (s *Scheduler[T]) room(p *Partition[T], size int64) bool {
	if s.left <= 0 || s.leftB <= 0 {
		if p.withinMinimum(size) {
			return true
		}
		s.count()
	}
	if s.left <= 0 || s.leftB <= 0 {
		return false
	}
	s.left--
	s.leftB -= size
	return true
}

// slabItems are allocated together. One that waits keeps them all in memory.
const slabItems = 64

func (s *Scheduler[T]) append(p *Partition[T], w *waiting[T]) {
	if len(s.slab) == 0 {
		s.slab = make([]Item[T], slabItems)
	}
	it := &s.slab[0]
	s.slab = s.slab[1:]
	it.part, it.offset, it.size, it.key, it.Value = p, w.offset, w.size, w.key, w.value
	if s.open == nil {
		s.open = &batch[T]{items: make([]*Item[T], 0, s.cfg.Batch)}
	}
	s.open.items = append(s.open.items, it)
	if len(s.open.items) == s.cfg.Batch {
		s.Flush()
	}
}

// line puts the items of b into their lanes, and leaves in b those that are now
// at the head of one.
func (s *Scheduler[T]) line(b *batch[T]) {
	n := 0
	for _, it := range b.items {
		it.lane = s.laneOf(it.id())
		if it.lane.push(it) {
			b.items[n] = it
			n++
		}
	}
	clear(b.items[n:])
	b.items = b.items[:n]
}

// laneOf mixes in what distinguishes equal keys. A maphash.Hash would be
// several times as slow.
func (s *Scheduler[T]) laneOf(id keyID) *lane[T] {
	const odd = 0x9e3779b97f4a7c15
	h := maphash.String(s.seed, id.key) ^ uint64(id.partition)*odd ^ uint64(id.unordered)*odd
	h ^= h >> 32
	return &s.lanes[h&uint64(len(s.lanes)-1)]
}

// Open reports whether something was admitted and not handed over.
func (s *Scheduler[T]) Open() bool { return s.open != nil }

// Flush hands over what was admitted. The owner calls it before it waits.
func (s *Scheduler[T]) Flush() {
	if s.open != nil {
		s.queue.arrive(s.open)
		s.open = nil
	}
}

// Wait returns when n records have been settled or dropped since the call, or
// half of those in flight if that is fewer, or after d: waiting for more than
// there is would only end with d. It returns at once if nothing is in flight.
func (s *Scheduler[T]) Wait(n int, d time.Duration) {
	select {
	case <-s.progress:
	default:
	}
	s.count()
	before := s.live
	s.wanted.Store(max(min(int64(n), before/2), 1))
	defer s.wanted.Store(0)
	// Those that ended before the store have signalled nobody.
	if s.count(); s.live == 0 || s.wanted.Add(s.live-before) <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.progress:
	case <-timer.C:
	}
}

func (s *Scheduler[T]) signal() {
	if s.wanted.Load() > 0 && s.wanted.Add(-1) == 0 {
		select {
		case s.progress <- struct{}{}:
		default:
		}
	}
}

// Close stops the scheduler once what runs now has returned; nothing else
// starts. Every partition must have been released.
func (s *Scheduler[T]) Close() {
	s.closing.Store(true)
	s.queue.close()
	close(s.stop)
	s.done.Wait()
	for i := range s.lanes {
		s.lanes[i].stopTimers()
	}
}
