package flow_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// record is one of a partition's log, which every assignment reads again.
type record struct {
	offset int64
	key    string
	size   int
}

// chaos is an owner that does anything the interface allows.
type chaos struct {
	t    *testing.T
	seed uint64
	rnd  *rand.Rand
	cfg  flow.Config
	s    *flow.Scheduler[job]
	h    *history
	logs map[string][]record
	now  map[string]*epoch
	past []*epoch
	big  int64 // size of the largest record
}

var chaosNames = []string{"a-0", "a-1", "free-0"}

// Records settle in order, and none is lost, whatever happens to assignments.
func TestAssignmentsAgreeWithModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(32) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newChaos(t, seed).test() })
		})
	}
}

func newChaos(t *testing.T, seed uint64) *chaos {
	rnd := rand.New(rand.NewPCG(seed, 7))
	c := &chaos{t: t, seed: seed, rnd: rnd, h: newHistory(t), logs: map[string][]record{}, now: map[string]*epoch{}}
	c.cfg = flow.Config{
		Workers: 1 + rnd.IntN(6), Lanes: []int{1, 2, 8, 64}[rnd.IntN(4)], Batch: []int{1, 3, 16}[rnd.IntN(3)],
		InFlight: 20 + rnd.IntN(100), PartitionInFlight: 8 + rnd.IntN(50),
		InFlightBytes: 2000 + rnd.Int64N(4000), PartitionInFlightBytes: 500 + rnd.Int64N(2000),
		PartitionMin: 1 + rnd.IntN(6), PartitionMinBytes: 1 + rnd.Int64N(400),
		MaxAhead: 64, Overflow: 5 + rnd.IntN(30), OverflowBytes: 3000,
		StallAfter: 50 * time.Millisecond, ResumeEvery: 200 * time.Millisecond, SlowAfter: time.Millisecond,
	}
	for _, name := range chaosNames {
		offset := rnd.Int64N(1000)
		for range 150 {
			r := record{offset: offset, key: fmt.Sprint("k", rnd.IntN(12)), size: 1 + rnd.IntN(100)}
			if rnd.IntN(3) == 0 {
				r.key = "" // one key, or none in an unordered partition
			}
			if rnd.IntN(60) == 0 {
				r.size = 7000 // larger than every limit
			}
			c.big = max(c.big, int64(r.size))
			c.logs[name] = append(c.logs[name], r)
			offset++
			if rnd.IntN(15) == 0 {
				offset += rnd.Int64N(90) // a hole, at times larger than MaxAhead
			}
		}
	}
	c.s = flow.New(c.cfg, c.run)
	return c
}

// dice is a number below n that depends on what is passed alone, so that it
// does not depend on how goroutines interleave.
func (c *chaos) dice(n int, of ...any) int {
	f := fnv.New64a()
	fmt.Fprint(f, c.seed, of)
	return int(f.Sum64() >> 8 % uint64(n))
}

// run is one run of a job: it ends in every way there is.
func (c *chaos) run(it *flow.Item[job]) flow.Outcome {
	e, order, offset := it.Value.e, it.Value.order, it.Offset()
	it.Value.runs++
	runs := it.Value.runs
	c.h.start(e, order, offset)
	d := c.dice(100, e.name, offset, e.start, runs)
	wait := time.Duration(c.dice(200, offset, runs, "wait")) * time.Millisecond
	switch {
	case d < 15:
		time.Sleep(wait) // virtual time, mostly longer than SlowAfter
	case d < 25:
		time.Sleep(wait / 400)
	}
	if d%2 == 0 && c.h.isOver(e) {
		c.h.abandon(e, order, offset)
		return flow.Abandoned()
	}
	switch d = c.dice(100, d, offset); {
	case d < 4:
		c.h.pass(e, order, offset, 0, true)
		runtime.Goexit()
	case d < 14 && runs < 6:
		return c.retry(e, order, offset, runs)
	case d < 18:
		return flow.Async(func(finish func(flow.Outcome)) { // at once, on the worker
			c.h.settle(e, order, offset)
			finish(flow.Settled())
		})
	case d < 30:
		if d < 20 {
			wait *= 20 // often after the end of its assignment
		}
		return flow.Async(func(finish func(flow.Outcome)) {
			time.AfterFunc(wait, func() { finish(c.outcome(it, e, order, offset, runs)) })
		})
	}
	c.h.settle(e, order, offset)
	return flow.Settled()
}

