package kafkaclient

import (
	"context"
	"time"
)

// watchGrace is how much longer than its own timeout a client call may take
// before it is left to its goroutine (G4).
const watchGrace = 200 * time.Millisecond

// Watch runs a client call that may block on a goroutine of its own, and
// stops waiting for it watchGrace after ctx ended. The call itself must end by
// its own timeout.
func Watch[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		v, err := call()
		answers <- answer{v, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
	}
	late := time.NewTimer(watchGrace)
	defer late.Stop()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-late.C:
		var none T
		return none, ctx.Err()
	}
}
