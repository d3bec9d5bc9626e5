package main

import (
	"hash/fnv"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// plan is what handlers do with an event. It follows from the event's id, so that
// producers, members and the account know it without asking one another.
type plan struct {
	fate     account.Kind  // Handled, Skipped, or Failed for a dead letter
	failures int           // attempts that fail before that; of Failed all do
	takes    time.Duration // of each attempt
	final    bool          // it fails with an error that no retry helps
	stubborn bool          // it takes so long whatever becomes of its context
}

// maxAttempts are those of a handler; the last failure makes a dead letter.
const maxAttempts = 3

// planOf makes 1.0 % dead letters, a fifth of them after retries, 1.2 % skips, 5 % retries
// that succeed, 2 % slow handlers, and one of so many as stubborn says that ignores its
// context for longer than a member waits for it.
func planOf(id string, stubborn int) plan {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	n := h.Sum64()
	// FNV's low bits are even enough for ids that differ everywhere.
	spread := int(n >> 32 % 7)
	if n>>8%uint64(stubborn) == 0 {
		return plan{fate: account.Handled, takes: drainTimeout + time.Duration(1+spread%4)*time.Second, stubborn: true}
	}
	switch n := n % 1000; {
	case n < 8:
		return plan{fate: account.Failed, final: true}
	case n < 10:
		return plan{fate: account.Failed, failures: maxAttempts}
	case n < 22:
		return plan{fate: account.Skipped}
	case n < 72:
		return plan{fate: account.Handled, failures: 1 + spread%(maxAttempts-1)}
	case n < 92:
		return plan{fate: account.Handled, takes: time.Duration(1+spread*8) * time.Millisecond}
	}
	return plan{fate: account.Handled}
}
