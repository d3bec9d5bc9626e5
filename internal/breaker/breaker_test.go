package breaker_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/breaker"
)

var policy = breaker.Policy{
	Window: time.Minute, MinCalls: 20, MinKeys: 5, FailureShare: 0.5, ProbeDelay: time.Second, MaxProbeDelay: 30 * time.Second,
}

// calls makes n calls one after the other, of which failed fail, for so many keys.
func calls(t *testing.T, b *breaker.Breaker, n, failed, keys int) {
	t.Helper()
	for i := range n {
		call, ok := b.Begin()
		if !ok {
			t.Fatalf("call %d may not begin", i)
		}
		if i < n-failed {
			call.Succeeded()
		} else {
			call.Failed(uint64(i % keys))
		}
	}
}

func TestWhenItOpens(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		n, failed, keys int
		want            bool
	}{
		{"too few", 19, 19, 5, false},
		{"enough", 20, 20, 5, true},
		{"too few keys", 200, 200, 4, false},
		{"half of them", 40, 20, 5, true},
		{"fewer than half", 41, 20, 5, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := breaker.New(policy)
			defer b.Close()
			calls(t, b, tt.n, tt.failed, tt.keys)
			if got := b.State().Open; got != tt.want {
				t.Errorf("after %d calls, %d failed, of %d keys: open is %t", tt.n, tt.failed, tt.keys, got)
			}
		})
	}
}

// Only what ended within the window counts, also if nobody calls for long.
func TestTheWindowSlides(t *testing.T) {
	t.Parallel()
	for _, ticks := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			b := breaker.New(policy)
			defer b.Close()
			pass := func(d time.Duration) {
				for range d / time.Second {
					time.Sleep(time.Second)
					if ticks {
						b.Tick(time.Now())
					}
				}
			}
			calls(t, b, 15, 15, 5)
			pass(71 * time.Second) // a minute, and the part of it that is counted as one
			calls(t, b, 15, 15, 5)
			if b.State().Open {
				t.Error("failures of more than a minute ago count")
			}
			pass(30 * time.Second)
			calls(t, b, 5, 5, 5)
			if !b.State().Open {
				t.Error("20 failures within a minute do not open it")
			}
		})
	}
}

// Successes of before the window do not hide that all fails now.
func TestOldSuccessesDoNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New(policy)
		defer b.Close()
		calls(t, b, 1000, 0, 1)
		for range 75 {
			time.Sleep(time.Second)
			b.Tick(time.Now())
		}
		calls(t, b, 20, 20, 5)
		if !b.State().Open {
			t.Error("it is closed")
		}
	})
}

func TestProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New(policy)
		defer b.Close()
		calls(t, b, 20, 20, 5)
		begun := time.Now()
		var resumed atomic.Int64
		probes := make(chan breaker.Call, 1)
		wait := func() func() {
			return b.Wait(func(c breaker.Call) bool {
				resumed.Add(1)
				select {
				case probes <- c:
				default:
				}
				return true
			})
		}
		forget := b.Wait(func(breaker.Call) bool { t.Error("what was forgotten is resumed"); return true })
		for range 3 {
			wait()
		}
		forget()
		if _, ok := b.Begin(); ok || resumed.Load() != 0 {
			t.Fatal("a call begins although it is open")
		}
		for i, want := range []time.Duration{time.Second, 3 * time.Second} {
			c := <-probes
			if got := time.Since(begun); got != want {
				t.Errorf("probe %d after %s, want %s", i+1, got, want)
			}
			if synctest.Wait(); resumed.Load() != int64(i+1) {
				t.Errorf("%d are resumed beside one probe", resumed.Load()-int64(i))
			}
			if !c.Failed(1) {
				t.Error("a probe that failed has closed it")
			}
		}
		c := <-probes
		c.Dropped() // its record is another member's now: nobody waits, so the next call probes
		c, ok := b.Begin()
		if !ok {
			t.Fatal("a probe that was dropped is not given on")
		}
		wait()
		wait()
		if s := b.State(); s.Waiting != 2 || !s.Open || s.Opened != 1 {
			t.Errorf("state %+v", s)
		}
		c.Succeeded()
		if s := b.State(); s.Open || s.Waiting != 0 || resumed.Load() != 5 || s.OpenFor != 7*time.Second {
			t.Errorf("after a probe that succeeded: %+v, %d resumed", s, resumed.Load())
		}
		calls(t, b, 19, 19, 5) // it counts anew
	})
}

// The delay between probes doubles up to its limit, and begins anew with the next outage.
func TestProbesBecomeRarer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New(policy)
		defer b.Close()
		for range 2 {
			calls(t, b, 20, 20, 5)
			for _, want := range []int{1, 2, 4, 8, 16, 30, 30} {
				begun := time.Now()
				probe := make(chan breaker.Call)
				b.Wait(func(c breaker.Call) bool { probe <- c; return true })
				c := <-probe
				if got := time.Since(begun); got != time.Duration(want)*time.Second {
					t.Errorf("the next probe comes after %s, want %d s", got, want)
				}
				c.Failed(1)
			}
			probe := make(chan breaker.Call)
			b.Wait(func(c breaker.Call) bool { probe <- c; return true })
			(<-probe).Succeeded()
		}
	})
}

// One that does not take the probe gives it to the next.
func TestAProbeThatIsNotTakenIsGivenOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New(policy)
		defer b.Close()
		calls(t, b, 20, 20, 5)
		for range 3 {
			b.Wait(func(breaker.Call) bool { return false })
		}
		taken := make(chan breaker.Call)
		b.Wait(func(c breaker.Call) bool { taken <- c; return true })
		(<-taken).Succeeded()
		if b.State().Open {
			t.Error("it is open")
		}
	})
}
