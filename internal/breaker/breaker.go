package breaker

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"
)

// Policy says when a breaker opens, and how often it probes. Its fields are all set.
type Policy struct {
	// Window is how far back calls count.
	Window time.Duration

	// MinCalls and MinKeys are how many calls must have ended within Window, and for how
	// many keys some must have failed: one key that always fails opens nothing.
	MinCalls, MinKeys int

	// FailureShare is the share of failures from which on it opens, above 0 and up to 1.
	FailureShare float64

	// ProbeDelay is the wait before the first probe. It doubles up to MaxProbeDelay.
	ProbeDelay, MaxProbeDelay time.Duration
}

// Call is a call that may begin. Its end is told by one method, which is called once.
type Call struct {
	b     *Breaker
	probe bool
}

// Breaker is safe for concurrent use.
type Breaker struct {
	policy Policy

	shut      atomic.Bool   // it is open: calls wait
	succeeded atomic.Uint64 // calls, in all

	mu      sync.Mutex
	window  window
	waiting list.List // of func(Call) bool
	probing probing
	delay   time.Duration // before the next probe
	timer   *time.Timer
	next    time.Time     // probe
	since   time.Time     // it is open
	past    time.Duration // that it was open before
	opened  uint64
	closed  bool // for good
}

// probing is what an open breaker does.
type probing int

const (
	later probing = iota // a timer runs
	ready                // the next call probes
	under                // a probe is under way
)

// New makes a closed breaker.
func New(p Policy) *Breaker {
	b := &Breaker{policy: p}
	b.window.begin(p, time.Now(), 0)
	return b
}

// Begin reports whether a call may begin. If not, the caller may Wait.
func (b *Breaker) Begin() (Call, bool) {
	if !b.shut.Load() {
		return Call{b: b}, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.beginLocked()
}

func (b *Breaker) beginLocked() (Call, bool) {
	if !b.shut.Load() {
		return Call{b: b}, true
	}
	if b.probing == ready {
		b.probing = under
		return Call{b: b, probe: true}, true
	}
	return Call{}, false
}

// Wait calls resume once a call may begin, from any goroutine, also before it returns.
// resume reports whether it takes the call; else another one gets it. It is not called any
// more once forget has returned.
func (b *Breaker) Wait(resume func(Call) (taken bool)) (forget func()) {
	b.mu.Lock()
	if call, ok := b.beginLocked(); ok {
		b.mu.Unlock()
		if !resume(call) {
			call.Dropped()
		}
		return func() {}
	}
	e := b.waiting.PushBack(resume)
	b.mu.Unlock()
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.waiting.Remove(e) // nothing, if it has left the list
	}
}

// Succeeded says that the call has told that what it depends on is there.
func (c Call) Succeeded() {
	c.b.succeeded.Add(1)
	if !c.probe {
		return
	}
	b := c.b
	b.mu.Lock()
	now := time.Now()
	b.shut.Store(false)
	b.past += now.Sub(b.since)
	b.window.begin(b.policy, now, b.succeeded.Load())
	all := b.takeAll()
	b.mu.Unlock()
	for _, resume := range all {
		_ = resume(Call{b: b}) // those that do not take it need none
	}
}

// takeAll is called with the lock.
func (b *Breaker) takeAll() []func(Call) bool {
	var all []func(Call) bool
	for e := b.waiting.Front(); e != nil; e = b.waiting.Front() {
		all = append(all, b.waiting.Remove(e).(func(Call) bool))
	}
	return all
}

// Failed says that the call, for a key, has failed. It reports whether the breaker is open
// now: then the failure is one of what the call depends on.
func (c Call) Failed(key uint64) (open bool) {
	b := c.b
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	switch {
	case c.probe:
		b.probeAfter(min(2*b.delay, b.policy.MaxProbeDelay))
	case !b.shut.Load():
		b.window.roll(now, b.succeeded.Load())
		b.window.fail(key)
		if b.window.mostlyFails(b.policy, b.succeeded.Load()) {
			b.shut.Store(true)
			b.since = now
			b.opened++
			b.probeAfter(b.policy.ProbeDelay)
		}
	}
	return b.shut.Load()
}

// Dropped says that the call did not begin, or that its end says nothing.
func (c Call) Dropped() {
	if c.probe {
		c.b.probeNow()
	}
}

// probeAfter is called with the lock.
func (b *Breaker) probeAfter(d time.Duration) {
	b.probing, b.delay, b.next = later, d, time.Now().Add(d)
	if !b.closed {
		b.timer = time.AfterFunc(d, b.probeNow)
	}
}

// probeNow hands the probe to the first that waits and takes it, or to the next call.
func (b *Breaker) probeNow() {
	for {
		b.mu.Lock()
		b.probing = ready
		e := b.waiting.Front()
		if e == nil || b.closed {
			b.mu.Unlock()
			return
		}
		b.waiting.Remove(e)
		b.probing = under
		b.mu.Unlock()
		if e.Value.(func(Call) bool)(Call{b: b, probe: true}) {
			return
		}
	}
}

// Tick has the window follow the time. It is called more often than Window ends.
func (b *Breaker) Tick(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.window.roll(now, b.succeeded.Load())
}

// Close ends probing. What waits is not called any more.
func (b *Breaker) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.takeAll()
	if b.timer != nil {
		b.timer.Stop()
	}
}

// State is what a breaker does.
type State struct {
	Open    bool
	Since   time.Time     // it is open
	Next    time.Time     // probe, of an open one
	Waiting int           // calls
	OpenFor time.Duration // in all
	Opened  uint64        // times
}

// State is a snapshot.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := State{Open: b.shut.Load(), Waiting: b.waiting.Len(), OpenFor: b.past, Opened: b.opened}
	if s.Open {
		s.Since, s.Next = b.since, b.next
		s.OpenFor += time.Since(b.since)
	}
	return s
}
