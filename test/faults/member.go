package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

const (
	// session is after what time the group gives up a member that it does not hear of. The
	// embedded broker gives up one that waits for others to join, too, and never answers
	// it, so that a rebalance may not take longer than a session.
	session = 6 * time.Second

	// stopTimeout is what a member may take to end; the account adds what the guarantee
	// grants (250 ms), and a second for its process.
	stopTimeout = 10 * time.Second
	stopLimit   = stopTimeout + 250*time.Millisecond + time.Second

	// maxPoll is also the group's rebalance timeout, and a third of it is what a member
	// waits for handlers when its partitions are taken back.
	maxPoll      = session
	drainTimeout = maxPoll / 3
)

// consume is a member of the group until ctx ends.
func (r role) consume(ctx context.Context, j *journal) error {
	// The embedded broker waits for a member that was killed while the group rebalances
	// for the rebalance timeout, 5 min by default, and answers no commit meanwhile.
	config := map[string]string{"auto.commit.interval.ms": "500", "max.poll.interval.ms": strconv.FormatInt(maxPoll.Milliseconds(), 10)}
	if r.Protocol == "consumer" { // the broker decides about sessions
		config["group.protocol"] = r.Protocol
	} else {
		config["partition.assignment.strategy"] = r.Protocol
		config["session.timeout.ms"], config["heartbeat.interval.ms"] = strconv.FormatInt(session.Milliseconds(), 10), "300"
	}
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: r.Brokers}, Group: group, Config: config,
		ShutdownTimeout: stopTimeout,
		MaxInFlight:     512, // a quarter of it for each partition: what waits for room is a way of its own
		Retry:           eventbus.RetryPolicy{InitialDelay: 20 * time.Millisecond, MaxDelay: 200 * time.Millisecond, MaxAttempts: maxAttempts},
		Handlers:        []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error { return attempt(ctx, j, r.Stubborn) })},
		Logger:          logger(os.Stderr, j),
	})
	if err != nil {
		return err
	}
	fmt.Println(ready)
	err = c.Run(ctx)
	left := account.Entry{Kind: account.Left}
	if err != nil {
		left.Text = err.Error()
	}
	j.write(left)
	for _, promised := range []error{eventbus.ErrCommit, eventbus.ErrDrainTimeout, eventbus.ErrCloseTimeout} {
		if errors.Is(err, promised) {
			return nil // what follows from it is in the journals
		}
	}
	return err
}

// attempt does with an event what follows from its id, between two lines of the
// journal.
func attempt(ctx context.Context, j *journal, stubborn int) error {
	d, _ := eventbus.DeliveryFrom(ctx)
	md, _ := event.MetadataFrom(ctx)
	e := account.Entry{
		Kind: account.Started, Position: position(d.Topic, d.Partition, d.Offset),
		Attempt: d.Attempt, Redriven: d.Redriven, Type: md.Type, EventID: md.ID,
	}
	end := func(kind account.Kind, err error) error {
		e.Kind = kind
		j.write(e)
		return err
	}
	j.write(e)
	p := planOf(md.ID, stubborn)
	switch {
	case p.stubborn:
		time.Sleep(p.takes)
	case p.takes > 0:
		select {
		case <-time.After(p.takes):
		case <-ctx.Done():
			return end(account.Abandoned, ctx.Err())
		}
	}
	switch {
	case d.Attempt <= p.failures:
		return end(account.Failed, errors.New("not now"))
	case p.fate == account.Failed:
		return end(account.Failed, eventbus.Permanent(errors.New("never")))
	case p.fate == account.Skipped:
		return end(account.Skipped, eventbus.Skip("of no interest"))
	}
	return end(account.Handled, nil)
}
