package flow_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// Real goroutines on real time: 100,000 records of 200 keys on 8 lanes, with a
// monitor that takes lanes over all the time. Each key's records are settled
// once, in order, one at a time.
func TestStress(t *testing.T) {
	t.Parallel()
	const records, keys = 100_000, 200
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprint("key-", i)
	}
	// The fields of a key are plain: the race detector sees what overlaps.
	type state struct {
		last    int64
		settled int
	}
	states := make([]state, keys)
	var wg sync.WaitGroup
	var overlaps, disorder atomic.Int64
	busy := make([]atomic.Bool, keys)
	enter := func(k int) {
		if busy[k].Swap(true) {
			overlaps.Add(1)
		}
	}
	settle := func(k int, offset int64) {
		if offset <= states[k].last {
			disorder.Add(1)
		}
		states[k].last = offset
		states[k].settled++
		busy[k].Store(false)
	}
	run := func(it *flow.Item[rec]) flow.Outcome {
		offset := it.Offset()
		k := int(offset*7919) % keys
		it.Value.runs++
		enter(k)
		switch n := (offset*2654435761>>4 + int64(it.Value.runs)) % 400; {
		case n == 0:
			time.Sleep(200 * time.Microsecond) // the monitor takes the lane over
		case n < 4:
			for began := time.Now(); time.Since(began) < 70*time.Microsecond; {
			}
		case n < 7:
			busy[k].Store(false)
			return flow.Retry(time.Duration(n-4) * 20 * time.Microsecond)
		case n < 10:
			return flow.Async(func(finish func(flow.Outcome)) {
				if n == 7 {
					settle(k, offset)
					finish(flow.Settled())
					return
				}
				wg.Go(func() {
					if n == 8 {
						busy[k].Store(false)
						finish(flow.Retry(0))
						return
					}
					settle(k, offset)
					finish(flow.Settled())
				})
			})
		}
		settle(k, offset)
		return flow.Settled()
	}
	s := flow.New(flow.Config{Workers: 8, Lanes: 8, Batch: 64, SlowAfter: 50 * time.Microsecond}, run)
	for i := range states {
		states[i].last = -1
	}
	p := s.Assign("a-0", 0, false)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range int64(records) {
		p.Admit(i, names[int(i*7919)%keys], 10, rec{})
		for p.Overflow() > 0 {
			s.Flush()
			s.Wait(1+rnd.IntN(300), time.Second)
			p.Fill()
		}
		if rnd.IntN(100) == 0 {
			s.Flush()
			p.Watermark()
		}
	}
	for deadline := time.Now().Add(time.Minute); p.Watermark() < records; {
		s.Flush()
		s.Wait(1000, 10*time.Millisecond)
		if time.Now().After(deadline) {
			t.Fatalf("watermark %d, %d pending, %d wait", p.Watermark(), p.Pending(), s.Waiting())
		}
	}
	wg.Wait()
	p.Release()
	s.Close() // a worker settles a record before it lets go of its key
	if n := s.Waiting(); n != 0 || p.Pending() != 0 {
		t.Errorf("%d keys wait, %d records pending at the end", n, p.Pending())
	}
	if overlaps.Load() != 0 || disorder.Load() != 0 {
		t.Errorf("%d overlaps, %d out of order", overlaps.Load(), disorder.Load())
	}
	for k := range states {
		if states[k].settled != records/keys {
			t.Errorf("key %d: %d settled, want %d", k, states[k].settled, records/keys)
		}
	}
}

