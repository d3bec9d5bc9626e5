package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
)

// client is the part of a client's configuration that all kinds share.
func (c connection) client() *kafka.ConfigMap {
	m := kafka.ConfigMap{
		"bootstrap.servers":        strings.Join(c.brokers, ","),
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
	protocol := "plaintext"
	if c.tls != nil {
		protocol = "ssl"
		set(m, "ssl.ca.location", c.tls.ca)
		set(m, "ssl.certificate.location", c.tls.cert)
		set(m, "ssl.key.location", c.tls.key)
	}
	if c.sasl != nil {
		protocol = "sasl_" + protocol
		set(m, "sasl.mechanisms", c.sasl.mechanism)
		set(m, "sasl.username", c.sasl.user)
		set(m, "sasl.password", c.sasl.password)
	}
	m["security.protocol"] = protocol
	return &m
}

func set(m kafka.ConfigMap, key, value string) {
	if value != "" {
		m[key] = value
	}
}

// admin connects for questions and topic creation.
func (c connection) admin() (*kafka.AdminClient, error) {
	a, err := kafka.NewAdminClient(c.client())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", strings.Join(c.brokers, ","), err)
	}
	return a, nil
}

// metadataClient is what can list topics: every kind of client.
type metadataClient interface {
	GetMetadata(topic *string, allTopics bool, timeoutMs int) (*kafka.Metadata, error)
}

// topics lists the cluster's topics with their number of partitions.
func (c connection) topics(m metadataClient) (map[string]int, error) {
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
	return fmt.Errorf("%s: no answer from %s within %s: check the address, that the broker runs, and TLS and SASL settings", doing, strings.Join(c.brokers, ","), c.timeout)
}

// topicName refuses what Kafka refuses. The client panics above 512 characters.
func topicName(name string) error {
	if !catalog.IsTopicName(name) {
		return usagef("%.60q is not a topic name: it has 1 to 249 letters, digits, '.', '_' and '-'", name)
	}
	return nil
}

// missingTopic explains a topic that the cluster does not have, with the one
// that was probably meant.
func (c connection) missingTopic(m metadataClient, topic string) error {
	if all, err := c.topics(m); err == nil {
		if near := catalog.Near(topic, slices.Sorted(maps.Keys(all))); len(near) > 0 {
			return fmt.Errorf("topic %q does not exist: did you mean %s? (eventctl topics apply creates those of the contracts)", topic, strings.Join(near, " or "))
		}
	}
	return fmt.Errorf("topic %q does not exist: create it with eventctl topics apply, if the contracts declare it", topic)
}

// bounded is ctx with the connection's timeout.
func (c connection) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.timeout)
}
