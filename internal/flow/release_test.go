package flow_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
	"weak"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// A record that was still running at Release, and then asked for a retry, once
// kept its key from the next assignment until that retry was due.
func TestRetryAfterReleaseFreesTheKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := flow.New(flow.Config{Workers: 2}, func(it *flow.Item[rec]) flow.Outcome {
			if it.Value.part == "old" {
				<-gate
				return flow.Retry(time.Hour)
			}
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		p.Admit(0, "k", 1, rec{part: "old"})
		s.Flush()
		synctest.Wait()
		p.Release()
		q := s.Assign("a-0", 0, false)
		q.Admit(0, "k", 1, rec{part: "new"})
		s.Flush()
		close(gate)
		time.Sleep(time.Minute) // virtual time
		synctest.Wait()
		if got := q.Watermark(); got != 1 {
			t.Errorf("watermark %d after a minute, want 1", got)
		}
		q.Release()
	})
}

func TestOverdueTellsEachRunsOwnLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := flow.New(flow.Config{Workers: 3}, func(it *flow.Item[rec]) flow.Outcome {
			switch it.Offset() {
			case 0:
				it.Limit(time.Second)
			case 1:
				it.Limit(time.Minute)
			}
			<-gate
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, true)
		for i := range int64(3) {
			p.Admit(i, "", 1, rec{})
		}
		s.Flush()
		time.Sleep(3 * time.Second) // virtual time
		got := map[int64]time.Duration{}
		s.Overdue(time.Now(), func(_ *flow.Partition[rec], offset int64, over time.Duration) { got[offset] = over })
		if len(got) != 1 || got[0] != 2*time.Second {
			t.Errorf("overdue %v, want offset 0 by 2 s", got)
		}
		close(gate)
		synctest.Wait()
		p.Release()
	})
}

// A record that waited once kept the keys of all that were admitted with it in
// memory: they share an allocation.
func TestSettledRecordsLetGoOfTheirKeys(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	s := flow.New(flow.Config{Workers: 2}, func(it *flow.Item[rec]) flow.Outcome {
		if it.Offset() == 0 {
			<-gate
		}
		return flow.Settled()
	})
	defer s.Close()
	p := s.Assign("a-0", 0, false)
	p.Admit(0, "stuck", 1, rec{})
	var keys []weak.Pointer[[1024]byte]
	for i := range 20 {
		key := new([1024]byte)
		key[0] = byte(i)
		keys = append(keys, weak.Make(key))
		p.Admit(int64(i+1), unsafe.String(&key[0], len(key)), 1, rec{})
	}
	s.Flush()
	for p.Pending() > 1 {
		s.Wait(1, time.Millisecond)
	}
	runtime.GC()
	for i, key := range keys {
		if key.Value() != nil {
			t.Errorf("key %d of a settled record is still in memory", i)
		}
	}
	close(gate)
	p.Release()
}

// A record that waits must not keep those that came after it in memory, through
// its neighbours in the allocation and their places in the lane.
func TestStuckRecordKeepsNoLaterOnes(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	late := make(chan weak.Pointer[flow.Item[rec]], 1)
	s := flow.New(flow.Config{Workers: 2, Lanes: 1}, func(it *flow.Item[rec]) flow.Outcome {
		switch it.Offset() {
		case 0:
			<-gate
		case 1000:
			late <- weak.Make(it)
		}
		return flow.Settled()
	})
	defer s.Close()
	defer open()
	p := s.Assign("a-0", 0, false)
	for i := range int64(2000) {
		p.Admit(i, fmt.Sprint(min(i, 1)), 1, rec{})
	}
	s.Flush()
	for p.Pending() > 1 {
		s.Wait(1, time.Millisecond)
	}
	item := <-late
	for i := 0; item.Value() != nil; i++ {
		if i == 100 { // the monitor forgets in a millisecond what it looked at
			t.Fatal("record 1000 is still in memory")
		}
		runtime.GC()
		s.Wait(1, time.Millisecond)
	}
	open()
	p.Release()
}

// A record that is given up will be delivered again: had the next one of its key run
// meanwhile, the two would be handled in the wrong order.
func TestAbandonedLetsNothingBehindItStart(t *testing.T) {
	t.Parallel()
	for name, giveUp := range map[string]func() flow.Outcome{
		"at once": flow.Abandoned,
		"slowly":  func() flow.Outcome { time.Sleep(time.Second); return flow.Abandoned() }, // the key has left its lane
		"asynchronously": func() flow.Outcome {
			return flow.Async(func(finish func(flow.Outcome)) { time.AfterFunc(time.Second, func() { finish(flow.Abandoned()) }) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var ran []int64
				s := flow.New(flow.Config{Workers: 1}, func(it *flow.Item[rec]) flow.Outcome {
					mu.Lock()
					ran = append(ran, it.Offset())
					mu.Unlock()
					if it.Offset() == 1 {
						return giveUp()
					}
					return flow.Settled()
				})
				defer s.Close()
				p := s.Assign("a-0", 0, false)
				for i := range int64(4) {
					p.Admit(i, "k", 1, rec{})
				}
				s.Flush()
				time.Sleep(time.Minute) // virtual time
				mu.Lock()
				defer mu.Unlock()
				if fmt.Sprint(ran) != "[0 1]" {
					t.Errorf("records %v ran, want 0 and 1: the partition is cut where one is given up", ran)
				}
				if got := p.Watermark(); got != 1 {
					t.Errorf("watermark %d, want 1", got)
				}
				p.Release()
			})
		})
	}
}
