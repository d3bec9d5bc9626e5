package flow_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// rec is what the tests put into items.
type rec struct {
	part string
	key  string
	runs int
}

// model is what the scheduler must agree with: plain maps under one lock.
type model struct {
	t       *testing.T
	mu      sync.Mutex
	running map[string]int64          // by partition and key: the offset that runs
	next    map[string][]int64        // by partition and key: offsets still to settle, in order
	open    map[string]map[int64]bool // by partition: unsettled offsets
	starts  int
}

func newModel(t *testing.T) *model {
	return &model{t: t, running: map[string]int64{}, next: map[string][]int64{}, open: map[string]map[int64]bool{}}
}

func (m *model) admit(part, key string, offset int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next[part+"/"+key] = append(m.next[part+"/"+key], offset)
	if m.open[part] == nil {
		m.open[part] = map[int64]bool{}
	}
	m.open[part][offset] = true
}

func (m *model) start(part, key string, offset int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.starts++
	id := part + "/" + key
	if other, busy := m.running[id]; busy {
		m.t.Errorf("%s: %d starts while %d runs", id, offset, other)
	}
	if len(m.next[id]) == 0 || m.next[id][0] != offset {
		m.t.Errorf("%s: %d starts, want %v", id, offset, m.next[id])
	}
	m.running[id] = offset
}

func (m *model) end(part, key string, offset int64, settled bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := part + "/" + key
	delete(m.running, id)
	if settled {
		m.next[id] = m.next[id][1:]
		delete(m.open[part], offset)
	}
}

// lowest is the lowest unsettled offset, or end.
func (m *model) lowest(part string, end int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	for o := range m.open[part] {
		end = min(end, o)
	}
	return end
}

func TestAgreesWithModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { agree(t, seed) })
		})
	}
}

// agree admits random records with holes, whose handlers settle, retry, finish
// elsewhere or take long, and compares with the model throughout.
func agree(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	m := newModel(t)
	decide := func(it *flow.Item[rec]) int { return int(it.Offset()*2654435761+int64(it.Value.runs)*40503) >> 3 % 100 }
	run := func(it *flow.Item[rec]) flow.Outcome {
		v := it.Value
		m.start(v.part, v.key, it.Offset())
		it.Value.runs++
		switch d := decide(it); {
		case d < 8 && v.runs < 3:
			m.end(v.part, v.key, it.Offset(), false)
			return flow.Retry(time.Duration(d+1) * 10 * time.Millisecond)
		case d < 14:
			return flow.Async(func(finish func(flow.Outcome)) {
				offset := it.Offset()
				time.AfterFunc(time.Duration(d)*time.Millisecond, func() {
					m.end(v.part, v.key, offset, true)
					finish(flow.Settled())
				})
			})
		case d < 20:
			time.Sleep(time.Duration(d) * time.Millisecond) // virtual time
		}
		m.end(v.part, v.key, it.Offset(), true)
		return flow.Settled()
	}
	cfg := flow.Config{
		Workers: 4, Lanes: 8, Batch: 32, InFlight: 150, PartitionInFlight: 100, MaxAhead: 256,
		PartitionInFlightBytes: 4000, Overflow: 40,
	}
	s := flow.New(cfg, run)
	defer s.Close()
	parts := map[string]*flow.Partition[rec]{}
	next := map[string]int64{}
	for _, name := range []string{"a-0", "a-1", "b-0"} {
		next[name] = int64(rnd.IntN(1000))
		parts[name] = s.Assign(name, next[name], false)
	}
	compare := func() {
		for name, p := range parts {
			// The model may only be ahead: it settles first.
			if w, low := p.Watermark(), m.lowest(name, next[name]); w > low {
				t.Fatalf("%s: watermark %d is above %d", name, w, low)
			}
			if p.Pending() > cfg.PartitionInFlight+cfg.Overflow+1 {
				t.Fatalf("%s: %d pending", name, p.Pending())
			}
		}
	}
	for range 3000 {
		name := []string{"a-0", "a-1", "b-0"}[rnd.IntN(3)]
		p := parts[name]
		for p.Pause() || p.Pending() > cfg.PartitionInFlight+cfg.Overflow/2 {
			s.Flush()
			s.Wait(1, 10*time.Millisecond)
			time.Sleep(time.Millisecond) // virtual time: it may be paused with nothing in flight
			p.Fill()
			compare()
		}
		if rnd.IntN(20) == 0 {
			next[name] += int64(rnd.IntN(80)) // a hole
		}
		offset, key := next[name], fmt.Sprint(rnd.IntN(40))
		next[name]++
		m.admit(name, key, offset)
		if p.Admit(offset, key, 10+rnd.IntN(60), rec{part: name, key: key}) == flow.Refused {
			t.Fatalf("%s: %d refused", name, offset)
		}
		if p.Admit(offset, key, 1, rec{}) != flow.Refused {
			t.Fatalf("%s: %d admitted twice", name, offset)
		}
		if rnd.IntN(50) == 0 {
			s.Flush()
			p.Fill()
			compare()
		}
	}
	for name, p := range parts {
		next[name] += 5
		p.EOF(next[name])
		for p.Watermark() != next[name] {
			s.Flush()
			s.Wait(1, 50*time.Millisecond)
			for _, q := range parts {
				q.Fill()
			}
			compare()
		}
		if p.Pending() != 0 {
			t.Errorf("%s: %d pending at the end", name, p.Pending())
		}
	}
	for _, p := range parts {
		p.Release()
	}
	if m.starts < 3000 {
		t.Errorf("%d starts", m.starts)
	}
}

