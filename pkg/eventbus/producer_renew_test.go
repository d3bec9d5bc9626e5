package eventbus_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// A client that has failed for good is replaced: what it had outstanding is
// indeterminate, and the next publishes are written. (They failed for ever.)
func TestP10_AClientThatFailedForGoodIsReplaced(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	ctx := producerCtx(t, time.Minute)
	// A broker that has lost the producer's state: the client cannot go on.
	producerScript(b, answered(kerr.OutOfOrderSequenceNumber))
	_, err := p.Publish(ctx, producerTodo(1))
	producerWant(t, err, eventbus.ErrIndeterminate)
	if p.Stats().FatalError == nil {
		t.Error("the counters do not tell the cause")
	}
	var publishing sync.WaitGroup
	for i := range 50 {
		publishing.Go(func() {
			if _, err := p.Publish(ctx, producerTodo(10+i)); err != nil {
				t.Errorf("event %d: %v", i, err)
			}
		})
	}
	publishing.Wait()
	if s := p.Stats(); s.FatalError != nil || s.Outstanding != 0 || s.Acknowledged != 50 {
		t.Errorf("the counters: %+v", s)
	}
	if got := len(producerIDs(t, b, "todos")); got != 50 {
		t.Errorf("%d events are in the log", got)
	}
}

// A client that fails again soon is replaced later. Publishes wait until their
// contexts end, and were not sent then.
func TestP10_PublishesWaitForTheNextClient(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	lost := answered(kerr.OutOfOrderSequenceNumber)
	producerScript(b, lost, lost, lost)
	ctx := producerCtx(t, time.Minute)
	for range 2 {
		_, err := p.Publish(ctx, producerTodo(1))
		producerWant(t, err, eventbus.ErrIndeterminate)
	}
	producerWaitFor(t, "a publish that has to wait", func() bool {
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		_, err := p.Publish(short, producerTodo(2))
		return errors.Is(err, eventbus.ErrBackpressure)
	})
	for {
		_, err := p.Publish(ctx, producerTodo(3))
		if err == nil {
			break
		}
		producerWant(t, err, eventbus.ErrIndeterminate)
	}
	closing := producerCtx(t, time.Minute)
	if err := p.Close(closing); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// A producer that is closed while its client is being replaced ends in time.
func TestP10_CloseBesideTheReplacement(t *testing.T) {
	t.Parallel()
	for range 20 {
		b, p := producerLinked(t)
		lost := answered(kerr.OutOfOrderSequenceNumber)
		producerScript(b, lost, lost, lost)
		ctx := producerCtx(t, time.Minute)
		_, err := p.Publish(ctx, producerTodo(1))
		producerWant(t, err, eventbus.ErrIndeterminate)
		blocked := make(chan error, 1)
		go func() {
			_, err := p.Publish(ctx, producerTodo(2))
			blocked <- err
		}()
		if err := p.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-blocked; err != nil && !errors.Is(err, eventbus.ErrClosed) && !errors.Is(err, eventbus.ErrIndeterminate) {
			t.Errorf("publish: %v", err)
		}
	}
}

// The epochs of a new topic's leaders begin anew: a client that knows higher ones
// takes no notice of them. (Publishes stayed indeterminate for ever.)
func TestC23_AProducerWritesToATopicThatWasMadeAgain(t *testing.T) {
	t.Parallel()
	todos, _ := event.Linked().Topic("todos")
	plan := topicplan.ForSource(todos)
	topic := broker.Topic{Name: plan.Name, Partitions: plan.Partitions, Config: plan.Config}
	b, err := broker.Start(broker.Config{Brokers: 3, Topics: []broker.Topic{topic}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	for node := range int32(9) { // each move raises the epochs
		for partition := range int32(plan.Partitions) {
			if err := b.Cluster().MoveTopicPartition("todos", partition, (node+partition)%3); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := producerOn(t, b, func(c *eventbus.ProducerConfig) {
		c.Config = map[string]string{"topic.metadata.refresh.interval.ms": "300"}
		c.MessageTimeout = 2 * time.Second
	})
	ctx := producerCtx(t, time.Minute)
	for i := range 20 {
		if _, err := p.Publish(ctx, producerTodo(i)); err != nil {
			t.Fatal(err)
		}
	}
	// Long enough that the topic's id was looked at.
	producerWaitFor(t, "a look at the topic's id", func() bool { return p.Stats().Acknowledged == 20 })
	time.Sleep(700 * time.Millisecond) //nolint:forbidigo // two looks
	if err := b.Cluster().DeleteTopic("todos"); err != nil {
		t.Fatal(err)
	}
	if err := b.CreateTopic(topic); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		producerWaitFor(t, "an event of each key is written", func() bool {
			_, err := p.Publish(ctx, producerTodo(i))
			if err != nil {
				producerWant(t, err, eventbus.ErrIndeterminate)
			}
			return err == nil
		})
	}
}
