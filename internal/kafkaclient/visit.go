package kafkaclient

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/diagnose"
	"github.com/eventcontracts/eventcontracts/internal/token"
)

// Visit connects with a member's properties, without joining the group, and asks
// the cluster by an admin client. It leaves no connection behind. What it returns
// are the problems: those that ask finds, or why there was no answer until ctx,
// which needs a deadline, ended.
func (c ConsumerConfig) Visit(ctx context.Context, logger *slog.Logger, closeTimeout time.Duration, ask func(context.Context, *kafka.AdminClient) []error) []error {
	client, err := kafka.NewConsumer(c.Properties())
	if err != nil {
		return []error{config.Problemf("Config", "start the Kafka client: %w", err)}
	}
	logs := make(chan struct{})
	go func() {
		defer close(logs)
		ForwardLogs(client.Logs(), logger)
	}()
	problems := c.visit(ctx, client, ask)
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if _, err := Watch(closing, func() (struct{}, error) {
		err := client.Close()
		<-logs
		return struct{}{}, err
	}); err != nil && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("%w: %w", ErrCloseTimeout, err))
	}
	return problems
}

func (c ConsumerConfig) visit(ctx context.Context, client *kafka.Consumer, ask func(context.Context, *kafka.AdminClient) []error) []error {
	if err := c.Cluster.firstToken(ctx, client); err != nil {
		return []error{err}
	}
	var causes diagnose.Causes
	if err := c.Cluster.Reach(ctx, client, &causes, func() { takeErrors(client, &causes) }); err != nil {
		return []error{err}
	}
	admin, err := kafka.NewAdminClientFromConsumer(client)
	if err != nil {
		return []error{fmt.Errorf("ask about topics: %w", err)}
	}
	return ask(ctx, admin)
}

// firstToken gives the client a token, for which it has no other time: while it
// waits for an answer nobody may call it.
func (c *Cluster) firstToken(ctx context.Context, client *kafka.Consumer) error {
	if c.tokens == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var since time.Time // of failures
	given := false
	c.tokens.Serve(ctx, func(t kafka.OAuthBearerToken, err error) {
		if err = token.Give(client, t, err); err == nil {
			given = true
		} else if since.IsZero() {
			since = time.Now()
		}
		if given || time.Since(since) >= decidedAfter {
			cancel()
		}
	})
	if given {
		return nil
	}
	return c.withoutToken(cmp.Or(c.tokens.Failure(true), ctx.Err()))
}

// takeErrors keeps the errors that the client has told.
func takeErrors(client *kafka.Consumer, causes *diagnose.Causes) {
	for ev := client.Poll(0); ev != nil; ev = client.Poll(0) {
		if err, ok := ev.(kafka.Error); ok {
			causes.Note(err)
		}
	}
}
