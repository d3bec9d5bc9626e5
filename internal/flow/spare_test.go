package flow_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// Runs that do not end hold no place, as long as there are spare ones; those that end at
// last leave no worker too many.
func TestOverdueRunsGiveTheirPlaceToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const workers, limit = 2, time.Second
		gates := map[int64]chan struct{}{}
		for i := range int64(5) {
			gates[i] = make(chan struct{})
		}
		var begun sync.Map
		var running, most atomic.Int64
		s := flow.New(flow.Config{Workers: workers}, func(it *flow.Item[rec]) flow.Outcome {
			it.Limit(limit)
			begun.Store(it.Offset(), true)
			if gate := gates[it.Offset()]; gate != nil {
				<-gate
				return flow.Settled()
			}
			n := running.Add(1)
			defer running.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(limit / 2)
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, true)
		for i := range int64(5) {
			p.Admit(i, "", 1, rec{})
		}
		s.Flush()
		has := func(offset int64) bool { _, ok := begun.Load(offset); return ok }
		time.Sleep(limit / 2)
		if has(2) {
			t.Error("a third run has begun beside two that are in time")
		}
		time.Sleep(limit)
		if !has(2) || !has(3) || has(4) {
			t.Errorf("beside two overdue runs: begun %t, %t, and a fifth %t", has(2), has(3), has(4))
		}
		time.Sleep(10 * limit)
		if has(4) {
			t.Error("more than twice the workers run")
		}
		close(gates[3])
		synctest.Wait()
		if !has(4) {
			t.Error("the place of a run that has ended was not given on")
		}
		for i, gate := range gates {
			if i != 3 {
				close(gate)
			}
		}
		for i := range int64(50) {
			p.Admit(5+i, "", 1, rec{})
		}
		s.Flush()
		time.Sleep(time.Minute)
		if got := p.Watermark(); got != 55 {
			t.Errorf("watermark %d, want 55", got)
		}
		if most.Load() != workers {
			t.Errorf("%d ran at once after all had ended, want %d", most.Load(), workers)
		}
		p.Release()
	})
}

// A run that ends its goroutine and is overdue in its second go is its own worker's still.
func TestOverdueAfterGoexit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var runs atomic.Int64
		s := flow.New(flow.Config{Workers: 1}, func(it *flow.Item[rec]) flow.Outcome {
			it.Limit(time.Second)
			if it.Offset() == 0 {
				if runs.Add(1) == 1 {
					time.Sleep(2 * time.Second)
					runtime.Goexit()
				}
				<-gate
			}
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, true)
		for i := range int64(3) {
			p.Admit(i, "", 1, rec{})
		}
		s.Flush()
		time.Sleep(10 * time.Second)
		if p.Pending() != 1 {
			t.Errorf("%d pending beside one overdue run, want it alone", p.Pending())
		}
		close(gate)
		synctest.Wait()
		if got := p.Watermark(); got != 3 {
			t.Errorf("watermark %d, want 3", got)
		}
		p.Release()
	})
}
