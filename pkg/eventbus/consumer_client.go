package eventbus

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/refusal"
)

// clientConfig is librdkafka's configuration: the settings behind the
// guarantees, and the user's own, which were checked not to undo them.
func (c ConsumerConfig) clientConfig(s security) *kafka.ConfigMap {
	m := kafka.ConfigMap{
		"group.id":                           c.Group,
		"client.id":                          c.Group,
		"enable.auto.commit":                 true, // of what we store, and only that
		"enable.auto.offset.store":           false,
		"auto.commit.interval.ms":            1000,
		"auto.offset.reset":                  "earliest",
		"isolation.level":                    "read_committed",
		"enable.partition.eof":               true,
		"check.crcs":                         true,
		"allow.auto.create.topics":           false,
		"fetch.queue.backoff.ms":             5,  // the default of 1 s cuts throughput to a third
		"fetch.wait.max.ms":                  50, // bounds what a Close waits for
		"queued.max.messages.kbytes":         16384,
		"topic.metadata.refresh.interval.ms": int(metadataRefresh.Milliseconds()),
		"enable.metrics.push":                false,
		"go.logs.channel.enable":             true,
	}
	if !strings.EqualFold(c.Config["group.protocol"], "consumer") {
		m["partition.assignment.strategy"] = "cooperative-sticky"
	}
	s.apply(m)
	applyConfig(m, c.Config)
	return &m
}

// probe asks the cluster whether the topics are there and may be used, and
// lists the problems.
func (c *Consumer) probe() []error {
	client, err := kafka.NewConsumer(c.cfg.clientConfig(c.security))
	if err != nil {
		return []error{configProblem("Config", "start the Kafka client: %w", err)}
	}
	logs := make(chan struct{})
	go func() {
		defer close(logs)
		forwardLogs(client.Logs(), c.logger)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.ConnectTimeout)
	defer cancel()
	problems := c.probeWith(ctx, client)
	closed, late := context.WithTimeout(context.Background(), c.cfg.CloseTimeout)
	defer late()
	if _, closeErr := watched(closed, func() (struct{}, error) {
		err := client.Close()
		<-logs
		return struct{}{}, err
	}); closeErr != nil && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("%w: %w", ErrCloseTimeout, closeErr))
	}
	return problems
}

func (c *Consumer) probeWith(ctx context.Context, client *kafka.Consumer) []error {
	if err := c.firstToken(ctx, client); err != nil {
		return []error{err}
	}
	var causes refusal.Causes
	if err := probeBrokers(ctx, client, c.security, &causes, func() { noteErrors(client, &causes) }); err != nil {
		return []error{err}
	}
	admin, err := kafka.NewAdminClientFromConsumer(client)
	if err != nil {
		return []error{fmt.Errorf("ask about topics: %w", err)}
	}
	read, write := c.routes.topicNames()
	found, err := probeTopics(ctx, admin, append(slices.Clone(read), write...))
	if err != nil {
		return []error{err}
	}
	var problems []error
	need := func(names []string, op kafka.ACLOperation) {
		for _, name := range names {
			if err := found[name].problem(c.security, name, op); err != nil {
				problems = append(problems, configProblem("Handlers", "%w", err))
			}
		}
	}
	need(read, kafka.ACLOperationRead)
	need(write, kafka.ACLOperationWrite)
	moment, cancel := context.WithTimeout(ctx, groupProbe)
	defer cancel()
	if err := probeGroup(moment, admin, c.security, c.cfg.Group); err != nil {
		problems = append(problems, configProblem("Group", "%w", err))
	}
	if len(problems) > 0 {
		return problems
	}
	c.partitions = map[string]int{}
	for _, name := range write {
		c.partitions[name] = found[name].Partitions
	}
	if len(write) == 0 {
		return nil
	}
	limits, err := probeMaxBytes(ctx, admin, write)
	if err == nil {
		err = c.compareSizes(ctx, admin, limits)
	}
	if err != nil {
		// The right to read configurations is often not granted.
		c.logger.Warn("the dead-letter topics' size limits are not known: one that is below its source topic's shows when a large record fails", "error", err)
	}
	c.batchBytes = batchBytes(smallest(limits))
	return nil
}

// firstToken gives the client a token, for which it has no other time: while it
// waits for an answer nobody may call it.
func (c *Consumer) firstToken(ctx context.Context, client *kafka.Consumer) error {
	if c.security.tokens == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var since time.Time // of failures
	given := false
	c.security.tokens.serve(ctx, func(t Token, err error) {
		if err = giveToken(client, t, err); err == nil {
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
	return tokenless(c.security, cmp.Or(c.security.tokens.failure(true), ctx.Err()))
}

// noteErrors takes the errors that the client has told.
func noteErrors(client *kafka.Consumer, causes *refusal.Causes) {
	for ev := client.Poll(0); ev != nil; ev = client.Poll(0) {
		if err, ok := ev.(kafka.Error); ok {
			causes.Note(err)
		}
	}
}

// topicNames lists what is read and what is written.
func (r *routes) topicNames() (read, write []string) {
	dead := map[string]bool{}
	for name, s := range r.sources {
		read = append(read, name)
		if s.deadLetter != "" {
			dead[s.deadLetter] = true
		}
	}
	slices.Sort(read)
	return read, slices.Sorted(maps.Keys(dead))
}
