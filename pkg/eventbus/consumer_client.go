package eventbus

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// clientConfig is librdkafka's configuration: the settings behind the
// guarantees, and the user's own, which were checked not to undo them.
func (c ConsumerConfig) clientConfig() *kafka.ConfigMap {
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
	c.security().apply(m)
	applyConfig(m, c.Config)
	return &m
}

// probe asks the cluster whether the topics are there and may be used, and
// lists the problems.
func (c *Consumer) probe() []error {
	client, err := kafka.NewConsumer(c.cfg.clientConfig())
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
	if err := probeBrokers(ctx, client, c.cfg.Brokers, func() *kafka.Error { return lastError(client) }); err != nil {
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
			switch t := found[name]; {
			case t.Err != nil:
				problems = append(problems, configProblem("Handlers", "%w", t.Err))
			case !t.allows(op):
				problems = append(problems, configProblem("Handlers", "topic %q: no right to %s: grant %s on it to this service's principal",
					name, strings.ToLower(op.String()), strings.ToUpper(op.String())))
			}
		}
	}
	need(read, kafka.ACLOperationRead)
	need(write, kafka.ACLOperationWrite)
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

// lastError is the last error that the client has told.
func lastError(client *kafka.Consumer) *kafka.Error {
	var last *kafka.Error
	for ev := client.Poll(0); ev != nil; ev = client.Poll(0) {
		if err, ok := ev.(kafka.Error); ok && (last == nil || err.Code() != kafka.ErrAllBrokersDown) {
			last = &err
		}
	}
	return last
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
