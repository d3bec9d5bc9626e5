package kafkaclient

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A waiter must rest until something is given back. (One that woke itself, by
// taking and giving back what did not fit, kept a processor busy: the bubble
// then never comes to rest.)
func TestP4_WaitingForRoomRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(10, 1000)
		if !b.try(10, 10) {
			t.Fatal("no room in an empty budget")
		}
		got := make([]bool, 4)
		var wg sync.WaitGroup
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for i := range got {
			wg.Go(func() { got[i] = b.take(ctx, nil, 3, 3) })
		}
		synctest.Wait()
		if n := b.records.Load(); n != 10 {
			t.Errorf("%d records are outstanding while all wait, want 10", n)
		}
		b.give(6, 6) // room for two of the four
		synctest.Wait()
		if n := b.records.Load(); n != 10 {
			t.Errorf("%d records are outstanding after two could go on, want 10", n)
		}
		time.Sleep(2 * time.Hour) //nolint:forbidigo // of the bubble: the others' context ends
		wg.Wait()
		taken := 0
		for _, ok := range got {
			if ok {
				taken++
			}
		}
		if taken != 2 {
			t.Errorf("%d waiters got room, want 2", taken)
		}
	})
}

func TestBudget_WhatIsLargerThanItPassesAlone(t *testing.T) {
	t.Parallel()
	b := newBudget(10, 100)
	if !b.try(1, 500) || b.try(1, 1) {
		t.Error("500 of 100 bytes must pass, and nothing beside them")
	}
	b.give(1, 500)
	if !b.try(1, 1) || b.try(1, 500) {
		t.Error("500 of 100 bytes must not pass beside others")
	}
}

func TestBudget_HoldLetsNobodyTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(10, 100)
		b.hold(1)
		took := make(chan bool, 1)
		go func() { took <- b.take(t.Context(), nil, 1, 1) }()
		synctest.Wait()
		if n := b.records.Load(); n != 0 {
			t.Errorf("%d records were taken while it was held", n)
		}
		b.hold(-1)
		if !<-took {
			t.Error("nothing could be taken after the hold")
		}
	})
}

func TestBudget_StopEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(1, 1)
		b.add(5, 5)
		stop, took := make(chan struct{}), make(chan bool, 1)
		go func() { took <- b.take(t.Context(), stop, 1, 1) }()
		synctest.Wait()
		close(stop)
		if <-took {
			t.Error("room was taken that is not there")
		}
	})
}

// Takers and givers race: no wake is lost, the limit holds, nothing is left.
func TestBudget_NoWakeIsLost(t *testing.T) {
	t.Parallel()
	const most = 8
	b := newBudget(most, 1<<30)
	inside, over := make(chan struct{}, most), make(chan struct{}, 1)
	var wg sync.WaitGroup
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 16 {
		wg.Go(func() {
			for range 500 {
				n := 1 + rand.Int64N(4)
				if !b.take(ctx, nil, n, n) {
					t.Error("gave up waiting")
					return
				}
				for range n {
					select {
					case inside <- struct{}{}:
					default:
						select {
						case over <- struct{}{}:
						default:
						}
					}
				}
				for range n {
					select {
					case <-inside:
					default:
					}
				}
				b.give(n, n)
			}
		})
	}
	if !b.idle(ctx.Done(), nil) {
		t.Error("it was never idle")
	}
	wg.Wait()
	select {
	case <-over:
		t.Errorf("more than %d records were outstanding", most)
	default:
	}
	if r, by := b.records.Load(), b.bytes.Load(); r != 0 || by != 0 {
		t.Errorf("%d records, %d bytes are left", r, by)
	}
}

// A record of 15 MB beside small ones found no room for 15 s, while 667 of those
// passed it.
func TestP4_WhoComesFirstIsServedFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(100, 100)
		stop := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		var passed atomic.Int64 // small ones, since the large one has come
		var callers sync.WaitGroup
		for i := range 5 {
			callers.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond) //nolint:forbidigo // the bubble's clock
				for ctx.Err() == nil && b.take(ctx, stop, 1, 20) {
					passed.Add(1)
					time.Sleep(5 * time.Millisecond) //nolint:forbidigo // the bubble's clock
					b.give(1, 20)
				}
			})
		}
		time.Sleep(100 * time.Millisecond) //nolint:forbidigo // the bubble's clock
		passed.Store(0)
		late, done := context.WithTimeout(ctx, time.Minute)
		defer done()
		if !b.take(late, stop, 1, 100) {
			t.Error("the large one found no room in a minute")
		}
		if n := passed.Load(); n > 5 {
			t.Errorf("%d small ones passed the large one", n)
		}
		b.give(1, 100)
		cancel()
		callers.Wait()
	})
}
