package eventbus

import (
	"log/slog"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// ProducerConfig configures a Producer. Connection and Source are required.
type ProducerConfig struct {
	// CloseTimeout bounds the release of the Kafka client after everything
	// outstanding has its outcome. Defaults to 10 s.
	CloseTimeout time.Duration

	// Config holds further properties of librdkafka by their names. Those that
	// would break a guarantee, and those that a field sets, are refused.
	Config map[string]string

	// Connection says how to reach the cluster, such as kafkaconn.FromEnv does.
	Connection kafkaconn.Connection

	// ConnectTimeout bounds NewProducer's wait for a broker, and the questions
	// that it asks. Defaults to 10 s.
	ConnectTimeout time.Duration

	// Events are the messages to be published, as typed nil pointers. Their
	// contracts are checked, their rules compiled and their topics probed at
	// start, and the client's batches are kept below the topics' limits. Defaults
	// to none: each is checked at its first publish, and batches are kept below
	// the limits of all linked contracts' topics.
	Events []proto.Message

	// Linger is how long a record waits for others to share its request.
	// Defaults to 0: a lone publish is not delayed, and under load requests
	// fill anyway. 1 ms raises the throughput of several callers of
	// PublishBatch, and lowers that of everything else.
	Linger time.Duration

	// Logger gets the client's log and the producer's warnings, never a
	// payload. Defaults to slog.Default().
	Logger *slog.Logger

	// MaxRecordBytes bounds key, value and headers of a record together, with
	// 70 bytes of framing. A topic's own max_bytes may be lower. Defaults to
	// 1 MiB.
	MaxRecordBytes int

	// MessageTimeout bounds all attempts to send a record (Kafka's
	// message.timeout.ms); then its outcome is unknown. Defaults to 120 s.
	MessageTimeout time.Duration

	// OnFailure is called once for each failed PublishAsync, one call at a time,
	// on a goroutine of its own. It may block: 1024 failures wait for it, and
	// more are dropped and counted in Stats, as are those after Close. Close waits
	// for it until its context ends, so it must not wait for Close. Defaults to
	// none.
	OnFailure func(Failure)

	// Registry holds the contracts. Defaults to event.Linked().
	Registry *event.Registry

	// Source is written into every event: a URI-reference of this service.
	Source string
}

const (
	defaultMaxRecordBytes = 1 << 20
	largestRecordBytes    = 512 << 20
)

// withDefaults is a copy that shares nothing which the caller may change after it
// is checked, with what is zero filled in.
func (c ProducerConfig) withDefaults() ProducerConfig {
	c.Connection, c.Config, c.Events = c.Connection.Clone(), maps.Clone(c.Config), slices.Clone(c.Events)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Registry == nil {
		c.Registry = event.Linked()
	}
	orDefault(&c.MaxRecordBytes, defaultMaxRecordBytes)
	orDefault(&c.CloseTimeout, kafkaclient.DefaultCloseTimeout)
	orDefault(&c.ConnectTimeout, kafkaclient.DefaultConnectTimeout)
	orDefault(&c.MessageTimeout, kafkaclient.DefaultMessageTimeout)
	return c
}

// client is the configuration of the Kafka client.
func (c ProducerConfig) client() kafkaclient.ProducerConfig {
	return kafkaclient.ProducerConfig{
		Cluster: kafkaclient.NewCluster(c.Connection, nil), ClientID: c.Source, CloseTimeout: c.CloseTimeout,
		Limits: kafkaclient.Limits{RecordBytes: c.MaxRecordBytes, BatchBytes: kafkaclient.BatchBytes(c.declaredLimit())},
		Linger: c.Linger, Logger: c.Logger, MessageTimeout: c.MessageTimeout, Overrides: c.Config,
	}
}

// problems lists everything that is wrong, by field name.
func (c ProducerConfig) problems() []error {
	out := c.Connection.Problems(nil)
	out = append(out, kafkaclient.ProducerProblems(c.Config)...)
	if err := event.CheckSource(c.Source); err != nil {
		out = append(out, config.Problemf("Source", "%w", err))
	}
	if c.MaxRecordBytes < 1 || c.MaxRecordBytes > largestRecordBytes {
		out = append(out, config.Problemf("MaxRecordBytes", "%d is outside 1 to %d", c.MaxRecordBytes, largestRecordBytes))
	}
	for _, d := range []struct {
		field string
		value time.Duration
		least time.Duration
		most  time.Duration
	}{
		{"CloseTimeout", c.CloseTimeout, time.Millisecond, time.Hour},
		{"ConnectTimeout", c.ConnectTimeout, time.Millisecond, time.Hour},
		{"Linger", c.Linger, 0, 15 * time.Minute},
		{"MessageTimeout", c.MessageTimeout, time.Millisecond, 24 * time.Hour},
	} {
		if d.value < d.least || d.value > d.most {
			out = append(out, config.Problemf(d.field, "%s is outside %s to %s", d.value, d.least, d.most))
		}
	}
	if c.Linger >= c.MessageTimeout {
		out = append(out, config.Problemf("Linger", "%s is not below MessageTimeout, %s", c.Linger, c.MessageTimeout))
	}
	return append(out, c.contractProblems()...)
}

// contractProblems checks the contracts of Events and compiles their rules.
func (c ProducerConfig) contractProblems() []error {
	var out []error
	var sound []proto.Message
	for i, msg := range c.Events {
		contract, err := c.Registry.ContractOf(msg)
		if err == nil {
			err = topicname.Check(contract.Topic.Name)
		}
		if err != nil {
			out = append(out, config.Problemf("Events", "element %d: %w", i, err))
			continue
		}
		sound = append(sound, msg)
	}
	if len(sound) > 0 && len(out) == 0 {
		if _, err := c.Registry.NewReader(sound); err != nil {
			out = append(out, config.Problemf("Events", "%w", err))
		}
	}
	return out
}

// topics are those of Events, once each.
func (c ProducerConfig) topics() []string {
	var out []string
	seen := map[string]bool{}
	for _, msg := range c.Events {
		if k, err := c.Registry.ContractOf(msg); err == nil && !seen[k.Topic.Name] {
			seen[k.Topic.Name] = true
			out = append(out, k.Topic.Name)
		}
	}
	return out
}

// declaredLimit is the smallest max_bytes of the topics to be published, as the
// contracts declare it; 0 if there is none.
func (c ProducerConfig) declaredLimit() int {
	named := map[string]bool{}
	for _, t := range c.topics() {
		named[t] = true
	}
	limit := 0
	for _, t := range c.Registry.Topics() {
		if t.MaxBytes > 0 && (len(named) == 0 || named[t.Name]) && (limit == 0 || t.MaxBytes < limit) {
			limit = t.MaxBytes
		}
	}
	return limit
}
