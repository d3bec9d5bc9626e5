package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// sendTimeout bounds one send, retries included. It is longer than a leader
// election takes.
const sendTimeout = 30 * time.Second

// sender writes records one at a time, each acknowledged by all in-sync
// replicas before the next.
type sender struct {
	conn       connection
	producer   *kafka.Producer
	partitions map[string]int32
}

func (c connection) newSender() (*sender, error) {
	m := c.client()
	for k, v := range (kafka.ConfigMap{
		"enable.idempotence":  true,
		"acks":                "all",
		"partitioner":         "murmur2_random", // as every producer of these topics
		"linger.ms":           0,
		"message.timeout.ms":  int(sendTimeout.Milliseconds()),
		"message.max.bytes":   64 << 20, // the topic's own limit decides
		"go.delivery.reports": true,
	}) {
		(*m)[k] = v
	}
	p, err := kafka.NewProducer(m)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &sender{conn: c, producer: p, partitions: map[string]int32{}}, nil
}

// send writes one record. After an error it may or may not have been written.
func (s *sender) send(topic string, r record) (kafka.TopicPartition, error) {
	partition := kafka.PartitionAny
	if r.Key == nil && r.Topic != topic { // a record that moves
		// A record without a key keeps its place among those of its partition.
		n, err := s.count(topic)
		if err != nil {
			return kafka.TopicPartition{}, err
		}
		partition = r.Partition % n
	}
	msg := &kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: partition},
		Key:            r.Key, Value: r.Value,
	}
	for _, h := range r.Headers {
		msg.Headers = append(msg.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
	reports := make(chan kafka.Event, 1)
	if err := s.producer.Produce(msg, reports); err != nil {
		return kafka.TopicPartition{}, err
	}
	for {
		select {
		case e := <-reports:
			m, ok := e.(*kafka.Message)
			if !ok {
				continue
			}
			return m.TopicPartition, m.TopicPartition.Error
		case e := <-s.producer.Events():
			if err, ok := e.(kafka.Error); ok && err.IsFatal() {
				return kafka.TopicPartition{}, s.conn.failed("send", err)
			}
		case <-time.After(sendTimeout + 5*time.Second):
			return kafka.TopicPartition{}, errors.New("the client reported no outcome")
		}
	}
}

func (s *sender) count(topic string) (int32, error) {
	if n, ok := s.partitions[topic]; ok {
		return n, nil
	}
	ps, err := s.conn.partitions(s.producer, topic)
	if err != nil {
		return 0, err
	}
	s.partitions[topic] = int32(len(ps))
	return int32(len(ps)), nil
}

func (s *sender) close() { s.producer.Close() }
