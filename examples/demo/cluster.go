package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/examples/internal/target"
	"github.com/eventcontracts/eventcontracts/internal/account/observe"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// cluster is the Kafka that the demo runs on.
type cluster struct {
	kafkaconn.Connection

	// environ says the same to eventctl and to child processes.
	environ []string
}

// brokersVariable names the cluster that the demo may write to.
const brokersVariable = "DEMO_BROKERS"

// clusterFromEnv is the Kafka that DEMO_BROKERS names, connected to as the variables
// KAFKA_* say; without it there are no brokers.
func clusterFromEnv() (cluster, error) {
	own := os.Getenv(brokersVariable)
	if own == "" {
		return cluster{}, nil
	}
	if err := os.Setenv("KAFKA_BROKERS", own); err != nil {
		return cluster{}, err
	}
	return clusterOfParent()
}

// clusterOfParent is the Kafka that the environment of a child process names.
func clusterOfParent() (cluster, error) {
	conn, err := kafkaconn.FromEnv()
	if err != nil {
		return cluster{}, err
	}
	if s := conn.SASL; s != nil && s.Mechanism == "OAUTHBEARER" && s.Token == nil && s.OIDC == nil {
		return cluster{}, errors.New("configuration from the environment: OAUTHBEARER needs tokens: set KAFKA_SASL_TOKEN_FILE or KAFKA_OIDC_ENDPOINT")
	}
	return cluster{conn, target.Environ(os.Getenv("KAFKA_BROKERS"), false)}, nil
}

// embedded is the broker inside the demo, which the environment knows nothing
// about: what it says of another Kafka is not for this one.
func embedded(brokers []string) cluster {
	return cluster{kafkaconn.Connection{Brokers: brokers}, target.Environ(strings.Join(brokers, ","), true)}
}

// getenv is os.Getenv for the cluster's environment.
func (c cluster) getenv(name string) string { return target.Getenv(c.environ, name) }

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
