package integration_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// A member that the group puts out while it gives partitions back has lost them: its
// handlers' contexts end at once, and nothing is stored. (It was not noticed before
// the drain was over, for up to 20 s with two owners.)
func TestC10_MembershipThatIsLostDuringADrainIsNoticed(t *testing.T) {
	t.Parallel()
	for _, strategy := range []string{"range", "cooperative-sticky"} {
		for _, code := range []*kerr.Error{kerr.UnknownMemberID, kerr.IllegalGeneration, kerr.FencedInstanceID, kerr.StaleMemberEpoch} {
			t.Run(fmt.Sprint(strategy, " ", code.Message), func(t *testing.T) {
				t.Parallel()
				b := startFaulty(t)
				var out atomic.Bool
				answerCommits(b, code.Code, out.Load)
				c := client(t, b.Brokers())
				for p := range int32(3) {
					produce(t, c, raw(t, p, int(p), "waits"))
				}
				running, ended, free := make(chan struct{}, 99), make(chan error, 99), make(chan struct{})
				waiting := eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
					running <- struct{}{}
					select {
					case <-ctx.Done():
						ended <- context.Cause(ctx)
					case <-free:
					}
					return ctx.Err()
				})
				cfg := func(h eventbus.Handler) eventbus.ConsumerConfig {
					return eventbus.ConsumerConfig{Config: map[string]string{"partition.assignment.strategy": strategy}, Handlers: []eventbus.Handler{h}}
				}
				r := consume(t, b, cfg(waiting))
				for range 3 {
					<-running
				}
				out.Store(true)
				var j journal
				began := time.Now()
				consume(t, b, cfg(j.handler()))
				cause := <-ended
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("it was noticed after %s", took)
				}
				if !errors.Is(cause, eventbus.ErrPartitionLost) {
					t.Errorf("the handler's context ended with %v", cause)
				}
				out.Store(false)
				close(free)
				// FENCED_INSTANCE_ID is fatal for the client, whose end may take long then.
				if err := r.end(); err != nil && code != kerr.FencedInstanceID {
					t.Errorf("Run: %v", err)
				}
			})
		}
	}
}
