package eventbus

import (
	"sync"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// turns bound how many calls of one handler run at once. They are taken in the order in
// which they were asked for.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting []*ticket
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
	given := d.turn.use()
	d.turn = nil
	if given {
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
		t.mu.Unlock()
		if next.give(t.leave) {
			return
		}
		t.mu.Lock()
	}
	t.free++
	t.mu.Unlock()
}

// wait has it run again once it has a turn.
func (t *turns) wait(it *flow.Item[delivery]) flow.Outcome {
	d := &it.Value
	ended := d.in.turning
	return flow.Async(func(finish func(flow.Outcome)) {
		one := &ticket{finish: finish}
		d.turn = one
		t.enter(one)
		one.watch(ended, nil)
	})
}

// enter puts a record behind those that wait already.
func (t *turns) enter(one *ticket) {
	t.mu.Lock()
	free := t.free > 0 // one has come free meanwhile
	if free {
		t.free--
	} else {
		t.waiting = append(t.waiting, one)
	}
	t.mu.Unlock()
	if free {
		one.give(t.leave)
	}
}
