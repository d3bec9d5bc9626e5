package eventbus

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// A record that was given its turn may be dropped by the scheduler before it runs, when its
// partition is taken back: its turn was lost with it.
func TestATurnThatIsNotUsedGoesToTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		var running delivery
		if !turns.take(&running) {
			t.Fatal("no turn is free")
		}
		resumed := make([]bool, 3)
		ctx := make([]context.CancelFunc, 3)
		waiting := make([]delivery, 3)
		for i := range waiting {
			ended, cancel := context.WithCancel(t.Context())
			ctx[i] = cancel
			one := &ticket{finish: func(flow.Outcome) { resumed[i] = true }}
			waiting[i].turn = one
			turns.enter(one)
			one.watch(ended, nil)
		}
		ctx[0]() // it gives up
		synctest.Wait()
		turns.leave()
		if !resumed[0] || !resumed[1] || resumed[2] {
			t.Fatalf("resumed %v, want the one that gave up and the next", resumed)
		}
		ctx[1]() // dropped before it ran
		synctest.Wait()
		if !resumed[2] || !turns.take(&waiting[2]) {
			t.Error("the turn that was not used was lost")
		}
		if turns.take(&waiting[1]) {
			t.Error("a turn was used that had gone to another")
		}
		turns.leave()
		if turns.free != 1 {
			t.Errorf("%d turns are free, want 1", turns.free)
		}
		ctx[2]()
	})
}

// A right that a record has and does not need goes to the next at once.
func TestADeclinedTurnGoesToTheNext(t *testing.T) {
	t.Parallel()
	turns := newTurns(1)
	one := &ticket{finish: func(flow.Outcome) {}}
	turns.enter(one)
	d := delivery{turn: one}
	if turns.free != 0 {
		t.Fatal("its turn was not taken")
	}
	d.decline()
	if d.turn != nil || turns.free != 1 {
		t.Errorf("%d turns are free, want 1", turns.free)
	}
}
