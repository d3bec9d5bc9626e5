package eventbus

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// ConsumerConfig configures a Consumer. Connection, Group and Handlers are
// required.
type ConsumerConfig struct {
	// Breaker says when most attempts of a handler fail, so that all others wait.
	Breaker BreakerPolicy

	// CloseTimeout bounds the release of each Kafka client. Defaults to 10 s.
	CloseTimeout time.Duration

	// Concurrency is how many handlers run at once. Defaults to 16.
	Concurrency int

	// Config holds further properties of librdkafka by their names, such as
	// group.instance.id (static membership, KIP-345), client.rack (KIP-392),
	// partition.assignment.strategy or group.protocol=consumer (KIP-848). Those
	// that would break a guarantee, and those that a field sets, are refused.
	Config map[string]string

	// Connection says how to reach the cluster, such as kafkaconn.FromEnv does.
	Connection kafkaconn.Connection

	// ConnectTimeout bounds NewConsumer's wait for a broker, and the questions
	// that it asks. Defaults to 10 s.
	ConnectTimeout time.Duration

	// Conversions turn events of other majors into those of the handlers.
	// Conversions by name need not be given when both majors are linked.
	Conversions event.Conversions

	// DeadLettersOf makes the consumer read the dead-letter topics of that group
	// instead of the handlers' topics. Such a consumer never dead-letters: it
	// retries without limit. Defaults to none.
	DeadLettersOf string

	// Group is the consumer group (group.id), of letters, digits, '.', '_' and
	// '-'. It names the dead-letter topics, TOPIC.GROUP.dlq.
	Group string

	// Handlers handle the events; the topics follow from their contracts. Two
	// handlers for one event are refused.
	Handlers []Handler

	// HandlerTimeout is when the ctx of an attempt ends. A handler that goes on
	// keeps its key blocked. Defaults to 60 s.
	HandlerTimeout time.Duration

	// Logger gets the client's log and the consumer's own, never a payload.
	// Defaults to slog.Default().
	Logger *slog.Logger

	// MaxAhead bounds the offsets between a partition's lowest unsettled one and
	// its newest, one bit each: it is how far a partition goes on beside a key
	// that waits, and how much a crash delivers again. Defaults to 65536.
	MaxAhead int

	// MaxDeadLetters is how many dead letters a minute may be written of records whose
	// retries are exhausted, or NoLimit; further ones wait, with their keys blocked. What
	// most records of fail is rarely in the records. As many as come in a minute may come
	// at once. Other reasons are not limited. Defaults to 600.
	MaxDeadLetters int

	// MaxHeld bounds the keys of one partition that wait for a newer version of the
	// service at once (see OnUnsupportedVersion), and the same share of the partition's
	// bytes. Further events of the next major become dead letters, which a redrive
	// brings back after the upgrade: whoever writes to a topic can claim a major that
	// nobody will ever deploy. Defaults to 1/32 of MaxInFlight, an eighth of what one
	// partition has; from a quarter of MaxInFlight on, nothing is dead-lettered, and
	// the partition pauses.
	MaxHeld int

	// MaxInFlight bounds the records that are queued or running and hold their
	// payload. Defaults to 8192; a partition has a quarter of it. A 256th of it, and
	// a 1024th of MaxInFlightBytes, is each partition's own, and comes on top:
	// partitions that stand still cannot stop the others.
	MaxInFlight int

	// MaxInFlightBytes bounds the memory that they take: key, value, headers, and what
	// each of these takes beside its bytes. Defaults to 64 MiB; a partition has an
	// eighth of it. The last record to pass may exceed it, so that large ones pass.
	// What Concurrency handlers have decoded comes on top, for each at most four times
	// its record and 1 MiB.
	MaxInFlightBytes int64

	// MaxUncommitted bounds the settled records that no commit covers while
	// commits fail: intake stops there. Defaults to 1,000,000.
	MaxUncommitted int64

	// Middleware wraps every handler; the first is the outermost. Defaults to
	// none.
	Middleware []Middleware

	// OnOutcome is called for each record that a handler has not handled: before it is
	// tried again, once its dead letter is acknowledged, when it is skipped or
	// held. What is delivered again is told again. It is called from several
	// goroutines at once, and what it is called for waits until it returns: it counts,
	// and hands on what takes longer. A panic is logged. Defaults to none.
	OnOutcome func(Outcome)

	// OnLogChange says what to do when a log is not the one that the group has read:
	// its topic was deleted and made again, or the log was truncated. Defaults to
	// FromStart: what is there is handled from its first record on.
	OnLogChange LogChangePolicy

	// OnUnsupportedVersion says what to do with a handled event whose major is
	// the one after the highest that this process knows. Defaults to Hold.
	OnUnsupportedVersion UnsupportedVersionPolicy

	// Registry holds the contracts. Defaults to event.Linked().
	Registry *event.Registry

	// RequireCommitted refuses to start on a partition of which the group has no
	// committed offset while older records are gone already: Run returns an
	// error. Defaults to false: it is logged.
	RequireCommitted bool

	// Retry is the policy of handlers without one of their own, and of what theirs leave
	// open (see WithRetry).
	Retry RetryPolicy

	// ShutdownTimeout bounds the end of Run once its ctx has ended: handlers are
	// waited for until 5 s before it (or half of it, if that is less). Defaults
	// to 25 s, below the 30 s that Kubernetes grants.
	ShutdownTimeout time.Duration

	// StartAt says where the group begins in a topic of which it has committed
	// nothing: StartEarliest(), StartLatest() or StartAtTime(t). The group's committed
	// offsets always come first, and a partition that is added to the topic later is
	// read from its first record on. Defaults to StartEarliest(). (Kafka's
	// auto.offset.reset, which also decides when an offset is lost, is not used.)
	StartAt Start

	// StuckLimit is how long a handler may go on beyond its timeout before
	// Health says that the process is not alive. Defaults to 10 min.
	StuckLimit time.Duration
}

