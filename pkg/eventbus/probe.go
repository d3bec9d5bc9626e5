package eventbus

import (
	"context"
	"maps"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// probe asks the cluster whether the topics are there and may be used, and
// lists the problems.
func (c *Consumer) probe() []error {
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.ConnectTimeout)
	defer cancel()
	return c.client.Visit(ctx, c.logger, c.cfg.CloseTimeout, c.probeTopics)
}

func (c *Consumer) probeTopics(ctx context.Context, admin *kafka.AdminClient) []error {
	read, write := c.routes.topicNames()
	found, err := kafkaclient.Topics(ctx, admin, append(slices.Clone(read), write...))
	if err != nil {
		return []error{err}
	}
	var problems []error
	need := func(names []string, op kafka.ACLOperation) {
		for _, name := range names {
			if err := found[name].Problem(c.client.Cluster, name, op); err != nil {
				problems = append(problems, config.Problemf("Handlers", "%w", err))
			}
		}
	}
	need(read, kafka.ACLOperationRead)
	need(write, kafka.ACLOperationWrite)
	if err := c.client.Cluster.GroupProblem(ctx, admin, c.cfg.Group); err != nil {
		problems = append(problems, config.Problemf("Group", "%w", err))
	}
	if len(problems) > 0 || len(write) == 0 {
		return problems
	}
	c.partitions = map[string]int{}
	for _, name := range write {
		c.partitions[name] = found[name].Partitions
	}
	limits, err := kafkaclient.MaxMessageBytes(ctx, admin, write)
	if err == nil {
		err = c.compareSizes(ctx, admin, limits)
	}
	if err != nil {
		// The right to read configurations is often not granted.
		c.logger.Warn("the dead-letter topics' size limits are not known: one that is below its source topic's shows when a large record fails", "error", err)
	}
	c.batchBytes = kafkaclient.BatchBytes(smallest(limits))
	return nil
}

// topicNames lists what is read and what is written.
func (r *routes) topicNames() (read, write []string) {
	deadLetters := map[string]bool{}
	for name, s := range r.sources {
		read = append(read, name)
		if s.deadLetter != "" {
			deadLetters[s.deadLetter] = true
		}
	}
	slices.Sort(read)
	return read, slices.Sorted(maps.Keys(deadLetters))
}
