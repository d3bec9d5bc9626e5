package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/eventcontracts/eventcontracts/examples/internal/process"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// A process that is stopped under load by SIGTERM has handled every event once
// when another one has taken over. What was handled is read from the log of the
// notifications: each names the event that caused it.
func TestAStopUnderLoadRepeatsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := newCluster(ctx, t)
	published := load(ctx, t, c)
	for range 3 {
		before := c.held("notifications")
		c.wait("a backlog", func() bool { return c.held("todos") > before+1000 })
		p := start(ctx, t, c)
		c.wait("notifications", func() bool { return c.held("notifications") > before+300 })
		if err := p.Terminate(); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(ctx); err != nil { // its exit code is 0: it has settled all that it began
			t.Fatal(err)
		}
		done, of := c.held("notifications"), c.held("todos")
		if done >= of {
			t.Errorf("%d of %d events were handled: that was no load", done, of)
		}
		t.Logf("stopped after %d of %d events", done, of)
	}
	ids := published()
	p := start(ctx, t, c)
	c.wait("all to be handled", func() bool { return c.settled("notifier", "todos") })
	if err := p.Terminate(); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(ctx); err != nil {
		t.Fatal(err)
	}

	times := map[string]int{}
	for _, rec := range c.records("notifications") {
		md, _, err := event.Decode(event.Record{Topic: rec.Topic, Key: rec.Key, Value: rec.Value})
		if err != nil {
			t.Fatal(err)
		}
		times[md.CausationID]++
	}
	missing, repeated := 0, 0
	for _, id := range ids {
		switch times[id] {
		case 0:
			missing++
		case 1:
		default:
			repeated++
		}
	}
	if missing != 0 || repeated != 0 || len(times) != len(ids) {
		t.Errorf("of %d events %d were not handled and %d more than once; %d causes", len(ids), missing, repeated, len(times))
	}
	if n := c.held(event.DeadLetterTopic("todos", "notifier")); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// start starts the service in a process of its own.
func start(ctx context.Context, t *testing.T, c *cluster) *process.Process {
	t.Helper()
	p, err := process.Start(ctx, "notifier", exec.Command(os.Args[0]), asService+"=yes", "KAFKA_BROKERS="+strings.Join(c.brokers, ","))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// load publishes an event each millisecond. The function that it returns ends that,
// and tells their ids.
func load(ctx context.Context, t *testing.T, c *cluster) func() []string {
	t.Helper()
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: c.brokers}, Source: "a-test"})
	if err != nil {
		t.Fatal(err)
	}
	var (
		ids     []string
		failure error
		ended   sync.WaitGroup
	)
	publishing, enough := context.WithCancel(ctx)
	ended.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for publishing.Err() == nil && failure == nil {
			var r eventbus.Receipt
			r, failure = p.Publish(ctx, &todov2.TodoCreated{TodoId: uuid.NewString(), UserId: uuid.NewString(), Title: "Buy milk"})
			ids = append(ids, r.EventID)
			<-tick.C
		}
	})
	end := func() []string {
		enough()
		ended.Wait()
		return ids
	}
	t.Cleanup(func() {
		end()
		if err := p.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
	return func() []string {
		ids := end()
		if failure != nil {
			t.Fatal(failure)
		}
		return ids
	}
}
