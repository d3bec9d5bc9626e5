package flow_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// gated is a scheduler whose handlers wait until they are let go.
func gated(cfg flow.Config) (s *flow.Scheduler[rec], open func(key string)) {
	var mu sync.Mutex
	gates := map[string]chan struct{}{}
	gate := func(key string) chan struct{} {
		mu.Lock()
		defer mu.Unlock()
		if gates[key] == nil {
			gates[key] = make(chan struct{})
		}
		return gates[key]
	}
	s = flow.New(cfg, func(it *flow.Item[rec]) flow.Outcome {
		<-gate(it.Value.key)
		return flow.Settled()
	})
	return s, func(key string) { close(gate(key)) }
}

// Waiting for more completions than there can be once took the whole time: at a
// byte limit, with a few large records in flight, intake stood still for 250 ms
// at a time.
func TestWaitAsksForNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, open := gated(flow.Config{Workers: 8})
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		for i := range int64(8) {
			p.Admit(i, fmt.Sprint(i), 1<<20, rec{key: fmt.Sprint(i)})
		}
		s.Flush()
		for i := range 7 {
			time.AfterFunc(time.Duration(i+1)*time.Millisecond, func() { open(fmt.Sprint(i)) })
		}
		began := time.Now()
		s.Wait(512, time.Second)
		if d := time.Since(began); d != 4*time.Millisecond {
			t.Errorf("waited %s, want 4ms: half of the records are settled then", d)
		}
		open("7")
		time.Sleep(time.Second)
		synctest.Wait()
		began = time.Now()
		s.Wait(512, time.Second)
		if d := time.Since(began); d != 0 {
			t.Errorf("waited %s, and nothing is in flight", d)
		}
		p.Release()
	})
}

// A record that is larger than the limit of all partitions together once waited
// for all of them to be idle, which a busy consumer never is.
func TestLargeRecordIsNotStarved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, open := gated(flow.Config{Workers: 8, InFlightBytes: 100})
		defer s.Close()
		p, q := s.Assign("a-0", 0, false), s.Assign("a-1", 0, false)
		p.Admit(0, "small", 10, rec{key: "small"})
		if got := q.Admit(0, "large", 500, rec{key: "large"}); got != flow.Dispatched {
			t.Errorf("admission %d with room for 90 bytes", got)
		}
		if got := p.Admit(1, "more", 1, rec{key: "more"}); got != flow.Overflowed || s.Room() != 0 {
			t.Errorf("admission %d beyond the limit, room %d", got, s.Room())
		}
		s.Flush()
		open("large")
		synctest.Wait()
		if p.Fill(); p.Overflow() != 0 {
			t.Error("no room after the large record")
		}
		s.Flush()
		open("small")
		open("more")
		synctest.Wait()
		p.Release()
		q.Release()
	})
}

// Fill once found no room within MaxAhead until somebody had asked for the
// watermark.
func TestFillMovesTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := flow.New(flow.Config{MaxAhead: 64}, func(*flow.Item[rec]) flow.Outcome { return flow.Settled() })
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		for i := range int64(70) {
			p.Admit(i, "k", 1, rec{})
		}
		if got := p.Overflow(); got != 6 {
			t.Errorf("%d overflowed, want 6", got)
		}
		s.Flush()
		synctest.Wait()
		if p.Fill(); p.Overflow() != 0 {
			t.Errorf("%d still wait", p.Overflow())
		}
		s.Flush()
		p.Release()
	})
}

// What waits behind a handler that does not return once stayed in memory after
// its assignment, beyond all limits: each rebalance added as much again.
func TestReleasedRecordsDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, open := gated(flow.Config{Workers: 2, InFlight: 10})
		defer s.Close()
		var past []*flow.Partition[rec]
		for range 5 {
			p := s.Assign("a-0", 0, false)
			for i := range int64(6) {
				p.Admit(i, "stuck", 1, rec{key: "stuck"})
			}
			s.Flush()
			time.Sleep(time.Second) // virtual time: the monitor detaches the first
			p.Release()
			synctest.Wait()
			past = append(past, p)
		}
		left := 0
		for _, p := range past {
			left += p.Pending()
		}
		if left != 1 {
			t.Errorf("%d records are left of past assignments, want the one that runs", left)
		}
		if got := s.Room(); got != 9 {
			t.Errorf("room %d, want 9: one still runs", got)
		}
		open("stuck")
		synctest.Wait()
		if got := s.Room(); got != 10 {
			t.Errorf("room %d at the end, want 10", got)
		}
	})
}

