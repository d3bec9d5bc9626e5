package integration_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// startCluster starts a broker whose requests a test can watch and answer. edit
// may change its topics.
func startCluster(t *testing.T, edit ...func(*broker.Config)) *broker.Broker {
	t.Helper()
	var topics []broker.Topic
	add := func(p topicplan.Topic) {
		topics = append(topics, broker.Topic{Name: p.Name, Partitions: p.Partitions, Config: p.Config})
	}
	for _, declared := range event.Linked().Topics() {
		add(topicplan.ForSource(declared))
		for _, p := range topicplan.ForGroup(declared, group) {
			add(p)
		}
	}
	cfg := broker.Config{Topics: topics}
	for _, f := range edit {
		f(&cfg)
	}
	b, err := broker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// client is an independent client of a broker.
func client(t *testing.T, brokers []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// produce writes records as they are, each to the partition that it names.
func produce(t *testing.T, c *kgo.Client, recs ...*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := c.ProduceSync(ctx, recs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// raw is a record of an event for a partition of our choice.
func raw(t *testing.T, partition int32, key int, title string) *kgo.Record {
	t.Helper()
	rec := encode(t, created(key, title))
	return &kgo.Record{Topic: rec.Topic, Partition: partition, Key: rec.Key, Value: rec.Value}
}

// commit is one offset that a consumer asked the broker to commit.
type commit struct {
	topic     string
	partition int32
	offset    int64
}

// commits watches what is committed. check is called at each commit, before the
// broker knows of it.
type commits struct {
	mu   sync.Mutex
	list []commit
}

func watchCommits(b *broker.Broker, check func(commit)) *commits {
	w := &commits{}
	b.Cluster().ControlKey(int16(kmsg.OffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		for _, topic := range req.(*kmsg.OffsetCommitRequest).Topics {
			for _, p := range topic.Partitions {
				c := commit{topic.Topic, p.Partition, p.Offset}
				check(c)
				w.mu.Lock()
				w.list = append(w.list, c)
				w.mu.Unlock()
			}
		}
		return nil, nil, false
	})
	return w
}

func (w *commits) all() []commit {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]commit(nil), w.list...)
}

// on is a consumer's configuration for a cluster.
func on(b *broker.Broker, cfg eventbus.ConsumerConfig) eventbus.ConsumerConfig {
	cfg.Brokers = b.Addrs()
	return cfg
}
