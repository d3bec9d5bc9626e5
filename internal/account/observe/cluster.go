package observe

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// answerTimeout bounds each question to the cluster.
const answerTimeout = 20 * time.Second

// Cluster is where to look. Its methods make a client each, and are safe for
// concurrent use.
type Cluster struct {
	// Properties say how to connect, in librdkafka's words: bootstrap.servers and
	// what is about TLS and SASL.
	Properties kafka.ConfigMap

	// Authenticate, if there is one, gives a new client its tokens until stop is
	// called: SASL OAUTHBEARER needs them before the first question.
	Authenticate func(client *kafka.Consumer) (stop func(), err error)
}

// Ends are the offsets that the next records of topics will have, in all their
// partitions. A topic that is so new that brokers do not know it yet is waited for.
func (c Cluster) Ends(ctx context.Context, topics ...string) (map[account.TopicPartition]int64, error) {
	client, err := c.client("observer")
	if err != nil {
		return nil, err
	}
	defer client.close()
	ends := map[account.TopicPartition]int64{}
	for _, topic := range topics {
		partitions, err := client.partitions(ctx, topic)
		for _, p := range partitions {
			if err != nil {
				break
			}
			err = patiently(ctx, func() error {
				_, end, err := client.QueryWatermarkOffsets(topic, p.ID, left(ctx))
				ends[account.TopicPartition{Topic: topic, Partition: p.ID}] = end
				return err
			})
		}
		if err != nil {
			return nil, fmt.Errorf("look at topic %q: %w", topic, err)
		}
	}
	return ends, nil
}

// Committed are a group's offsets for partitions; one without a commit is missing.
func (c Cluster) Committed(ctx context.Context, group string, partitions iter.Seq[account.TopicPartition]) (map[account.TopicPartition]int64, error) {
	client, err := c.client(group)
	if err != nil {
		return nil, err
	}
	defer client.close()
	var ask []kafka.TopicPartition
	for p := range partitions {
		ask = append(ask, kafka.TopicPartition{Topic: &p.Topic, Partition: p.Partition})
	}
	answers, err := client.Committed(ask, left(ctx))
	committed := map[account.TopicPartition]int64{}
	for _, a := range answers {
		if err == nil {
			err = a.Error
		}
		if a.Offset >= 0 { // else there is no commit
			committed[account.TopicPartition{Topic: *a.Topic, Partition: a.Partition}] = int64(a.Offset)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("look at the commits of group %q: %w", group, err)
	}
	return committed, nil
}

// Read returns the records from the offsets of from to the ends of now, sorted by
// position. It sees what a reader with isolation.level=read_committed sees.
func (c Cluster) Read(ctx context.Context, from map[account.TopicPartition]int64) ([]account.Record, error) {
	client, err := c.client("observer")
	if err != nil {
		return nil, err
	}
	defer client.close()
	unread := maps.Clone(from)
	var assignment []kafka.TopicPartition
	for p, offset := range from {
		assignment = append(assignment, kafka.TopicPartition{Topic: &p.Topic, Partition: p.Partition, Offset: kafka.Offset(offset)})
	}
	if err := client.Assign(assignment); err != nil {
		return nil, fmt.Errorf("read the topics: %w", err)
	}
	var out []account.Record
	for last := time.Now(); len(unread) > 0; {
		switch e := client.Poll(100).(type) {
		case *kafka.Message:
			out, last = append(out, record(e)), time.Now()
		case kafka.PartitionEOF:
			delete(unread, account.TopicPartition{Topic: *e.Topic, Partition: e.Partition})
		case kafka.Error:
			if e.IsFatal() {
				return nil, fmt.Errorf("read the topics: %w", e)
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read the topics: %w", err)
		}
		if time.Since(last) > answerTimeout {
			return nil, fmt.Errorf("read the topics: %d partitions have not come to their end, and nothing came for %s", len(unread), answerTimeout)
		}
	}
	slices.SortFunc(out, func(a, b account.Record) int { return a.Compare(b.Position) })
	return out, nil
}

func record(m *kafka.Message) account.Record {
	r := account.Record{
		Position: account.Position{
			TopicPartition: account.TopicPartition{Topic: *m.TopicPartition.Topic, Partition: m.TopicPartition.Partition},
			Offset:         int64(m.TopicPartition.Offset),
		},
		Key: m.Key, Value: m.Value, Time: m.Timestamp,
	}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, account.Header{Key: h.Key, Value: h.Value})
	}
	return r
}

// client is a raw consumer with its tokens.
type client struct {
	*kafka.Consumer

	stop func() // of the tokens
}

// client makes one. It sees the commits of group, and does not join it.
func (c Cluster) client(group string) (*client, error) {
	m := maps.Clone(c.Properties)
	maps.Copy(m, kafka.ConfigMap{
		"group.id": group, "enable.auto.commit": false, "auto.offset.reset": "earliest",
		"isolation.level": "read_committed", "enable.partition.eof": true,
		// It asks and goes: what is there should come at once.
		"fetch.wait.max.ms": 50, "fetch.queue.backoff.ms": 5,
	})
	consumer, err := kafka.NewConsumer(&m)
	if err != nil {
		return nil, fmt.Errorf("observe: %w", err)
	}
	stop := func() {}
	if c.Authenticate != nil {
		if stop, err = c.Authenticate(consumer); err != nil {
			return nil, errors.Join(fmt.Errorf("observe: %w", err), consumer.Close())
		}
	}
	return &client{consumer, stop}, nil
}

func (c *client) close() {
	c.stop()
	_ = c.Close() // it has committed nothing, and has nothing to lose
}

func (c *client) partitions(ctx context.Context, topic string) (partitions []kafka.PartitionMetadata, err error) {
	err = patiently(ctx, func() error {
		md, err := c.GetMetadata(&topic, false, left(ctx))
		if err != nil {
			return err
		}
		partitions = md.Topics[topic].Partitions
		if err := md.Topics[topic].Error; err.Code() != kafka.ErrNoError {
			return err
		}
		return nil
	})
	return partitions, err
}

// patiently asks again while a topic is so new that brokers do not know it or its
// leader yet.
func patiently(ctx context.Context, ask func() error) error {
	young := []kafka.ErrorCode{
		kafka.ErrUnknownTopicOrPart, kafka.ErrUnknownTopic, kafka.ErrUnknownPartition,
		kafka.ErrLeaderNotAvailable, kafka.ErrNotLeaderForPartition,
	}
	for start := time.Now(); ; {
		err := ask()
		var ke kafka.Error
		if err == nil || !errors.As(err, &ke) || !slices.Contains(young, ke.Code()) || time.Since(start) > answerTimeout {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// left is the time for an answer in ms: answerTimeout, or less if ctx ends before.
func left(ctx context.Context) int {
	d := answerTimeout
	if deadline, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(deadline))
	}
	return int(max(d, time.Millisecond).Milliseconds())
}