// A key that waits for its retry must not hold up another of its lane.
func TestRetryBlocksOnlyItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		s := flow.New(flow.Config{Workers: 2, Lanes: 1}, func(it *flow.Item[rec]) flow.Outcome {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, fmt.Sprint(it.Value.key, it.Offset()))
			it.Value.runs++
			if it.Value.key == "x" && it.Value.runs == 1 && it.Offset() == 0 {
				return flow.Retry(time.Minute)
			}
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		for i, key := range []string{"x", "y", "x", "y"} {
			p.Admit(int64(i), key, 1, rec{key: key})
		}
		s.Flush()
		synctest.Wait()
		if got := p.Watermark(); got != 0 {
			t.Errorf("watermark %d while 0 waits", got)
		}
		if p.Drained(time.Now().Add(time.Second)) {
			t.Error("drained while nothing is fenced")
		}
		time.Sleep(2 * time.Minute) // virtual time
		synctest.Wait()
		if got := fmt.Sprint(order); got != "[x0 y1 y3 x0 x2]" {
			t.Errorf("order %s", got)
		}
		if got := p.Watermark(); got != 4 {
			t.Errorf("watermark %d", got)
		}
		p.Release()
	})
}

// A fence lets what has started finish, drops what has not, and does not wait
// for a retry that is due too late.
func TestFence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var mu sync.Mutex
		ran := map[int64]int{}
		s := flow.New(flow.Config{Workers: 2}, func(it *flow.Item[rec]) flow.Outcome {
			mu.Lock()
			ran[it.Offset()]++
			mu.Unlock()
			if it.Value.key == "retry" {
				return flow.Retry(time.Hour)
			}
			<-gate
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		for i, key := range []string{"retry", "one", "two", "one", "three"} {
			p.Admit(int64(i), key, 1, rec{key: key})
			s.Flush()
			synctest.Wait()
		}
		cut := p.Fence()
		if cut != 2 {
			t.Errorf("cut %d, want 2: two workers run 1 and 2", cut)
		}
		deadline := time.Now().Add(time.Second)
		if p.Drained(deadline) {
			t.Error("drained while handlers run")
		}
		close(gate)
		synctest.Wait()
		if !p.Drained(deadline) {
			t.Errorf("not drained: %d pending", p.Pending())
		}
		if got := p.Watermark(); got != 0 {
			t.Errorf("watermark %d, want 0: its retry is due later", got)
		}
		p.Release()
		// The key's retry must not hold up the next assignment.
		q := s.Assign("a-0", 0, false)
		q.Admit(0, "one", 1, rec{key: "one"})
		q.Admit(1, "retry", 1, rec{key: "again"})
		s.Flush()
		synctest.Wait()
		if got := q.Watermark(); got != 2 {
			t.Errorf("watermark of the next assignment %d, want 2", got)
		}
		mu.Lock()
		defer mu.Unlock()
		if ran[3] != 0 || ran[4] != 0 {
			t.Errorf("records above the cut ran: %v", ran)
		}
		q.Release()
	})
}

// A handler that outlives its assignment blocks its key in the next one.
func TestOldHandlerBlocksItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var mu sync.Mutex
		var order []string
		s := flow.New(flow.Config{Workers: 3}, func(it *flow.Item[rec]) flow.Outcome {
			mu.Lock()
			order = append(order, it.Value.part)
			mu.Unlock()
			if it.Value.part == "old" {
				<-gate
			}
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		p.Admit(0, "k", 1, rec{part: "old"})
		s.Flush()
		synctest.Wait()
		p.Lose()
		p.Release()
		q := s.Assign("a-0", 0, false)
		q.Admit(0, "k", 1, rec{part: "new"})
		q.Admit(1, "other", 1, rec{part: "other"})
		s.Flush()
		time.Sleep(time.Second) // virtual time: the monitor has detached it
		synctest.Wait()
		mu.Lock()
		if fmt.Sprint(order) != "[old other]" {
			t.Errorf("order %v", order)
		}
		mu.Unlock()
		close(gate)
		synctest.Wait()
		if got := q.Watermark(); got != 2 {
			t.Errorf("watermark %d, want 2", got)
		}
		q.Release()
	})
}

