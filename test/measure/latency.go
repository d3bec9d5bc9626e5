//go:build unix

package measure

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Percentiles are of the latencies of one measurement, in milliseconds.
type Percentiles struct {
	P50, P99, P999 float64
	Done           int // events that were published in all, and each handled once
}

// Flight is events under way, each with a number.
type Flight struct {
	base    time.Time
	sent    []int64        // ns since base
	took    []atomic.Int64 // ns; 0: under way
	arrived atomic.Int64
	twice   atomic.Int64
}

// NewFlight has room for n events.
func NewFlight(n int) *Flight {
	return &Flight{base: time.Now(), sent: make([]int64, n), took: make([]atomic.Int64, n)}
}

// Arrived is called by the handler of the n-th event.
func (f *Flight) Arrived(n int) {
	if !f.took[n].CompareAndSwap(0, max(1, int64(time.Since(f.base))-f.sent[n])) {
		f.twice.Add(1)
		return
	}
	f.arrived.Add(1)
}

// Key is that of the n-th event, a UUID; Number is its inverse.
func Key(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

// Number is the number of the event with a key.
func Number(key []byte) int {
	n := 0
	for _, c := range key[KeySize-12:] {
		n <<= 4
		if c >= 'a' {
			n += int(c-'a') + 10
		} else {
			n += int(c - '0')
		}
	}
	return n
}

// Latency publishes at a steady rate and measures the time to the handler. The first event is
// awaited alone: until then consumers join their groups. The events of t.Warm are not counted.
//
// The time of an event begins with its call, or when that was due, if the call before it took
// longer than until then: what waits in front of a slow call waits for the event's sake.
func Latency(t Task, f *Flight, publish func(n int) error) (Percentiles, error) {
	total := 1 + t.Warm + t.Records
	f.sent[0] = int64(time.Since(f.base))
	if err := publish(0); err != nil {
		return Percentiles{}, err
	}
	if err := f.await(1); err != nil {
		return Percentiles{}, err
	}
	interval := int64(time.Second) / int64(t.Series.Rate)
	start := int64(time.Since(f.base)) + interval
	returned := int64(0)
	for n := 1; n < total; n++ {
		due := start + int64(n-1)*interval
		if wait := due - int64(time.Since(f.base)); wait > 0 {
			sleep(time.Duration(wait))
		}
		if f.sent[n] = int64(time.Since(f.base)); returned > due {
			f.sent[n] = due
		}
		if err := publish(n); err != nil {
			return Percentiles{}, err
		}
		returned = int64(time.Since(f.base))
	}
	took := time.Duration(returned - start)
	if err := f.await(total); err != nil {
		return Percentiles{}, err
	}
	if asked := time.Duration(total-1) * time.Duration(interval); took > asked*11/10 {
		return Percentiles{}, fmt.Errorf("events of %s took %s to publish: this machine does not keep up", asked, took)
	}
	if f.twice.Load() > 0 {
		return Percentiles{}, errors.New("an event was handled twice")
	}
	counted := make([]int64, t.Records)
	for i := range counted {
		counted[i] = f.took[1+t.Warm+i].Load()
	}
	slices.Sort(counted)
	at := func(share float64) float64 { return float64(counted[int(share*float64(len(counted)-1))]) / 1e6 }
	return Percentiles{P50: at(0.5), P99: at(0.99), P999: at(0.999), Done: total}, nil
}

// await waits until n events have arrived.
func (f *Flight) await(n int) error {
	deadline := time.Now().Add(patience)
	for f.arrived.Load() < int64(n) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d events arrived within %s", f.arrived.Load(), n, patience)
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}
