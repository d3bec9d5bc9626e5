//go:build unix

package measure

import (
	"context"
	"fmt"
	"sync"
)

// Publisher is a producer that is measured.
type Publisher interface {
	// Caller makes the call of one goroutine, which publishes the events of one
	// call of the series, from the n-th on.
	Caller() func(ctx context.Context, n int) error

	// Settle waits until every event has its outcome. An event that failed is an
	// error.
	Settle(ctx context.Context) error
}

// Publish measures t.Records events, after t.Warm others.
func Publish(t Task, p Publisher) (Result, error) {
	if s := t.Series; s.Call == "" || s.Callers < 1 || s.Batch < 1 {
		return Result{}, fmt.Errorf("series %q does not say what to call", s.Name)
	}
	warm, err := t.Series.publish(p, t.Warm)
	if err != nil {
		return Result{}, err
	}
	m, err := Start(t.Profile)
	if err != nil {
		return Result{}, err
	}
	n, err := t.Series.publish(p, t.Records)
	if err != nil {
		return Result{}, err
	}
	r, err := m.Stop(n)
	r.Done = warm + n
	return r, err
}

// publish publishes n events from the series' number of callers, or as many more as fill the
// last call, and returns how many when all are acknowledged.
func (s Series) publish(p Publisher, n int) (int, error) {
	ctx := context.Background()
	calls := (n + s.Batch - 1) / s.Batch
	errs := make([]error, s.Callers)
	var callers sync.WaitGroup
	for i := range errs {
		callers.Go(func() {
			call := p.Caller()
			for n := i * calls / s.Callers; n < (i+1)*calls/s.Callers && errs[i] == nil; n++ {
				errs[i] = call(ctx, n*s.Batch)
			}
		})
	}
	callers.Wait()
	if err := p.Settle(ctx); err != nil {
		return 0, err
	}
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return calls * s.Batch, nil
}
