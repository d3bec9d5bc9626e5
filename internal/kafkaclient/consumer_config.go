package kafkaclient

import (
	"strconv"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// ConsumerConfig is how a member of a group reaches the cluster.
type ConsumerConfig struct {
	Cluster   *Cluster
	Group     string
	Overrides map[string]string // properties that ConsumerProblems has nothing against
}

// Properties are librdkafka's: the settings behind the guarantees, and the
// user's own, which were checked not to undo them.
func (c ConsumerConfig) Properties() *kafka.ConfigMap {
	m := kafka.ConfigMap{
		"group.id":                           c.Group,
		"client.id":                          c.Group,
		"enable.auto.commit":                 true, // of what we store, and only that
		"enable.auto.offset.store":           false,
		"auto.commit.interval.ms":            1000,
		"isolation.level":                    "read_committed",
		"enable.partition.eof":               true,
		"check.crcs":                         true,
		"allow.auto.create.topics":           false,
		"fetch.queue.backoff.ms":             5,  // the default of 1 s cuts throughput to a third
		"fetch.wait.max.ms":                  50, // bounds what a Close waits for
		"queued.max.messages.kbytes":         16384,
		"topic.metadata.refresh.interval.ms": int(MetadataRefresh.Milliseconds()),
		"enable.metrics.push":                false,
		"go.logs.channel.enable":             true,
	}
	if !c.brokerAssigns() {
		m["partition.assignment.strategy"] = "cooperative-sticky"
	}
	c.Cluster.apply(m)
	override(m, c.Overrides)
	// Last: the owner of the client decides where to read on, from the log's
	// watermarks, and tells a lost range from a truncated log by them. The client
	// would begin again at one of the log's ends.
	m["auto.offset.reset"] = "error"
	return &m
}

// defaultMaxPoll is librdkafka's default of max.poll.interval.ms.
const defaultMaxPoll = 5 * time.Minute

// MaxPollInterval is max.poll.interval.ms: a member that polls less often loses
// its partitions.
func (c ConsumerConfig) MaxPollInterval() time.Duration {
	return milliseconds(c.Overrides, "max.poll.interval.ms", defaultMaxPoll)
}

// SessionTimeout is session.timeout.ms: a member that is not heard of for so long is
// put out. With group.protocol=consumer the broker decides it, by default the same.
func (c ConsumerConfig) SessionTimeout() time.Duration {
	return milliseconds(c.Overrides, "session.timeout.ms", 45*time.Second)
}

// RefreshInterval is topic.metadata.refresh.interval.ms.
func (c ConsumerConfig) RefreshInterval() time.Duration {
	return milliseconds(c.Overrides, "topic.metadata.refresh.interval.ms", MetadataRefresh)
}

// FetchPatience is how long an answer to a fetch can take at most, and half as long
// again: a request that takes socket.timeout.ms has failed.
func (c ConsumerConfig) FetchPatience() time.Duration {
	return milliseconds(c.Overrides, "socket.timeout.ms", time.Minute) * 3 / 2
}

// CommitInterval is auto.commit.interval.ms.
func (c ConsumerConfig) CommitInterval() time.Duration {
	return milliseconds(c.Overrides, "auto.commit.interval.ms", time.Second)
}

// milliseconds is a positive property in milliseconds, or its default.
func milliseconds(overrides map[string]string, key string, otherwise time.Duration) time.Duration {
	if ms, err := strconv.Atoi(overrides[key]); err == nil && ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	return otherwise
}

// MaxAnswer is receive.message.max.bytes: the most that the client takes in one answer,
// and the most that it unpacks a batch to that is compressed with zstd. The other
// codecs have no such limit in it.
func (c ConsumerConfig) MaxAnswer() string {
	if most, ok := c.Overrides["receive.message.max.bytes"]; ok {
		return most
	}
	return "100000000" // librdkafka's default
}

// brokerAssigns reports whether the broker decides assignments (KIP-848).
func (c ConsumerConfig) brokerAssigns() bool {
	return strings.EqualFold(c.Overrides["group.protocol"], "consumer")
}

// Cooperative reports whether assignments change by increments (KIP-429,
// KIP-848). It is read from the properties: asking the client inside a rebalance
// can hang when it closes.
func (c ConsumerConfig) Cooperative() bool {
	if c.brokerAssigns() {
		return true
	}
	strategy, ok := c.Overrides["partition.assignment.strategy"]
	return !ok || strings.Contains(strategy, "cooperative")
}

// Static reports whether the group knows this member by a name that outlives its
// process (group.instance.id, KIP-345).
func (c ConsumerConfig) Static() bool { return c.Overrides["group.instance.id"] != "" }