// UnsupportedVersionPolicy says what to do with an event of the next major.
type UnsupportedVersionPolicy int

const (
	// Hold blocks the event's key until a newer version of the service is
	// deployed: a writer was upgraded before its readers. Health says which
	// version is needed. MaxHeld bounds the keys that wait. It is the default.
	Hold UnsupportedVersionPolicy = iota
	// DeadLetter treats it as any other version that cannot be read.
	DeadLetter
)

// maxConcurrency bounds the workers: each is a goroutine.
const maxConcurrency = 10_000

// A partition's share of MaxInFlight and MaxInFlightBytes.
const (
	partitionShare     = 4
	partitionByteShare = 8
)

const (
	defaultConcurrency     = 16
	defaultHandlerTimeout  = time.Minute
	defaultMaxAhead        = 65536
	defaultMaxDeadLetters  = 600
	defaultMaxInFlight     = 8192
	defaultMaxInFlightB    = 64 << 20
	defaultMaxUncommitted  = 1_000_000
	defaultShutdownTimeout = 25 * time.Second
	defaultStuckLimit      = 10 * time.Minute
)

// withDefaults is a copy that shares nothing which the caller may change after it
// is checked, with what is zero filled in.
func (c ConsumerConfig) withDefaults() ConsumerConfig {
	c.Connection, c.Config = c.Connection.Clone(), maps.Clone(c.Config)
	c.Handlers, c.Middleware, c.Conversions = slices.Clone(c.Handlers), slices.Clone(c.Middleware), slices.Clone(c.Conversions)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Registry == nil {
		c.Registry = event.Linked()
	}
	orDefault(&c.CloseTimeout, kafkaclient.DefaultCloseTimeout)
	orDefault(&c.ConnectTimeout, kafkaclient.DefaultConnectTimeout)
	orDefault(&c.HandlerTimeout, defaultHandlerTimeout)
	orDefault(&c.ShutdownTimeout, defaultShutdownTimeout)
	orDefault(&c.StuckLimit, defaultStuckLimit)
	orDefault(&c.Concurrency, defaultConcurrency)
	orDefault(&c.MaxDeadLetters, defaultMaxDeadLetters)
	orDefault(&c.MaxAhead, defaultMaxAhead)
	orDefault(&c.MaxInFlight, defaultMaxInFlight)
	orDefault(&c.MaxInFlightBytes, defaultMaxInFlightB)
	orDefault(&c.MaxUncommitted, defaultMaxUncommitted)
	orDefault(&c.MaxHeld, max(c.MaxInFlight/32, 1))
	return c
}