// outcome is what an asynchronous run comes to.
func (c *chaos) outcome(it *flow.Item[job], e *epoch, order string, offset int64, runs int) flow.Outcome {
	switch {
	case it.Partition().Ended() && c.h.isOver(e) && runs%2 == 0:
		c.h.abandon(e, order, offset)
		return flow.Abandoned()
	case c.dice(4, offset, runs) == 0 && runs < 6:
		return c.retry(e, order, offset, runs)
	}
	c.h.settle(e, order, offset)
	return flow.Settled()
}

func (c *chaos) retry(e *epoch, order string, offset int64, runs int) flow.Outcome {
	after := time.Duration(c.dice(300, runs, offset)) * time.Millisecond
	switch c.dice(20, offset, runs, "after") {
	case 0:
		after = time.Minute // longer than any deadline
	case 1, 2:
		after = 0
	}
	c.h.pass(e, order, offset, after, false)
	return flow.Retry(after)
}

func (c *chaos) test() {
	for range 700 {
		name := chaosNames[c.rnd.IntN(len(chaosNames))]
		e := c.now[name]
		if e == nil {
			if c.rnd.IntN(4) == 0 {
				c.assign(name)
			}
			continue
		}
		switch n := c.rnd.IntN(100); {
		case n < 50:
			c.offer(e)
		case n < 62:
			c.s.Flush()
		case n < 72:
			c.s.Flush()
			c.s.Wait(1+c.rnd.IntN(20), time.Duration(c.rnd.IntN(40))*time.Millisecond)
		case n < 73:
			c.quiet()
		case n < 74:
			time.Sleep(time.Duration(c.rnd.IntN(100)) * time.Millisecond)
		case n < 92:
			e.p.Fill()
		case n < 95:
			c.endOfLog(e)
		case n < 97:
			c.drain(e)
			c.release(e)
		case n < 98:
			e.p.Lose()
			synctest.Wait()
			c.h.mark(e, true, true)
			time.Sleep(time.Duration(c.rnd.IntN(30)) * time.Millisecond)
			c.release(e)
		case n < 99:
			c.release(e)
		}
		c.compare()
	}
	c.finish()
}

func (c *chaos) assign(name string) {
	log := c.logs[name]
	start := log[0].offset
	for _, old := range slices.Backward(c.past) {
		if old.name == name {
			start = old.start // nothing was stored since
			if c.rnd.IntN(4) > 0 {
				start = old.p.Watermark()
			}
			break
		}
	}
	e := c.h.assign(name, start, log)
	e.p = c.s.Assign(name, start, name == "free-0")
	e.p.Tag = e
	c.now[name] = e
}

// next is the record that e reads next.
func (c *chaos) next(e *epoch) (record, bool) {
	log := c.logs[e.name]
	i, _ := slices.BinarySearchFunc(log, e.end, func(r record, o int64) int { return int(r.offset - o) })
	if i == len(log) {
		return record{}, false
	}
	return log[i], true
}

