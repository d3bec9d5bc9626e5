package integration_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// cluster is the Kafka that a test has for itself: an embedded broker or, with
// the build tag kafka, an Apache Kafka. It is read by a client of its own.
type cluster struct {
	t      *testing.T
	addrs  []string
	client *kgo.Client
	admin  *kadm.Client
}

// edit changes what a test's cluster starts with.
type edit func(*broker.Config)

// withPartitions changes the number of partitions of a topic.
func withPartitions(topic string, n int) edit {
	return func(cfg *broker.Config) {
		for i := range cfg.Topics {
			if cfg.Topics[i].Name == topic {
				cfg.Topics[i].Partitions = n
			}
		}
	}
}

// withTopicConfig changes one configuration of a topic.
func withTopicConfig(topic, key, value string) edit {
	return func(cfg *broker.Config) {
		for i := range cfg.Topics {
			if cfg.Topics[i].Name == topic {
				cfg.Topics[i].Config[key] = value
			}
		}
	}
}

// onlyTopics leaves these topics of all.
func onlyTopics(names ...string) edit {
	return func(cfg *broker.Config) {
		cfg.Topics = slices.DeleteFunc(cfg.Topics, func(topic broker.Topic) bool { return !slices.Contains(names, topic.Name) })
	}
}

// brokerConfig has the topics of the todo product and of group.
func brokerConfig(edits []edit) broker.Config {
	var cfg broker.Config
	add := func(p topicplan.Topic) {
		cfg.Topics = append(cfg.Topics, broker.Topic{Name: p.Name, Partitions: p.Partitions, Config: maps.Clone(p.Config)})
	}
	for _, declared := range event.Linked().Topics() {
		add(topicplan.ForSource(declared))
		for _, p := range topicplan.ForGroup(declared, group) {
			add(p)
		}
	}
	for _, f := range edits {
		f(&cfg)
	}
	return cfg
}

func newCluster(t *testing.T, addrs []string, opts ...kgo.Opt) *cluster {
	t.Helper()
	c := client(t, addrs, opts...)
	return &cluster{t: t, addrs: addrs, client: c, admin: kadm.NewClient(c)}
}

// Brokers are the addresses that clients are given.
func (c *cluster) Brokers() []string { return c.addrs }

// ctx bounds one question to the cluster.
func (c *cluster) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	c.t.Cleanup(cancel)
	return ctx
}

// ask puts a question to the cluster until it has an answer: while a broker is
// killed or started beside it, a connection may end or a leader be unknown.
func (c *cluster) ask(what string, question func() error) {
	c.t.Helper()
	var err error
	defer func() {
		if err != nil { // the test has ended
			c.t.Logf("%s: %v", what, err)
		}
	}()
	eventually(c.t, what, func() bool {
		err = question()
		var code *kerr.Error
		if errors.As(err, &code) && !code.Retriable {
			c.t.FailNow()
		}
		return err == nil
	})
}

// Committed are the offsets that a group has committed on a topic.
func (c *cluster) Committed(group, topic string) map[int]int64 {
	c.t.Helper()
	out := map[int]int64{}
	c.ask("the committed offsets of group "+group+" can be read", func() error {
		resp, err := c.admin.FetchOffsetsForTopics(c.ctx(), group, topic)
		if errors.Is(err, kerr.GroupIDNotFound) { // the embedded broker's word for a group that never committed
			return nil
		}
		if err == nil {
			err = resp.Error()
		}
		for _, o := range resp.Offsets().Sorted() {
			if o.At >= 0 {
				out[int(o.Partition)] = o.At
			}
		}
		return err
	})
	return out
}

// EndOffsets are those that the next records of a topic will have.
func (c *cluster) EndOffsets(topic string) map[int]int64 {
	c.t.Helper()
	return c.offsets(topic, c.admin.ListEndOffsets)
}

func (c *cluster) offsets(topic string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) map[int]int64 {
	c.t.Helper()
	var resp kadm.ListedOffsets
	c.ask("the offsets of topic "+topic+" can be read", func() (err error) {
		if resp, err = list(c.ctx(), topic); err == nil {
			err = resp.Error()
		}
		return err
	})
	out := map[int]int64{}
	resp.Each(func(o kadm.ListedOffset) { out[int(o.Partition)] = o.Offset })
	return out
}

