package eventbustest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// defaultTimeout bounds every wait that WithTimeout does not, and every write.
const defaultTimeout = 30 * time.Second

// Option changes what NewBroker starts.
type Option func(*options)

type options struct {
	groups    []string
	consumers []eventbus.ConsumerConfig
	timeout   time.Duration
	topics    []broker.Topic
}

// WithGroups creates, for each group, the dead-letter and the redrive topic of
// every topic of the linked contracts.
func WithGroups(names ...string) Option {
	return func(o *options) { o.groups = append(o.groups, names...) }
}

// WithConsumer creates, instead of every topic of the linked contracts, those
// that a consumer of cfg needs (eventbus.RequiredTopics). Given several times it
// adds up.
func WithConsumer(cfg eventbus.ConsumerConfig) Option {
	return func(o *options) { o.consumers = append(o.consumers, cfg) }
}

// WithTimeout bounds every wait. Defaults to 30 s, and never exceeds the test's
// own deadline.
func WithTimeout(d time.Duration) Option {
	return func(o *options) { o.timeout = d }
}

// WithTopic creates one more topic, such as one that no contract declares.
func WithTopic(name string, partitions int) Option {
	return func(o *options) { o.topics = append(o.topics, broker.Topic{Name: name, Partitions: partitions}) }
}

// Broker is an embedded broker that belongs to one test. Its methods end the
// test when they fail, so they are called from the test's goroutine; apart from
// that they are safe for concurrent use.
type Broker struct {
	t       testing.TB
	broker  *broker.Broker
	topics  []string // as it was started with
	timeout time.Duration
}

// NewBroker starts a broker in memory that is stopped when the test ends. It
// has every topic that the linked contracts declare, with their partitions and
// configurations. Topics are never created by use, as in production.
func NewBroker(t testing.TB, opts ...Option) *Broker {
	t.Helper()
	o := options{timeout: defaultTimeout}
	for _, opt := range opts {
		opt(&o)
	}
	topics, err := o.plan()
	if err != nil {
		t.Fatalf("eventbustest: %v", err)
	}
	b, err := broker.Start(broker.Config{Topics: topics})
	if err != nil {
		t.Fatalf("eventbustest: %v", err)
	}
	t.Cleanup(b.Close)
	var names []string
	for _, topic := range topics {
		names = append(names, topic.Name)
	}
	return &Broker{t: t, broker: b, topics: names, timeout: o.timeout}
}

// plan collects the topics by name, so that consumers may share them.
func (o options) plan() ([]broker.Topic, error) {
	byName := map[string]broker.Topic{}
	add := func(name string, partitions int, config map[string]string) {
		byName[name] = broker.Topic{Name: name, Partitions: partitions, Config: config}
	}
	for _, cfg := range o.consumers {
		required, err := eventbus.RequiredTopics(cfg)
		if err != nil {
			return nil, err
		}
		for _, t := range required {
			add(t.Name, t.Partitions, t.Config)
		}
	}
	linked := event.Linked().Topics()
	if len(o.consumers) > 0 {
		linked = nil
	}
	for _, t := range linked {
		source := topicplan.ForSource(t)
		add(source.Name, source.Partitions, source.Config)
		for _, g := range o.groups {
			for _, derived := range topicplan.ForGroup(t, g) {
				add(derived.Name, derived.Partitions, derived.Config)
			}
		}
	}
	for _, t := range o.topics {
		byName[t.Name] = t
	}
	var out []broker.Topic
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[name])
	}
	return out, nil
}

// Addr is the broker's address, host:port.
func (b *Broker) Addr() string { return b.broker.Addr() }

// Brokers are the addresses that a kafkaconn.Connection takes.
func (b *Broker) Brokers() []string { return b.broker.Addrs() }
