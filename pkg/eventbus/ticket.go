package eventbus

import (
	"context"
	"sync"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// ticket is a record that waits for the right to call its handler. It holds no worker,
// only its key. When its partition is taken back, it gives up: no call has begun. A right
// that it was given and has not used goes to the next, since the scheduler may drop the
// record without running it.
type ticket struct {
	finish func(flow.Outcome)

	mu     sync.Mutex
	state  ticketState
	passOn func() // the right that it was given
	forget func() // that it waits
	stop   func() bool
}

type ticketState int

const (
	ticketWaits ticketState = iota
	ticketGiven
	ticketOver // it was used, or it has given up
)

// watch has the ticket give up when ended ends, and calls forget then, which may be nil.
// What it belongs to is not touched after that: it may have run again.
func (t *ticket) watch(ended context.Context, forget func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != ticketOver {
		t.forget, t.stop = forget, context.AfterFunc(ended, t.giveUp)
	}
}

// give gives it the right, which passOn gives to another. It reports whether it still
// waits for it.
func (t *ticket) give(passOn func()) bool {
	t.mu.Lock()
	if t.state != ticketWaits {
		t.mu.Unlock()
		return false
	}
	t.state, t.passOn = ticketGiven, passOn
	t.mu.Unlock()
	t.finish(flow.Retry(0))
	return true
}

// use takes the right. It reports false if there is none any more.
func (t *ticket) use() bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	given := t.state == ticketGiven
	t.state = ticketOver
	if t.stop != nil {
		t.stop()
	}
	return given
}

// decline passes the right on, if it has one: the record needs none.
func (t *ticket) decline() {
	if t.use() {
		t.passOn()
	}
}

// giveUp is called when the partition is taken back.
func (t *ticket) giveUp() {
	t.mu.Lock()
	state := t.state
	t.state = ticketOver
	t.mu.Unlock()
	switch state {
	case ticketWaits:
		if t.forget != nil {
			t.forget()
		}
		t.finish(flow.Abandoned())
	case ticketGiven:
		t.passOn()
	case ticketOver:
	}
}