// Real goroutines while assignments come and go: fences race with starts,
// releases with retries, and new assignments with the handlers of old ones.
func TestStressAssignments(t *testing.T) {
	t.Parallel()
	const records, keys = 30_000, 40
	type epoch struct{ cut atomic.Int64 }
	var wg sync.WaitGroup
	busy := make([]atomic.Bool, keys)
	done := make([]atomic.Bool, records)
	var overlaps, beyond, starts atomic.Int64
	run := func(it *flow.Item[*epoch]) flow.Outcome {
		e, offset := it.Value, it.Offset()
		k := int(offset*7919) % keys
		if busy[k].Swap(true) {
			overlaps.Add(1)
		}
		if offset > e.cut.Load() {
			beyond.Add(1)
		}
		retry := func(after time.Duration) flow.Outcome {
			busy[k].Store(false)
			return flow.Retry(after)
		}
		settle := func() flow.Outcome {
			done[offset].Store(true)
			busy[k].Store(false)
			return flow.Settled()
		}
		switch n := (offset + 31*starts.Add(1)) % 200; {
		case n == 0:
			time.Sleep(300 * time.Microsecond)
		case n < 5:
			return retry(time.Duration(n) * 100 * time.Microsecond)
		case n < 10:
			return flow.Async(func(finish func(flow.Outcome)) {
				wg.Go(func() {
					time.Sleep(time.Duration(n) * 20 * time.Microsecond)
					if n == 9 {
						finish(retry(0))
						return
					}
					finish(settle())
				})
			})
		}
		return settle()
	}
	s := flow.New(flow.Config{Workers: 6, Lanes: 4, Batch: 16, SlowAfter: 50 * time.Microsecond, PartitionInFlight: 300}, run)
	rnd := rand.New(rand.NewPCG(3, 4))
	next := int64(0)
	rounds := 0
	for ; next < records; rounds++ {
		e := &epoch{}
		e.cut.Store(records)
		p := s.Assign("a-0", next, false)
		for i := next; i < min(next+int64(1+rnd.IntN(1500)), records); i++ {
			p.Admit(i, fmt.Sprint(int(i*7919)%keys), 10, e)
			for p.Overflow() > 250 {
				s.Flush()
				s.Wait(100, time.Second)
				p.Fill()
			}
		}
		s.Flush()
		if rnd.IntN(4) > 0 {
			s.Wait(1+rnd.IntN(400), 3*time.Millisecond)
		}
		if rnd.IntN(3) > 0 {
			cut := p.Fence()
			e.cut.Store(cut)
			for deadline := time.Now().Add(time.Minute); !p.Drained(deadline); s.Wait(1, 10*time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d pending at or below %d", p.Pending(), cut)
				}
			}
			if w := p.Watermark(); w <= cut {
				t.Errorf("drained to %d, watermark %d", cut, w)
			}
		}
		w := p.Watermark()
		p.Release()
		for ; next < w; next++ {
			if !done[next].Load() {
				t.Errorf("%d is lost", next)
			}
		}
	}
	wg.Wait()
	for deadline := time.Now().Add(time.Minute); s.Waiting() > 0 || s.Room() < 8192; s.Wait(1000, 5*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d wait, room %d at the end", s.Waiting(), s.Room())
		}
	}
	s.Close()
	if overlaps.Load() != 0 || beyond.Load() != 0 {
		t.Errorf("%d overlaps, %d beyond the cut", overlaps.Load(), beyond.Load())
	}
	if rounds < 20 {
		t.Errorf("%d assignments", rounds)
	}
}

// Fences race with starts: nothing above the cut starts, and everything at or
// below it is settled.
func TestStressFence(t *testing.T) {
	t.Parallel()
	const rounds, records = 500, 400
	type epoch struct{ highest, settled atomic.Int64 }
	s := flow.New(flow.Config{Workers: 4, Batch: 8}, func(it *flow.Item[*epoch]) flow.Outcome {
		for e := it.Value; ; {
			if h := e.highest.Load(); it.Offset() <= h || e.highest.CompareAndSwap(h, it.Offset()) {
				e.settled.Add(1)
				return flow.Settled()
			}
		}
	})
	defer s.Close()
	for round := range rounds {
		e := &epoch{}
		e.highest.Store(-1)
		p := s.Assign("a-0", 0, true)
		for i := range int64(records) {
			p.Admit(i, "", 1, e)
		}
		s.Flush()
		for e.highest.Load() < int64(round%(records/2)) {
			s.Wait(1, time.Millisecond)
		}
		cut := p.Fence()
		for p.Pending() > 0 {
			s.Wait(1, time.Millisecond)
		}
		if h, n := e.highest.Load(), e.settled.Load(); h > cut || n != cut+1 || p.Watermark() != cut+1 {
			t.Fatalf("cut %d: %d started, %d settled, watermark %d", cut, h, n, p.Watermark())
		}
		p.Release()
	}
}