func BenchmarkSettle(b *testing.B) {
	s := flow.New(flow.Config{}, func(*flow.Item[rec]) flow.Outcome { return flow.Settled() })
	defer s.Close()
	p := s.Assign("a-0", 0, false)
	keys := make([]string, 100_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("key-%d", i)
	}
	b.ReportAllocs()
	for i := range b.N {
		p.Admit(int64(i), keys[i%len(keys)], 470, rec{})
		for p.Pending() > 2048 {
			s.Flush()
			s.Wait(1, time.Millisecond)
			p.Watermark()
			p.Fill()
		}
	}
	p.Release()
}

// An end of the log reported before a fence once moved the watermark over
// records that the fence had dropped from the overflow.
func TestFenceKeepsTheWatermarkBelowWhatItDrops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := flow.New(flow.Config{PartitionInFlight: 2}, func(*flow.Item[rec]) flow.Outcome { return flow.Settled() })
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		for i := range int64(5) {
			p.Admit(i, fmt.Sprint(i), 1, rec{})
		}
		s.Flush()
		synctest.Wait() // 0 and 1 are settled; the others wait for Fill
		p.EOF(5)
		p.Fence()
		p.EOF(5)
		if got := p.Watermark(); got != 2 {
			t.Errorf("watermark %d: 2, 3 and 4 were dropped", got)
		}
		if p.Admit(5, "5", 1, rec{}) != flow.Refused {
			t.Error("a fenced partition takes records")
		}
		p.Release()
	})
}

func TestGoexitRunsTheItemAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		runs := map[int64]int{}
		s := flow.New(flow.Config{Workers: 1}, func(it *flow.Item[rec]) flow.Outcome {
			mu.Lock()
			runs[it.Offset()]++
			n := runs[it.Offset()]
			mu.Unlock()
			switch {
			case it.Offset() == 0 && n == 1:
				runtime.Goexit()
			case it.Offset() == 0 && n == 2:
				return flow.Retry(time.Second)
			case it.Offset() == 0 && n == 3:
				runtime.Goexit() // on the key's own queue this time
			}
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		for i := range int64(3) {
			p.Admit(i, "k", 1, rec{})
		}
		s.Flush()
		time.Sleep(time.Minute) // virtual time
		synctest.Wait()
		if got := p.Watermark(); got != 3 {
			t.Errorf("watermark %d, want 3", got)
		}
		mu.Lock()
		defer mu.Unlock()
		if fmt.Sprint(runs) != "map[0:4 1:1 2:1]" {
			t.Errorf("runs %v", runs)
		}
		p.Release()
	})
}

// A stall pauses a partition and resuming after it is rate-limited; a full
// overflow alone resumes as soon as it is empty.
func TestPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := flow.New(flow.Config{Workers: 1, PartitionInFlight: 1, Overflow: 2}, func(*flow.Item[rec]) flow.Outcome {
			<-gate
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		next := int64(0)
		admit := func(n int) {
			for range n {
				p.Admit(next, "k", 1, rec{})
				next++
			}
			s.Flush()
			synctest.Wait()
		}
		release := func(n int) {
			for range n {
				gate <- struct{}{}
				synctest.Wait()
				p.Fill()
				s.Flush()
				synctest.Wait()
			}
		}
		admit(2)
		if p.Pause() {
			t.Error("paused with room in the overflow")
		}
		admit(1)
		if !p.Pause() || p.Stalled() {
			t.Error("a full overflow does not pause at once")
		}
		release(2)
		if p.Pause() {
			t.Error("not resumed with an empty overflow")
		}
		admit(1)
		time.Sleep(300 * time.Millisecond) // virtual time
		if !p.Pause() || !p.Stalled() {
			t.Error("a limit that stands still does not pause")
		}
		release(2)
		if p.Pause() {
			t.Error("not resumed after the first stall")
		}
		admit(2)
		time.Sleep(300 * time.Millisecond)
		if !p.Pause() {
			t.Error("a second stall does not pause")
		}
		release(2)
		if !p.Pause() {
			t.Error("resumed twice within a second")
		}
		time.Sleep(time.Second)
		if p.Pause() {
			t.Error("not resumed after a second")
		}
		p.Release()
	})
}
