package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// answerTimeout bounds each question to the cluster.
const answerTimeout = 20 * time.Second

// observer looks at topics and groups without the bus, and without joining a
// group.
type observer struct{ cluster cluster }

// rawConsumer is a consumer with its tokens.
type rawConsumer struct {
	*kafka.Consumer

	tokenless func()
}

// Close releases the consumer.
func (c rawConsumer) Close() error {
	c.tokenless()
	return c.Consumer.Close()
}

// client makes a raw consumer. Group names whose commits it can see.
func (o observer) client(group string) (*rawConsumer, error) {
	m := o.cluster.raw()
	for k, v := range (kafka.ConfigMap{
		"group.id": group, "enable.auto.commit": false, "auto.offset.reset": "earliest",
		"isolation.level": "read_committed", "enable.partition.eof": true,
		"fetch.wait.max.ms": 50, "fetch.queue.backoff.ms": 5,
	}) {
		(*m)[k] = v
	}
	c, err := kafka.NewConsumer(m)
	if err != nil {
		return nil, fmt.Errorf("observe: %w", err)
	}
	stop, err := o.cluster.authenticate(c)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("observe: %w", err), c.Close())
	}
	return &rawConsumer{c, stop}, nil
}

// ends are the offsets that the next records of topics will have.
func (o observer) ends(topics ...string) (map[partition]int64, error) {
	c, err := o.client("demo-observer")
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }() // it commits by calls alone, and has nothing to lose
	return endsOf(c.Consumer, topics)
}

func endsOf(c *kafka.Consumer, topics []string) (map[partition]int64, error) {
	out := map[partition]int64{}
	timeout := int(answerTimeout.Milliseconds())
	for _, topic := range topics {
		var partitions []kafka.PartitionMetadata
		err := patiently(func() error {
			md, err := c.GetMetadata(&topic, false, timeout)
			if err != nil {
				return err
			}
			partitions = md.Topics[topic].Partitions
			if err := md.Topics[topic].Error; err.Code() != kafka.ErrNoError {
				return err
			}
			return nil
		})
		for _, p := range partitions {
			if err != nil {
				break
			}
			err = patiently(func() error {
				_, high, err := c.QueryWatermarkOffsets(topic, p.ID, timeout)
				out[partition{topic, p.ID}] = high
				return err
			})
		}
		if err != nil {
			return nil, fmt.Errorf("look at topic %q: %w", topic, err)
		}
	}
	return out, nil
}

// patiently asks again while a topic is so new that brokers do not know it or
// its leader yet.
func patiently(ask func() error) error {
	young := []kafka.ErrorCode{
		kafka.ErrUnknownTopicOrPart, kafka.ErrUnknownTopic, kafka.ErrUnknownPartition,
		kafka.ErrLeaderNotAvailable, kafka.ErrNotLeaderForPartition,
	}
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		err := ask()
		var ke kafka.Error
		if err == nil || !errors.As(err, &ke) || !slices.Contains(young, ke.Code()) || time.Since(start) > answerTimeout {
			return err
		}
	}
}

// committed are a group's offsets for partitions; one without a commit is absent.
func (o observer) committed(group string, of map[partition]int64) (map[partition]int64, error) {
	c, err := o.client(group)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }() // it commits by calls alone, and has nothing to lose
	ask := make([]kafka.TopicPartition, 0, len(of))
	for p := range of {
		ask = append(ask, kafka.TopicPartition{Topic: &p.Topic, Partition: p.Partition})
	}
	answers, err := c.Committed(ask, int(answerTimeout.Milliseconds()))
	if err != nil {
		return nil, fmt.Errorf("look at the commits of group %q: %w", group, err)
	}
	out := map[partition]int64{}
	for _, a := range answers {
		if a.Error != nil {
			return nil, fmt.Errorf("look at the commits of group %q: %w", group, a.Error)
		}
		if a.Offset >= 0 {
			out[partition{*a.Topic, a.Partition}] = int64(a.Offset)
		}
	}
	return out, nil
}

// begin lets a new group begin at starts: what a topic held before this run is
// none of its business.
func (o observer) begin(group string, starts map[partition]int64) error {
	c, err := o.client(group)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // it commits by calls alone, and has nothing to lose
	var offsets []kafka.TopicPartition
	for p, offset := range starts {
		offsets = append(offsets, kafka.TopicPartition{Topic: &p.Topic, Partition: p.Partition, Offset: kafka.Offset(offset)})
	}
	done, err := c.CommitOffsets(offsets)
	for _, tp := range done {
		if err == nil && tp.Error != nil {
			err = tp.Error
		}
	}
	if err != nil {
		return fmt.Errorf("set the start of group %q: %w", group, err)
	}
	return nil
}

// read returns the records from starts to the ends of now.
func (o observer) read(starts map[partition]int64) ([]record, error) {
	c, err := o.client("demo-observer")
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }() // it commits by calls alone, and has nothing to lose
	var assignment []kafka.TopicPartition
	open := map[partition]bool{}
	for p, offset := range starts {
		assignment = append(assignment, kafka.TopicPartition{Topic: &p.Topic, Partition: p.Partition, Offset: kafka.Offset(offset)})
		open[p] = true
	}
	if err := c.Assign(assignment); err != nil {
		return nil, fmt.Errorf("read the topics: %w", err)
	}
	var out []record
	for quiet := time.Now(); len(open) > 0; {
		switch e := c.Poll(100).(type) {
		case *kafka.Message:
			out, quiet = append(out, recordOf(e)), time.Now()
		case kafka.PartitionEOF:
			delete(open, partition{*e.Topic, e.Partition})
		case kafka.Error:
			if e.IsFatal() {
				return nil, fmt.Errorf("read the topics: %w", e)
			}
		}
		if time.Since(quiet) > answerTimeout {
			return nil, fmt.Errorf("read the topics: %d partitions have not come to their end, and nothing came for %s", len(open), answerTimeout)
		}
	}
	slices.SortFunc(out, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return out, nil
}

func recordOf(m *kafka.Message) record {
	r := record{
		place: place{partition{*m.TopicPartition.Topic, m.TopicPartition.Partition}, int64(m.TopicPartition.Offset)},
		Key:   m.Key, Value: m.Value, At: m.Timestamp, Headers: map[string]string{},
	}
	for _, h := range m.Headers {
		r.Headers[h.Key] = string(h.Value)
	}
	return r
}
