package eventbus

import (
	"context"
	"sync"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// turns bound how many calls of one handler run at once. A record that waits for its
// turn holds no worker, only its key. Turns are taken in the order in which they were asked for.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting []*turn
}

// turn is a record that waits.
type turn struct {
	of      *delivery
	finish  func(flow.Outcome)
	decided bool        // its turn has come, or it has given up
	stop    func() bool // waiting for the end of its partition
}

func newTurns(n int) *turns {
	if n == 0 {
		return nil
	}
	return &turns{free: n}
}

// take reports whether d may call the handler now. It does so with the turn that it was
// given, or with one that is free.
func (t *turns) take(d *delivery) bool {
	if d.turn == t {
		d.turn = nil
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free == 0 {
		return false
	}
	t.free--
	return true
}

// leave gives a turn back: to the first that waits.
func (t *turns) leave() {
	t.mu.Lock()
	for len(t.waiting) > 0 {
		next := t.waiting[0]
		t.waiting[0] = nil
		t.waiting = t.waiting[1:]
		if next.decided {
			continue
		}
		next.decided, next.of.turn = true, t
		t.mu.Unlock()
		next.stop()
		next.finish(flow.Retry(0))
		return
	}
	t.free++
	t.mu.Unlock()
}

// wait has it run again once it has a turn. When its partition is taken back it gives
// up: no call of its handler has begun.
func (t *turns) wait(it *flow.Item[delivery]) flow.Outcome {
	d := &it.Value
	ended := d.in.turning
	return flow.Async(func(finish func(flow.Outcome)) {
		one := &turn{of: d, finish: finish}
		t.mu.Lock()
		if t.free > 0 { // one has come free meanwhile
			t.free--
			one.decided, d.turn = true, t
			t.mu.Unlock()
			finish(flow.Retry(0))
			return
		}
		defer t.mu.Unlock()
		t.waiting = append(t.waiting, one)
		one.stop = context.AfterFunc(ended, func() {
			t.mu.Lock()
			given := one.decided
			one.decided = true
			t.mu.Unlock()
			if !given {
				finish(flow.Abandoned())
			}
		})
	})
}
