package cli

import (
	"context"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// topicName refuses what Kafka refuses, before the client sees it: librdkafka ends the
// process at a name of more than 512 characters.
func topicName(name string) error {
	if !topicname.Valid(name) {
		return usagef("%.60q is not a topic name: it has 1 to %d letters, digits, '.', '_' and '-'", name, topicname.Max)
	}
	return nil
}

// read calls each for the records of a topic, as the reader does: in the order of
// offsets within a partition, and of partitions in no order.
func (c connection) read(ctx context.Context, r kafkaclient.Reader, each func(recordview.Record) error) error {
	r.Session = c.session
	return r.Read(ctx, func(m *kafka.Message) error { return each(recordOf(m)) })
}

// recordOf is a record as it is shown.
func recordOf(m *kafka.Message) recordview.Record {
	r := recordview.Record{
		Record:    event.Record{Topic: *m.TopicPartition.Topic, Key: m.Key, Value: m.Value},
		Partition: m.TopicPartition.Partition,
		Offset:    int64(m.TopicPartition.Offset),
		Timestamp: m.Timestamp,
	}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return r
}

// messageOf is a record as it is sent: byte for byte, but without its time, which is that
// of the sending. The partition counts only if the record has no key: the key finds its
// own otherwise.
func messageOf(r recordview.Record) *kafka.Message {
	m := &kafka.Message{TopicPartition: kafka.TopicPartition{Partition: r.Partition}, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		m.Headers = append(m.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
	return m
}
