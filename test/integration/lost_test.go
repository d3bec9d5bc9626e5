package integration_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// forgetMember answers heartbeats as a coordinator does that has given the member's
// partitions to others.
func forgetMember(b *faulty, forget func() bool) {
	b.fake.Cluster().ControlKey(int16(kmsg.Heartbeat), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.fake.Cluster().KeepControl()
		if !forget() {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.HeartbeatResponse)
		resp.ErrorCode = kerr.UnknownMemberID.Code
		return resp, nil, true
	})
}

// Partitions that are lost may be another member's already: nobody waits for what
// has started, its ctx ends, and nothing is stored.
func TestC10_LostPartitionsAreLetGoAtOnce(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var forgotten, lost atomic.Bool
	forgetMember(b, func() bool { return forgotten.Load() && !lost.Load() })
	recs := []*kgo.Record{raw(t, 0, 1, "running")}
	for i := range 5000 { // so that something is settled and not yet stored, whenever the partitions are lost
		recs = append(recs, raw(t, 1, 2+i%4, "slowly settled"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	type ending struct {
		cause error
		after time.Duration
	}
	endings := make(chan ending, 10)
	var calls atomic.Int32
	running := make(chan struct{})
	var lostAt atomic.Int64
	var log logBook
	r := consume(t, b, eventbus.ConsumerConfig{
		Logger: log.logger(),
		// Nothing is committed by itself within the test.
		Config: map[string]string{"auto.commit.interval.ms": "30000"},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if e.GetTitle() == "slowly settled" {
				if !lost.Load() {
					time.Sleep(5 * time.Millisecond) //nolint:forbidigo // a slow handler
				}
				return nil
			}
			if calls.Add(1) > 1 {
				return nil
			}
			close(running)
			<-ctx.Done()
			endings <- ending{context.Cause(ctx), time.Duration(time.Now().UnixNano() - lostAt.Load())}
			return ctx.Err()
		})},
	})
	<-running
	eventually(t, "some are settled", func() bool { return r.Stats().Handled >= 50 })
	lostAt.Store(time.Now().UnixNano())
	forgotten.Store(true)
	end := <-endings
	lost.Store(true)
	if !errors.Is(end.cause, eventbus.ErrPartitionLost) {
		t.Errorf("the handler's ctx ended because of %v, want ErrPartitionLost", end.cause)
	}
	// A drain would have waited for as long as 20 s.
	if end.after > 15*time.Second {
		t.Errorf("the handler's ctx ended %s after the partitions were lost", end.after)
	}
	eventually(t, "what was running is delivered again", func() bool { return calls.Load() > 1 })
	// The client would take the offsets, and throw them away when it joins again.
	if got := r.Stats().StoreErrors; got != 0 || !strings.Contains(log.text(), "partitions revoked") || strings.Contains(log.text(), "lost=false") {
		t.Errorf("offsets of lost partitions were offered to the client, of which it refused %d: %s", got, log.text())
	}
}
