package main

import (
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// cluster is the Kafka that the demo runs on.
type cluster struct {
	brokers []string
	tls     *eventbus.TLS
	sasl    *eventbus.SASL
}

// clusterOf reads where Kafka is from the environment, by the same names as
// eventctl. Without brokers there is none.
func clusterOf(getenv func(string) string) cluster {
	var c cluster
	for b := range strings.SplitSeq(getenv("KAFKA_BROKERS"), ",") {
		if b = strings.TrimSpace(b); b != "" {
			c.brokers = append(c.brokers, b)
		}
	}
	ca, cert, key := getenv("KAFKA_TLS_CA"), getenv("KAFKA_TLS_CERT"), getenv("KAFKA_TLS_KEY")
	if ca != "" || cert != "" {
		c.tls = &eventbus.TLS{CAFile: ca, CertFile: cert, KeyFile: key}
	}
	if m := getenv("KAFKA_SASL_MECHANISM"); m != "" {
		c.sasl = &eventbus.SASL{Mechanism: m, Username: getenv("KAFKA_SASL_USER"), Password: getenv("KAFKA_SASL_PASSWORD")}
	}
	return c
}

// plaintext reports whether events may cross the network unencrypted: the
// demo's are invented, a password is not.
func (c cluster) plaintext() bool { return c.tls == nil && c.sasl == nil }

// raw is the configuration of a client that is not the bus's.
func (c cluster) raw() *kafka.ConfigMap {
	m := kafka.ConfigMap{
		"bootstrap.servers": strings.Join(c.brokers, ","), "client.id": "demo",
		"allow.auto.create.topics": false, "enable.metrics.push": false, "log_level": 0,
	}
	protocol := "plaintext"
	if c.tls != nil {
		protocol = "ssl"
		for key, value := range map[string]string{
			"ssl.ca.location": c.tls.CAFile, "ssl.certificate.location": c.tls.CertFile, "ssl.key.location": c.tls.KeyFile,
		} {
			if value != "" {
				m[key] = value
			}
		}
	}
	if c.sasl != nil {
		protocol = "sasl_" + protocol
		m["sasl.mechanisms"], m["sasl.username"], m["sasl.password"] = c.sasl.Mechanism, c.sasl.Username, c.sasl.Password
	}
	m["security.protocol"] = protocol
	return &m
}