// WaitCommitted waits until a group has committed all that can be read of a
// topic.
func (c *cluster) WaitCommitted(group, topic string) {
	c.t.Helper()
	starts, ends := c.offsets(topic, c.admin.ListStartOffsets), c.offsets(topic, c.admin.ListCommittedOffsets)
	eventually(c.t, fmt.Sprintf("group %s has committed the end of topic %s", group, topic), func() bool {
		committed := c.Committed(group, topic)
		for p, end := range ends {
			if end > starts[p] && committed[p] < end {
				return false
			}
		}
		return true
	})
}

// Write writes records as Kafka clients do, and returns where they are.
func (c *cluster) Write(recs ...event.Record) []eventbustest.Record {
	c.t.Helper()
	writer := client(c.t, c.addrs, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	defer writer.Close()
	out := make([]eventbustest.Record, len(recs))
	for i, rec := range recs {
		in := &kgo.Record{Topic: rec.Topic, Key: rec.Key, Value: rec.Value}
		for _, h := range rec.Headers {
			in.Headers = append(in.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
		if err := writer.ProduceSync(c.ctx(), in).FirstErr(); err != nil {
			c.t.Fatalf("write to topic %s: %v", rec.Topic, err)
		}
		out[i] = recordOf(in)
	}
	return out
}

// Records are all records of a topic that can be read, by partition and offset.
func (c *cluster) Records(topic string) []eventbustest.Record {
	c.t.Helper()
	starts, ends := c.offsets(topic, c.admin.ListStartOffsets), c.offsets(topic, c.admin.ListCommittedOffsets)
	at := map[int32]kgo.Offset{}
	for p, end := range ends {
		if end > starts[p] {
			at[int32(p)] = kgo.NewOffset().At(starts[p])
		}
	}
	var out []eventbustest.Record
	if len(at) == 0 {
		return nil
	}
	reader := client(c.t, c.addrs, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: at}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	defer reader.Close()
	for ctx := c.ctx(); len(at) > 0; {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			c.t.Fatalf("read topic %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset >= ends[int(r.Partition)]-1 {
				delete(at, r.Partition)
			}
			if !r.Attrs.IsControl() && r.Offset < ends[int(r.Partition)] {
				out = append(out, recordOf(r))
			}
		})
	}
	slices.SortStableFunc(out, func(a, b eventbustest.Record) int {
		if a.Partition != b.Partition {
			return a.Partition - b.Partition
		}
		return int(a.Offset - b.Offset)
	})
	return out
}

func recordOf(r *kgo.Record) eventbustest.Record {
	out := eventbustest.Record{
		Record:    event.Record{Topic: r.Topic, Key: r.Key, Value: r.Value},
		Partition: int(r.Partition), Offset: r.Offset, Timestamp: r.Timestamp,
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return out
}

// WaitRecords waits until a topic holds n records and returns all of them.
func (c *cluster) WaitRecords(topic string, n int) []eventbustest.Record {
	c.t.Helper()
	var out []eventbustest.Record
	eventually(c.t, fmt.Sprintf("%d records in topic %s", n, topic), func() bool {
		out = c.Records(topic)
		return len(out) >= n
	})
	return out
}

// WaitDeadLetters waits until a topic has n dead letters of a group.
func (c *cluster) WaitDeadLetters(topic, group string, n int) []eventbustest.Record {
	c.t.Helper()
	return c.WaitRecords(event.DeadLetterTopic(topic, group), n)
}

// recreate makes an empty topic in the place of one.
func (c *cluster) recreate(topic string, partitions int32) {
	c.t.Helper()
	if _, err := c.admin.DeleteTopic(c.ctx(), topic); err != nil {
		c.t.Fatalf("delete topic %s: %v", topic, err)
	}
	eventually(c.t, "topic "+topic+" can be made again", func() bool {
		_, err := c.admin.CreateTopic(c.ctx(), partitions, 1, nil, topic)
		return err == nil
	})
}

// client is an independent client of a cluster.
func client(t *testing.T, brokers []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
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