// offer admits a few records, unless e asks for none.
func (c *chaos) offer(e *epoch) {
	for range 1 + c.rnd.IntN(12) {
		r, ok := c.next(e)
		if !ok || e.p.Pause() || e.p.Full() {
			return
		}
		order := r.key
		if order == "" && e.name == "free-0" {
			order = fmt.Sprint("#", r.offset)
		}
		c.h.offer(e, r.offset, order)
		before := e.p.Overflow()
		switch e.p.Admit(r.offset, r.key, r.size, job{e: e, order: order, size: r.size}) {
		case flow.Refused:
			c.t.Errorf("%s refused", at(e.name, r.offset))
		case flow.Overflowed:
			if e.p.Overflow() != before+1 {
				c.t.Errorf("%s overflowed, and the overflow has %d of %d", at(e.name, r.offset), e.p.Overflow(), before)
			}
		case flow.Dispatched:
			if before > 0 {
				c.t.Errorf("%s overtakes the overflow", at(e.name, r.offset))
			}
		}
		if e.p.Admit(r.offset, r.key, 1, job{}) != flow.Refused {
			c.t.Errorf("%s admitted twice", at(e.name, r.offset))
		}
	}
}

// endOfLog reports one where e has read to: what follows is not committed yet.
func (c *chaos) endOfLog(e *epoch) {
	if r, ok := c.next(e); ok {
		e.end = r.offset
	} else {
		e.end += 3
	}
	e.p.EOF(e.end)
}

// drain fences e and waits as the owner does before a partition is given back.
func (c *chaos) drain(e *epoch) {
	deadline := time.Now().Add(time.Duration(c.rnd.IntN(600)) * time.Millisecond)
	cut := e.p.Fence()
	c.h.fenced(e, cut)
	if again := e.p.Fence(); again != cut {
		c.t.Errorf("%s: cut %d, then %d", e.name, cut, again)
	}
	if r, ok := c.next(e); ok && e.p.Admit(r.offset, r.key, 1, job{}) != flow.Refused {
		c.t.Errorf("%s takes %d, and is fenced", e.name, r.offset)
	}
	e.p.EOF(e.end + 1000)
	for {
		c.s.Flush()
		c.compare()
		drained := e.p.Drained(deadline)
		left := c.h.left(e, deadline)
		if drained && len(left) > 0 {
			c.t.Errorf("%s drained to %d, and %v are left", e.name, cut, left)
		}
		until := time.Until(deadline)
		if until <= 0 {
			synctest.Wait()
			if len(c.h.left(e, deadline)) == 0 && c.h.idle() && !e.p.Drained(deadline) {
				c.t.Errorf("%s does not drain to %d: %d pending", e.name, cut, e.p.Pending())
			}
		}
		if drained || until <= 0 {
			return
		}
		c.s.Wait(1, min(until, 20*time.Millisecond))
		for _, other := range c.now {
			other.p.Fill()
		}
	}
}

func (c *chaos) release(e *epoch) {
	c.h.mark(e, false, true)
	if c.rnd.IntN(2) == 0 {
		c.s.Flush()
	}
	e.p.Release()
	c.past = append(c.past, e)
	delete(c.now, e.name)
	if c.rnd.IntN(2) == 0 {
		synctest.Wait()
		c.h.mark(e, true, true)
	}
}

// compare checks what can be seen of all assignments.
func (c *chaos) compare() {
	// Beyond the limits of all partitions together goes what each may always have.
	beyond, most, mostBytes := 0, c.cfg.InFlight, c.cfg.InFlightBytes+c.big
	for name, e := range c.now {
		// The model may only be ahead: it settles first, and is asked last.
		w := e.p.Watermark()
		if low := c.h.lowest(e); w > max(low, e.start) {
			c.t.Fatalf("%s: watermark %d is above %d", name, w, low)
		}
		if e.p.Full() && !e.p.Pause() || e.p.Stalled() && !e.p.Pause() && e.p.Overflow() > 0 {
			c.t.Errorf("%s is not paused with an overflow of %d", name, e.p.Overflow())
		}
		n := e.p.Pending() - e.p.Overflow()
		beyond += max(0, n-c.cfg.PartitionMin)
		most += min(n, c.cfg.PartitionMin)
		mostBytes += max(c.cfg.PartitionMinBytes, c.big)
		if n > c.cfg.PartitionInFlight {
			c.t.Errorf("%s: %d in flight", name, n)
		}
	}
	for _, e := range c.past {
		n := e.p.Pending()
		most += min(n, c.cfg.PartitionMin)
		if n > 0 {
			mostBytes += max(c.cfg.PartitionMinBytes, c.big)
		}
	}
	if beyond > c.cfg.InFlight {
		c.t.Errorf("%d in flight beyond the minimum of each partition", beyond)
	}
	c.s.Room()
	if n, bytes := c.s.InFlight(); n > most || bytes > mostBytes {
		c.t.Errorf("%d records of %d bytes in flight", n, bytes)
	}
	if c.s.Waiting() < 0 {
		c.t.Errorf("%d wait", c.s.Waiting())
	}
}