// With every worker stuck, what was admitted and released once did not count.
func TestReleasedRecordsCountUntilTheyAreGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, open := gated(flow.Config{Workers: 1, InFlight: 10, PartitionInFlight: 4})
		defer s.Close()
		admitted := 0
		for range 5 {
			p := s.Assign("a-0", 0, false)
			for i := range int64(4) {
				if p.Admit(i, fmt.Sprint(i), 1, rec{key: "stuck"}) == flow.Dispatched {
					admitted++
				}
			}
			s.Flush()
			synctest.Wait()
			p.Release()
		}
		if admitted > 10 {
			t.Errorf("%d records in memory with a limit of 10", admitted)
		}
		open("stuck")
		synctest.Wait()
		if got := s.Room(); got != 10 {
			t.Errorf("room %d at the end, want 10", got)
		}
	})
}

// A record above the cut that waited behind an older assignment's handler once
// kept a fence from draining until its deadline.
func TestFenceDropsWhatWaitsBehindAnOldHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := flow.New(flow.Config{Workers: 4}, func(it *flow.Item[rec]) flow.Outcome {
			switch it.Value.key {
			case "old":
				<-gate
			case "retry":
				return flow.Retry(time.Hour)
			}
			return flow.Settled()
		})
		defer s.Close()
		old := s.Assign("a-0", 0, false)
		old.Admit(1, "k", 1, rec{key: "old"})
		s.Flush()
		time.Sleep(time.Second) // virtual time: the monitor detaches it
		old.Release()
		p := s.Assign("a-0", 0, false)
		p.Admit(0, "retry", 1, rec{key: "retry"})
		p.Admit(1, "k", 1, rec{})
		s.Flush()
		synctest.Wait()
		if cut := p.Fence(); cut != 0 {
			t.Errorf("cut %d, want 0", cut)
		}
		if !p.Drained(time.Now().Add(time.Minute)) {
			t.Errorf("not drained: %d pending", p.Pending())
		}
		close(gate)
		p.Release()
		synctest.Wait()
		if p.Pending() != 0 || old.Pending() != 0 {
			t.Errorf("%d and %d pending at the end", p.Pending(), old.Pending())
		}
	})
}

// Partitions that stand still with all room between them once stopped every other
// one.
func TestR3_EachPartitionHasItsMinimumBesideAllOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// A lane that a blocked record holds is free after SlowAfter.
		settle := func() {
			time.Sleep(10 * time.Millisecond) // virtual time
			synctest.Wait()
		}
		s, open := gated(flow.Config{Workers: 64, InFlight: 20, PartitionInFlight: 10, PartitionMin: 2, PartitionMinBytes: 100})
		defer s.Close()
		blocked := []*flow.Partition[rec]{s.Assign("a-0", 0, false), s.Assign("a-1", 0, false), s.Assign("a-2", 0, false)}
		for offset := range int64(10) {
			for _, p := range blocked {
				p.Admit(offset, fmt.Sprint(offset), 1, rec{key: "blocked"})
			}
		}
		if s.Room() != 0 || blocked[2].Overflow() == 0 {
			t.Fatalf("room %d, overflow %d: the limit is not reached", s.Room(), blocked[2].Overflow())
		}
		s.Flush()
		p := s.Assign("b-0", 0, false)
		admit := func(offset int64, size int, key string, want flow.Admission) {
			t.Helper()
			if got := p.Admit(offset, key, size, rec{key: key}); got != want {
				t.Errorf("offset %d: admission %d, want %d", offset, got, want)
			}
			s.Flush()
			settle()
		}
		admit(0, 60, "0", flow.Dispatched)
		admit(1, 40, "1", flow.Dispatched)
		admit(2, 1, "2", flow.Overflowed) // a third record
		if !p.AtMinimum() || p.Watermark() != 0 {
			t.Error("it is not at its minimum")
		}
		for key := range 3 {
			open(fmt.Sprint(key))
			settle()
			p.Fill()
			s.Flush()
			settle()
		}
		if p.AtMinimum() || p.Watermark() != 3 {
			t.Errorf("watermark %d, want 3", p.Watermark())
		}
		admit(3, 5000, "3", flow.Dispatched) // one that is larger passes alone
		admit(4, 1, "4", flow.Overflowed)
		open("3")
		open("4")
		settle()
		p.Fill()
		s.Flush()
		settle()
		if p.Watermark() != 5 {
			t.Errorf("watermark %d, want 5", p.Watermark())
		}
		// The minimum is the partition's, however often it is assigned.
		admit(5, 1, "5", flow.Dispatched)
		admit(6, 1, "6", flow.Dispatched)
		p.Release()
		p = s.Assign("b-0", 5, false)
		admit(5, 1, "7", flow.Overflowed)
		open("5")
		settle()
		if p.Fill(); p.Overflow() != 0 {
			t.Error("no room for a partition of which one record runs")
		}
		s.Flush()
		for _, key := range []string{"6", "7", "blocked"} {
			open(key)
		}
		settle()
		if p.Release(); s.Room() != 20 {
			t.Errorf("room %d at the end", s.Room())
		}
		for _, p := range blocked {
			p.Release()
		}
	})
}
