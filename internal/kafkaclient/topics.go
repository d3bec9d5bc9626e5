package kafkaclient

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/diagnose"
)

// Topic is what the cluster says about a topic.
type Topic struct {
	Partitions int
	Err        error // it does not exist, or may not be seen
	Missing    bool  // it does not exist

	// Operations that the client may do, if Known: old brokers and some
	// configurations do not tell.
	Operations []kafka.ACLOperation
	Known      bool
}

// allows reports whether the cluster lets the client do op, as far as it tells.
func (t Topic) allows(op kafka.ACLOperation) bool {
	return !t.Known || slices.Contains(t.Operations, op) || slices.Contains(t.Operations, kafka.ACLOperationAll)
}

// Problem is what is wrong with the topic for a client that needs op on it.
func (t Topic) Problem(c *Cluster, name string, op kafka.ACLOperation) error {
	switch {
	case t.Err != nil:
		return c.Identity().Denied(t.Err, op, name, "")
	case !t.allows(op):
		return c.Identity().Missing(diagnose.Right{Operation: op, Resource: diagnose.Topic, Name: name}, nil)
	}
	return nil
}

// Topics asks the cluster about topics. A topic that does not exist is in
// the answer, with an error that says how to create it.
func Topics(ctx context.Context, admin *kafka.AdminClient, topics []string) (map[string]Topic, error) {
	res, err := Watch(ctx, func() (kafka.DescribeTopicsResult, error) {
		return admin.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames(topics),
			kafka.SetAdminOptionIncludeAuthorizedOperations(true))
	})
	if err != nil {
		return nil, fmt.Errorf("ask about topics %s: %w", strings.Join(topics, ", "), err)
	}
	out := make(map[string]Topic, len(topics))
	for _, d := range res.TopicDescriptions {
		t := Topic{Partitions: len(d.Partitions), Operations: d.AuthorizedOperations, Known: len(d.AuthorizedOperations) > 0}
		switch code := d.Error.Code(); {
		case code == kafka.ErrNoError:
		case IsUnknownTopic(code):
			t.Err, t.Missing = MissingTopic(d.Name), true
		case code == kafka.ErrTopicAuthorizationFailed:
			t.Err = d.Error // who may read or write may see it
		default:
			t.Err = fmt.Errorf("topic %q: %w", d.Name, d.Error)
		}
		out[d.Name] = t
	}
	for _, name := range topics {
		if _, ok := out[name]; !ok {
			out[name] = Topic{Err: fmt.Errorf("topic %q: the cluster did not answer for it", name)}
		}
	}
	return out, nil
}

// MaxMessageBytes asks for the topics' max.message.bytes. It needs the right to
// describe configurations.
func MaxMessageBytes(ctx context.Context, admin *kafka.AdminClient, topics []string) (map[string]int, error) {
	resources := make([]kafka.ConfigResource, len(topics))
	for i, name := range topics {
		resources[i] = kafka.ConfigResource{Type: kafka.ResourceTopic, Name: name}
	}
	results, err := Watch(ctx, func() ([]kafka.ConfigResourceResult, error) {
		return admin.DescribeConfigs(ctx, resources)
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the configurations of %s: %w", strings.Join(topics, ", "), err)
	}
	out := make(map[string]int, len(topics))
	for _, r := range results {
		if r.Error.Code() != kafka.ErrNoError {
			return nil, fmt.Errorf("configuration of topic %q: %w", r.Name, r.Error)
		}
		if n, err := strconv.Atoi(r.Config["max.message.bytes"].Value); err == nil && n > 0 {
			out[r.Name] = n
		}
	}
	return out, nil
}

// groupTimeout bounds the question about a group: a coordinator may be away for
// longer, and joining the group finds out as well.
const groupTimeout = 2 * time.Second

// GroupProblem asks whether the client may be a member of a group. It returns the
// problem, or nil if there is none or the cluster does not tell.
func (c *Cluster) GroupProblem(ctx context.Context, admin *kafka.AdminClient, group string) error {
	ctx, cancel := context.WithTimeout(ctx, groupTimeout)
	defer cancel()
	res, err := Watch(ctx, func() (kafka.DescribeConsumerGroupsResult, error) {
		return admin.DescribeConsumerGroups(ctx, []string{group}, kafka.SetAdminOptionIncludeAuthorizedOperations(true))
	})
	if err != nil {
		return nil // joining the group finds out
	}
	for _, d := range res.ConsumerGroupDescriptions {
		if d.Error.Code() == kafka.ErrGroupAuthorizationFailed {
			return c.Denied(d.Error, kafka.ACLOperationRead, "", group)
		}
		t := Topic{Operations: d.AuthorizedOperations, Known: len(d.AuthorizedOperations) > 0}
		if d.Error.Code() == kafka.ErrNoError && !t.allows(kafka.ACLOperationRead) {
			return c.Identity().Missing(diagnose.Right{Operation: kafka.ACLOperationRead, Resource: diagnose.Group, Name: group}, nil)
		}
	}
	return nil
}