func orDefault[V comparable](v *V, d V) {
	var zero V
	if *v == zero {
		*v = d
	}
}

// client is the configuration of the Kafka client.
func (c ConsumerConfig) client() kafkaclient.ConsumerConfig {
	return kafkaclient.ConsumerConfig{Cluster: kafkaclient.NewCluster(c.Connection, nil), Group: c.Group, Overrides: c.Config}
}

// problems lists everything that is wrong, by field name, but for Handlers and
// Conversions: see routes.
func (c ConsumerConfig) problems() []error {
	out := c.Connection.Problems(nil)
	out = append(out, kafkaclient.ConsumerProblems(c.Config)...)
	if err := checkGroup(c.Group); err != nil {
		out = append(out, config.Problemf("Group", "%w", err))
	}
	if c.DeadLettersOf != "" {
		if err := checkGroup(c.DeadLettersOf); err != nil {
			out = append(out, config.Problemf("DeadLettersOf", "%w", err))
		}
	}
	type bounds struct {
		field             string
		value, least, top int64
	}
	for _, b := range []bounds{
		{"Concurrency", int64(c.Concurrency), 1, maxConcurrency},
		{"MaxAhead", int64(c.MaxAhead), 64, 1 << 24},
		{"MaxDeadLetters", int64(c.MaxDeadLetters), 1, NoLimit},
		{"MaxHeld", int64(c.MaxHeld), 1, 1 << 20},
		{"MaxInFlight", int64(c.MaxInFlight), 4, 1 << 20},
		{"MaxInFlightBytes", c.MaxInFlightBytes, 8, 1 << 40},
		{"MaxUncommitted", c.MaxUncommitted, 1, 1 << 40},
		{"OnLogChange", int64(c.OnLogChange), 0, int64(StopAtLogChange)},
		{"OnUnsupportedVersion", int64(c.OnUnsupportedVersion), 0, int64(DeadLetter)},
	} {
		if b.value < b.least || b.value > b.top {
			out = append(out, config.Problemf(b.field, "%d is outside %d to %d", b.value, b.least, b.top))
		}
	}
	for _, d := range []struct {
		field string
		value time.Duration
		least time.Duration
	}{
		{"CloseTimeout", c.CloseTimeout, time.Millisecond},
		{"ConnectTimeout", c.ConnectTimeout, time.Millisecond},
		{"HandlerTimeout", c.HandlerTimeout, time.Millisecond},
		{"ShutdownTimeout", c.ShutdownTimeout, 100 * time.Millisecond},
		{"StuckLimit", c.StuckLimit, time.Millisecond},
	} {
		if d.value < d.least || d.value > 24*time.Hour {
			out = append(out, config.Problemf(d.field, "%s is outside %s to 24h", d.value, d.least))
		}
	}
	if err := c.StartAt.problem(); err != nil {
		out = append(out, config.Problemf("StartAt", "%w", err))
	}
	for i, m := range c.Middleware {
		if m == nil {
			out = append(out, config.Problemf("Middleware", "element %d is nil", i))
		}
	}
	out = append(out, c.Breaker.withDefaults().problems()...)
	return append(out, c.Retry.withDefaults().problems("Retry")...)
}

// checkGroup accepts what may be part of a topic's name.
func checkGroup(group string) error {
	switch {
	case group == "":
		return errors.New("is empty: give the consumer group's name")
	case !topicname.HasOnlyAllowed(group):
		return fmt.Errorf("%.64q has characters other than letters, digits, '.', '_' and '-', which its dead-letter topics could not be named with", group)
	}
	return nil
}
