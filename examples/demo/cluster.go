package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/account/observe"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// cluster is the Kafka that the demo runs on.
type cluster struct {
	kafkaconn.Connection

	// environ says the same to eventctl and to child processes.
	environ []string
}

// clusterFromEnv is the Kafka that the environment names; without KAFKA_BROKERS
// it has no brokers.
func clusterFromEnv() (cluster, error) {
	if os.Getenv("KAFKA_BROKERS") == "" {
		return cluster{}, nil
	}
	conn, err := kafkaconn.FromEnv()
	if err != nil {
		return cluster{}, err
	}
	if s := conn.SASL; s != nil && s.Mechanism == "OAUTHBEARER" && s.Token == nil && s.OIDC == nil {
		return cluster{}, errors.New("configuration from the environment: OAUTHBEARER needs tokens: set KAFKA_SASL_TOKEN_FILE or KAFKA_OIDC_ENDPOINT")
	}
	return cluster{conn, os.Environ()}, nil
}

// embedded is the broker inside the demo, which the environment knows nothing
// about: what it says of another Kafka is not for this one.
func embedded(brokers []string) cluster {
	environ := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "KAFKA_") || strings.HasPrefix(variable, "EVENTCTL_")
	})
	return cluster{kafkaconn.Connection{Brokers: brokers}, append(environ, "KAFKA_BROKERS="+strings.Join(brokers, ","))}
}

// getenv is os.Getenv for the cluster's environment.
func (c cluster) getenv(name string) string {
	for _, variable := range c.environ {
		if key, value, _ := strings.Cut(variable, "="); key == name {
			return value
		}
	}
	return ""
}

// raw is the configuration of a client that is not the bus's. How it connects is.
func (c cluster) raw() *kafka.ConfigMap {
	m := c.Properties()
	m["client.id"], m["log_level"] = "demo", 0
	m["allow.auto.create.topics"], m["enable.metrics.push"] = false, false
	return &m
}

// answerTimeout bounds each question to the cluster.
const answerTimeout = 20 * time.Second

// authenticate gives a raw client the tokens that it may need, until stop is
// called, which must be before its Close.
func (c cluster) authenticate(client kafkaconn.Client) (stop func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	return c.Authenticate(ctx, client)
}

// observe looks at topics and groups without the bus.
func (c cluster) observe() observe.Cluster {
	return observe.Cluster{Properties: *c.raw(), Authenticate: func(client *kafka.Consumer) (func(), error) { return c.authenticate(client) }}
}
