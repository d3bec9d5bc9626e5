package kafkaclient

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Limits bound a Producer.
type Limits struct {
	RecordBytes int   // of one record: key, value and headers
	BatchBytes  int   // of one batch (batch.size). Defaults to 1 MB, below the broker's default limit
	Records     int64 // outstanding. Defaults to 16384
	Bytes       int64 // outstanding. Defaults to 32 MiB, or room for two of the largest records
}

// Defaults of clients.
const (
	DefaultMessageTimeout = 120 * time.Second // message.timeout.ms
	DefaultConnectTimeout = 10 * time.Second
	DefaultCloseTimeout   = 10 * time.Second

	// MetadataRefresh is topic.metadata.refresh.interval.ms: how long a producer
	// and a consumer may disagree about a topic's partitions.
	MetadataRefresh = 30 * time.Second

	defaultBatchBytes             = 1_000_000
	defaultOutstanding            = 16384
	defaultOutstandingBytes       = 32 << 20
	unknownTopicAfter             = 30 * time.Second
	clientQueueBytes        int64 = 64 << 20
)

// ProducerConfig is how a Producer reaches the cluster and what it may send. What
// is zero has its default.
type ProducerConfig struct {
	Cluster        *Cluster
	ClientID       string // client.id. Defaults to librdkafka's
	CloseTimeout   time.Duration
	Limits         Limits
	Linger         time.Duration     // linger.ms. Defaults to 0
	Logger         *slog.Logger      // Defaults to slog.Default()
	MessageTimeout time.Duration     // message.timeout.ms. Defaults to 120 s
	Overrides      map[string]string // properties that ProducerProblems has nothing against
}

func (c ProducerConfig) withDefaults() ProducerConfig {
	if c.CloseTimeout == 0 {
		c.CloseTimeout = DefaultCloseTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MessageTimeout == 0 {
		c.MessageTimeout = DefaultMessageTimeout
	}
	if c.Limits.BatchBytes == 0 {
		c.Limits.BatchBytes = defaultBatchBytes
	}
	if c.Limits.Records == 0 {
		c.Limits.Records = defaultOutstanding
	}
	if c.Limits.Bytes == 0 {
		// Room for two of the largest, so that one need not wait for an empty client.
		c.Limits.Bytes = max(defaultOutstandingBytes, 2*int64(c.Limits.RecordBytes))
	}
	return c
}

// batchMargin is what a batch takes beside its records' own bytes.
const batchMargin = 512

// BatchBytes keeps a batch below a topic's limit in bytes, of which 0 is none:
// the broker refuses a batch that is larger, with everything in it.
func BatchBytes(limit int) int {
	if limit <= 0 {
		return defaultBatchBytes
	}
	return min(defaultBatchBytes, max(1, limit-batchMargin))
}

// properties are librdkafka's: the settings behind the guarantees, and the
// user's own, which were checked not to undo them.
func (c ProducerConfig) properties() *kafka.ConfigMap {
	l := c.Limits
	// Above what we accept ourselves, so that our own check decides: headers
	// and framing are counted differently here.
	maxBytes := min(l.RecordBytes+l.RecordBytes/8+64<<10, 1_000_000_000)
	queueBytes := max(clientQueueBytes, 2*l.Bytes, 2*int64(maxBytes))
	m := kafka.ConfigMap{
		"enable.idempotence":                    true,
		"acks":                                  "all",
		"max.in.flight.requests.per.connection": 5,
		"partitioner":                           "murmur2_random", // as the Java client and aiokafka
		"compression.type":                      "lz4",
		"linger.ms":                             strconv.FormatFloat(c.Linger.Seconds()*1000, 'f', -1, 64),
		"message.timeout.ms":                    int(c.MessageTimeout.Milliseconds()),
		"message.max.bytes":                     maxBytes,
		"batch.size":                            min(l.BatchBytes, maxBytes),
		"queue.buffering.max.messages":          int(4 * max(l.Records, 1024)),
		"queue.buffering.max.kbytes":            int(min(queueBytes>>10, 2147483647)),
		"allow.auto.create.topics":              false,
		"topic.metadata.refresh.interval.ms":    int(MetadataRefresh.Milliseconds()),
		// Before the message timeout, which would hide the cause.
		"topic.metadata.propagation.max.ms": max(1, int(min(unknownTopicAfter, c.MessageTimeout/2).Milliseconds())),
		"enable.metrics.push":               false,
		"log.connection.close":              true,
		"retry.backoff.ms":                  int(retryBackoff.Milliseconds()),
		"go.delivery.report.fields":         "none", // the default copies payloads
		"go.events.channel.size":            1000,
		"go.produce.channel.size":           1,
		"go.logs.channel.enable":            true,
	}
	if c.ClientID != "" {
		m["client.id"] = c.ClientID
	}
	c.Cluster.apply(m)
	override(m, c.Overrides)
	m["debug"] = attemptsLog
	if own := c.Overrides["debug"]; own != "" {
		m["debug"] = own + "," + attemptsLog
	}
	return &m
}

// backoff is retry.backoff.ms.
func (c ProducerConfig) backoff() time.Duration {
	return milliseconds(c.Overrides, "retry.backoff.ms", retryBackoff)
}
