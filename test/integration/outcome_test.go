package integration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// A middleware sees attempts alone: what could not be read, was skipped or died was to
// be found in the log only.
func TestOnOutcomeSeesWhatMiddlewareCannot(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	headers := []event.Header{{Key: "tenant", Value: []byte("x")}}
	var recs []event.Record
	for i, title := range []string{"handled", "retry", "permanent", "skip", "panic in OnOutcome"} {
		rec := encode(t, created(i, title))
		rec.Headers = headers
		recs = append(recs, rec)
	}
	other := encode(t, &todov1.TodoDeleted{TodoId: todoID(5), UserId: todoID(9), DeletedAt: timestamppb.Now()})
	undecodable := event.Record{Topic: "todos", Key: []byte(todoID(6)), Value: []byte("not JSON"), Headers: headers}
	tombstone := event.Record{Topic: "todos", Key: []byte(todoID(7))}
	next := encode(t, created(8, "newer"))
	next.Value = []byte(strings.Replace(string(next.Value), `"event_version":"1.0"`, `"event_version":"3.0"`, 1))
	b.Write(append(recs, other, undecodable, tombstone, next)...)

	var mu sync.Mutex
	var got []string
	seen := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(slices.Values(got))
	}
	r := consume(t, b, eventbus.ConsumerConfig{
		Retry: eventbus.RetryPolicy{InitialDelay: time.Millisecond, Jitter: -1},
		OnOutcome: func(o eventbus.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			d := o.Delivery
			got = append(got, fmt.Sprintf("%s %s %s attempt %d reason %q wait %s error %t", o.Kind, d.Key[len(d.Key)-1:], o.Metadata.Type, d.Attempt, o.Reason, o.Wait, o.Error != ""))
			if d.Topic != "todos" || d.Timestamp.IsZero() || d.Redriven || d.Key < todoID(5) && len(d.Headers) != 1 {
				t.Errorf("delivery %+v", d)
			}
			if d.Key == todoID(4) {
				panic("in OnOutcome")
			}
		},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			d, _ := eventbus.DeliveryFrom(ctx)
			switch {
			case e.GetTitle() == "retry" && d.Attempt < 3:
				return errors.New("again")
			case e.GetTitle() == "permanent", e.GetTitle() == "panic in OnOutcome":
				return eventbus.Permanent(errors.New("never"))
			case e.GetTitle() == "skip":
				return eventbus.Skip("not mine")
			}
			return nil
		})},
	})
	want := []string{
		`dead_letter 2 TodoCreated attempt 1 reason "permanent" wait 0s error true`,
		`dead_letter 4 TodoCreated attempt 1 reason "permanent" wait 0s error true`,
		`dead_letter 6  attempt 0 reason "not_an_event" wait 0s error true`,
		`held 8 TodoCreated attempt 0 reason "" wait 0s error true`,
		`retry 1 TodoCreated attempt 1 reason "" wait 1ms error true`,
		`retry 1 TodoCreated attempt 2 reason "" wait 2ms error true`,
		`skipped 3 TodoCreated attempt 1 reason "" wait 0s error true`,
		`skipped 5 TodoDeleted attempt 0 reason "" wait 0s error true`,
		`skipped 7  attempt 0 reason "" wait 0s error true`,
	}
	eventually(t, "all outcomes are told", func() bool { return len(seen()) >= len(want) })
	eventually(t, "all but the held one are settled", func() bool {
		s := r.Stats()
		return s.Handled+s.Skipped+s.Dead[event.ReasonPermanent]+s.Dead[event.ReasonNotAnEvent] == 8
	})
	if diff := cmp.Diff(want, seen()); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if age := r.Stats().PollAge; age > 10*time.Second {
		t.Errorf("a consumer that runs was last polled %s ago", age)
	}
	if letters := b.WaitDeadLetters("todos", group, 3); len(letters) != 3 {
		t.Errorf("%d dead letters", len(letters))
	}
}

// A consumer of dead letters waited as the consumer's policy says, whatever its handler's
// was.
func TestD8_AHandlersPolicyHoldsForDeadLettersToo(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	rec := encode(t, created(1, "refused"))
	rec.Topic = dlq
	b.Write(rec)
	waits := make(chan time.Duration, 1000)
	consume(t, b, eventbus.ConsumerConfig{
		Group: "repair", DeadLettersOf: group,
		Retry: eventbus.RetryPolicy{InitialDelay: time.Hour, MaxDelay: time.Hour, Jitter: -1},
		OnOutcome: func(o eventbus.Outcome) {
			if o.Kind != eventbus.OutcomeRetry {
				t.Errorf("outcome %+v", o)
			}
			waits <- o.Wait
		},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			if d, _ := eventbus.DeliveryFrom(ctx); d.Attempt < 4 {
				return eventbus.Permanent(errors.New("no"))
			}
			return nil
		}, eventbus.WithRetry(eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}))},
	})
	b.WaitCommitted("repair", dlq)
	for _, want := range []time.Duration{time.Millisecond, 2 * time.Millisecond, 2 * time.Millisecond} {
		if got := <-waits; got != want {
			t.Errorf("a wait of %s, want %s", got, want)
		}
	}
}
