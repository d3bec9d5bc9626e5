package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// maxDuration bounds how long contracts may take to be compiled and checked: a thousand
// events take seconds. An expression of a rule that does not end cannot be stopped.
const maxDuration = 2 * time.Minute

// inTime calls f, and returns when it does, when ctx ends or when maxDuration is over.
// What f does then goes on in the background: neither the compiler nor CEL can be
// interrupted everywhere, and the process is about to end.
func inTime[T any](ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, maxDuration)
	defer cancel()
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f(ctx)
		done <- result{v, err}
	}()
	var none T
	select {
	case r := <-done:
		if r.err != nil && ctx.Err() != nil {
			return none, ended(ctx)
		}
		return r.value, r.err
	case <-ctx.Done():
		return none, ended(ctx)
	}
}

func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("contracts: they could not be compiled and checked within %s: look for a rule or a literal that grows without bound", maxDuration)
	}
	return ctx.Err()
}
