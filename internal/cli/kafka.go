package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/spf13/cobra"
)

// kafkaFlags say which cluster a command talks to, and how.
type kafkaFlags struct {
	brokers   string
	insecure  bool
	useTLS    bool
	ca        string
	cert      string
	key       string
	mechanism string
	user      string
	timeout   time.Duration
}

func (a *app) addKafkaFlags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&a.kafka.brokers, "brokers", "", "Kafka `HOST:PORT,…` (env KAFKA_BROKERS)")
	f.BoolVar(&a.kafka.insecure, "insecure", false, "allow plaintext to brokers outside this machine")
	f.BoolVar(&a.kafka.useTLS, "tls", false, "use TLS with the system's certificate authorities")
	f.StringVar(&a.kafka.ca, "tls-ca", "", "PEM `FILE` of the certificate authority (env KAFKA_TLS_CA; turns TLS on)")
	f.StringVar(&a.kafka.cert, "tls-cert", "", "PEM `FILE` of the client certificate (env KAFKA_TLS_CERT)")
	f.StringVar(&a.kafka.key, "tls-key", "", "PEM `FILE` of the client key (env KAFKA_TLS_KEY)")
	f.StringVar(&a.kafka.mechanism, "sasl-mechanism", "", "SASL `MECHANISM`: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (env KAFKA_SASL_MECHANISM)")
	f.StringVar(&a.kafka.user, "sasl-user", "", "SASL `USER` (env KAFKA_SASL_USER; the password comes from KAFKA_SASL_PASSWORD only)")
	f.DurationVar(&a.kafka.timeout, "timeout", 10*time.Second, "longest wait for an answer of the cluster")
}

// tlsFiles are PEM files; an empty ca is the system's authorities.
type tlsFiles struct{ ca, cert, key string }

// credentials are those of SASL.
type credentials struct{ mechanism, user, password string }

// connection is how to reach a cluster.
type connection struct {
	brokers  []string
	tls      *tlsFiles
	sasl     *credentials
	insecure bool
	timeout  time.Duration
}

func (a *app) connection() (connection, error) {
	or := func(value, env string) string {
		if value != "" {
			return value
		}
		return a.getenv(env)
	}
	c := connection{insecure: a.kafka.insecure, timeout: a.kafka.timeout}
	list := or(a.kafka.brokers, "KAFKA_BROKERS")
	for _, b := range strings.Split(list, ",") {
		if b = strings.TrimSpace(b); b != "" {
			c.brokers = append(c.brokers, b)
		}
	}
	if len(c.brokers) == 0 {
		return c, usagef("no brokers: give --brokers HOST:PORT or set KAFKA_BROKERS (eventctl broker starts one)")
	}
	if c.timeout <= 0 {
		return c, usagef("--timeout %s: give a time above zero", c.timeout)
	}
	ca, cert, key := or(a.kafka.ca, "KAFKA_TLS_CA"), or(a.kafka.cert, "KAFKA_TLS_CERT"), or(a.kafka.key, "KAFKA_TLS_KEY")
	if a.kafka.useTLS || ca != "" || cert != "" || key != "" {
		c.tls = &tlsFiles{ca: ca, cert: cert, key: key}
	}
	if mechanism := or(a.kafka.mechanism, "KAFKA_SASL_MECHANISM"); mechanism != "" {
		c.sasl = &credentials{mechanism: mechanism, user: or(a.kafka.user, "KAFKA_SASL_USER"), password: a.getenv("KAFKA_SASL_PASSWORD")}
	}
	if c.tls == nil && !c.insecure {
		for _, b := range c.brokers {
			if !local(b) {
				return c, usagef("broker %s is not on this machine and TLS is off: give --tls or --tls-ca FILE, or --insecure to send plaintext", b)
			}
		}
	}
	return c, nil
}

func local(broker string) bool {
	host, _, err := net.SplitHostPort(broker)
	if err != nil {
		host = broker
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// client is the part of a client's configuration that all kinds share.
func (c connection) client() *kafka.ConfigMap {
	m := kafka.ConfigMap{
		"bootstrap.servers":        strings.Join(c.brokers, ","),
		"client.id":                "eventctl",
		"allow.auto.create.topics": false,
		"enable.metrics.push":      false,
		// The client writes connection errors to stderr by itself otherwise;
		// commands report what they could not do instead.
		"log_level":         0,
		"socket.timeout.ms": max(int(c.timeout.Milliseconds()), 1000),
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
		return fmt.Errorf("%s: no answer from %s within %s: check the address, that the broker runs, and TLS and SASL settings: %w", doing, strings.Join(c.brokers, ","), c.timeout, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// missingTopic explains a topic that the cluster does not have.
func missingTopic(topic string) error {
	return fmt.Errorf("topic %q does not exist: create it with eventctl topics apply", topic)
}

// bounded is ctx with the connection's timeout.
func (c connection) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.timeout)
}
