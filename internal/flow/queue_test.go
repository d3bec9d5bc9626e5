package flow_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// One push of many records must get every idle worker going.
func TestBatchWakesAllWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := flow.New(flow.Config{Workers: 8}, func(*flow.Item[rec]) flow.Outcome {
			time.Sleep(time.Second) // virtual time
			return flow.Settled()
		})
		defer s.Close()
		p := s.Assign("a-0", 0, true)
		for i := range int64(16) {
			p.Admit(i, "", 1, rec{})
		}
		synctest.Wait()
		began := time.Now()
		s.Flush()
		for p.Pending() > 0 {
			s.Wait(1, time.Minute)
		}
		if d := time.Since(began); d != 2*time.Second {
			t.Errorf("16 records of a second on 8 workers took %s", d)
		}
		p.Release()
	})
}

// A monitor that sleeps while nothing runs must be back for the next slow
// record.
func TestMonitorWakesAfterIdleTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, open := gated(flow.Config{Workers: 2, Lanes: 1})
		defer s.Close()
		p := s.Assign("a-0", 0, false)
		for round := range 3 {
			time.Sleep(time.Minute) // virtual time
			slow, quick := fmt.Sprint("slow", round), fmt.Sprint("quick", round)
			open(quick)
			p.Admit(int64(2*round), slow, 1, rec{key: slow})
			p.Admit(int64(2*round+1), quick, 1, rec{key: quick})
			s.Flush()
			time.Sleep(10 * time.Millisecond) // virtual time, in which the slow one gives up its lane
			synctest.Wait()
			if n := p.Pending(); n != 1 {
				t.Errorf("round %d: %d pending, want only the slow one", round, n)
			}
			open(slow)
			synctest.Wait()
		}
		p.Release()
	})
}