// quiet checks, when nothing moves, that the watermark is where it can be.
func (c *chaos) quiet() {
	synctest.Wait()
	for name, e := range c.now {
		open := c.h.unsettled(e)
		if len(open) <= e.p.Overflow() {
			continue // the lowest is not dispatched yet, and holes before it are not known
		}
		if w := e.p.Watermark(); w != open[0] {
			c.t.Errorf("%s: watermark %d, and the lowest unsettled record is %d", name, w, open[0])
		}
	}
}

// finish handles every log to its end and then looks for what is left.
func (c *chaos) finish() {
	for began := time.Now(); ; {
		done := 0
		for _, name := range chaosNames {
			if c.now[name] == nil {
				c.assign(name)
			}
			e := c.now[name]
			e.p.Fill()
			c.offer(e)
			if _, more := c.next(e); !more && e.p.Pending() == 0 {
				c.endOfLog(e)
				if got := e.p.Watermark(); got != e.end {
					c.t.Errorf("%s: watermark %d at the end of the log, want %d", name, got, e.end)
				}
				done++
			}
		}
		if done == len(chaosNames) {
			break
		}
		c.s.Flush()
		c.s.Wait(8, time.Duration(1+c.rnd.IntN(300))*time.Millisecond)
		time.Sleep(time.Millisecond) // paused ones may have nothing in flight
		c.compare()
		if time.Since(began) > 12*time.Hour {
			c.t.Fatalf("it does not end: %d wait, pending %d %d %d", c.s.Waiting(),
				c.now["a-0"].p.Pending(), c.now["a-1"].p.Pending(), c.now["free-0"].p.Pending())
		}
	}
	for _, name := range chaosNames {
		for _, r := range c.logs[name] {
			if !c.h.settled[at(name, r.offset)] {
				c.t.Errorf("%s is lost", at(name, r.offset))
			}
		}
		c.release(c.now[name])
	}
	time.Sleep(time.Minute) // what still runs for old assignments ends
	synctest.Wait()
	c.clean()
	c.s.Close()
	if c.h.starts < 450 || c.h.late == 0 || c.h.reruns == 0 || len(c.past) < 12 {
		c.t.Errorf("too little happened: %d starts, %d late ends, %d reruns, %d assignments", c.h.starts, c.h.late, c.h.reruns, len(c.past))
	}
}

// clean checks that nothing is left of what has been released.
func (c *chaos) clean() {
	if n := c.s.Waiting(); n != 0 {
		c.t.Errorf("%d keys wait at the end", n)
	}
	for _, e := range c.past {
		if n := e.p.Pending(); n != 0 {
			c.t.Errorf("%s from %d: %d pending at the end", e.name, e.start, n)
		}
	}
	room := c.s.Room()
	if n, bytes := c.s.InFlight(); n != 0 || bytes != 0 || room != c.cfg.InFlight {
		c.t.Errorf("%d records of %d bytes in flight at the end, room for %d", n, bytes, room)
	}
	if !c.h.idle() {
		c.t.Errorf("runs at the end: %v", c.h.running)
	}
}
