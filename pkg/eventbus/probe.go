package eventbus

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

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
	var missing []string // topics that follow from the group
	need := func(names []string, op kafka.ACLOperation) {
		for _, name := range names {
			if s := c.routes.sources[name]; found[name].Missing && (s == nil || s.redrive || c.cfg.DeadLettersOf != "") {
				missing = append(missing, name)
				continue
			}
			if err := found[name].Problem(c.client.Cluster, name, op); err != nil {
				problems = append(problems, config.Problemf("Handlers", "%w", err))
			}
		}
	}
	need(read, kafka.ACLOperationRead)
	need(write, kafka.ACLOperationWrite)
	if len(missing) > 0 {
		problems = append(problems, config.Problemf("Handlers", "%w", c.missingOfGroup(missing)))
	}
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

// missingOfGroup says what to do about dead-letter and redrive topics that do not exist.
// eventctl topics apply creates those of the groups of services.yaml: without the group's
// entry it has to be told what the group handles.
func (c *Consumer) missingOfGroup(topics []string) error {
	slices.Sort(topics)
	types, majors := map[string]bool{}, map[int]bool{}
	for _, h := range c.cfg.Handlers {
		if k, err := c.cfg.Registry.ContractOf(h.target); err == nil { // routes have seen it
			types[k.Type], majors[k.Major] = true, true
		}
	}
	group := cmp.Or(c.cfg.DeadLettersOf, c.cfg.Group)
	for i, t := range topics {
		topics[i] = strconv.Quote(t)
	}
	what := "topic %s of group %q does not exist"
	if len(topics) > 1 {
		what = "topics %s of group %q do not exist"
	}
	return fmt.Errorf(what+": list the group below its service in services.yaml, such as "+
		"\"groups: [{name: %s, handles: %s, deploys: %s}]\", and run eventctl topics apply; or run eventctl topics apply --group %s --events %s",
		strings.Join(topics, ", "), group, group, flowList(types), flowList(majors), group, strings.Join(slices.Sorted(maps.Keys(types)), ","))
}

// flowList is a set as YAML, sorted.
func flowList[E cmp.Ordered](set map[E]bool) string {
	var out []string
	for _, e := range slices.Sorted(maps.Keys(set)) {
		out = append(out, fmt.Sprint(e))
	}
	return "[" + strings.Join(out, ", ") + "]"
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
