package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// client is the part of a client's configuration that all kinds share.
func (c connection) client() *kafka.ConfigMap {
	m := kafka.ConfigMap{
		"client.id":                "eventctl",
		"allow.auto.create.topics": false,
		"enable.metrics.push":      false,
		// The client writes connection errors to stderr by itself otherwise;
		// commands report what they could not do instead.
		"log_level": 0,
		// Somebody is looking: 10 s by default between attempts are too long.
		"reconnect.backoff.max.ms": 1000,
		"socket.timeout.ms":        max(int(c.timeout.Milliseconds()), 1000),
	}
	for key, value := range c.Properties() {
		m[key] = value
	}
	return &m
}

// adminClient is an admin client with its tokens.
type adminClient struct {
	*kafka.AdminClient

	tokenless func()
}

// admin connects for questions and topic creation.
func (c connection) admin(ctx context.Context) (*adminClient, error) {
	if err := c.reach(ctx); err != nil {
		return nil, err
	}
	a, err := kafka.NewAdminClient(c.client())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", strings.Join(c.Brokers, ","), err)
	}
	stop, err := c.authenticate(ctx, a)
	if err != nil {
		a.Close()
		return nil, err
	}
	return &adminClient{AdminClient: a, tokenless: stop}, nil
}

// Close releases the client.
func (a *adminClient) Close() {
	a.tokenless() // a token beside the destruction would use freed memory
	a.AdminClient.Close()
}

// authenticate gives a client its tokens until stop is called, before its Close.
func (c connection) authenticate(ctx context.Context, client kafkaconn.Client) (stop func(), err error) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	return c.cluster.Authenticate(ctx, client)
}

// denied explains a right that is missing, which says by itself what was to be
// done to the topic, and other errors as failed does.
func (c connection) denied(doing string, err error, op kafka.ACLOperation, topic string) error {
	if why := c.cluster.Denied(err, op, topic, ""); !errors.Is(err, why) {
		return why
	}
	return c.failed(doing, err)
}

// topics lists the cluster's topics with their number of partitions.
func (c connection) topics(m kafkaclient.MetadataClient) (map[string]int, error) {
	md, err := m.GetMetadata(nil, true, int(c.timeout.Milliseconds()))
	if err != nil {
		return nil, c.failed("list topics", err)
	}
	out := make(map[string]int, len(md.Topics))
	for name, t := range md.Topics {
		out[name] = len(t.Partitions)
	}
	return out, nil
}

// failed explains an error of the cluster.
func (c connection) failed(doing string, err error) error {
	if ke := (kafka.Error{}); errors.As(err, &ke) && slices.Contains([]kafka.ErrorCode{kafka.ErrTransport, kafka.ErrTimedOut, kafka.ErrAllBrokersDown, kafka.ErrResolve}, ke.Code()) {
		return fmt.Errorf("%w: %w", c.noAnswer(doing), err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (c connection) noAnswer(doing string) error {
	return fmt.Errorf("%s: no answer from %s within %s: check the address, that the broker runs, and TLS and SASL settings", doing, strings.Join(c.Brokers, ","), c.timeout)
}

// topicName refuses what Kafka refuses. The client panics above 512 characters.
func topicName(name string) error {
	if !topicname.Valid(name) {
		return usagef("%.60q is not a topic name: it has 1 to %d letters, digits, '.', '_' and '-'", name, topicname.Max)
	}
	return nil
}

// missingTopic explains a topic that the cluster does not have, with the one
// that was probably meant.
func (c connection) missingTopic(m kafkaclient.MetadataClient, topic string) error {
	if all, err := c.topics(m); err == nil {
		maps.DeleteFunc(all, func(name string, _ int) bool {
			// A dead-letter topic is not meant for another kind, nor one that a
			// group has beside the very topic.
			return topicname.IsDeadLetter(topic) && !topicname.IsDeadLetter(name) || strings.HasPrefix(name, topic+".")
		})
		if near := suggest.Near(topic, slices.Sorted(maps.Keys(all))); len(near) > 0 {
			return fmt.Errorf("topic %q does not exist: did you mean %s? (eventctl topics apply creates those of the contracts)", topic, strings.Join(near, " or "))
		}
	}
	return fmt.Errorf("topic %q does not exist: create it with eventctl topics apply, if the contracts declare it", topic)
}
