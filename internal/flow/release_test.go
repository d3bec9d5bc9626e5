package flow_test

import (
	"testing"
	"testing/synctest"
	"time"

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
