package eventbus

import (
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// letterOf is the dead letter of a record: its key, value and headers byte for
// byte, and what happened. details says whether error and violations are told. A
// record without a key keeps its place among those of its partition, of which the
// dead-letter topic has so many as partitions says.
func (c *Consumer) letterOf(it *flow.Item[delivery], v verdict, details bool, partitions int) kafka.Message {
	d := &it.Value
	src := d.in.source
	f := deadletter.Failure{
		Topic: src.topic.Name, Group: c.cfg.Group,
		At:     deadletter.Place{Topic: src.name, Partition: d.in.partition, Offset: it.Offset(), Timestamp: timestampMs(d.msg)},
		Reason: v.reason, Error: v.text, Violations: v.violations,
		Handler: v.handler, Attempts: v.attempts,
		FirstFailedAt: v.first, FailedAt: time.Now(),
		EventID: v.md.ID, EventType: v.md.Type,
	}
	msg := kafka.Message{
		TopicPartition: kafka.TopicPartition{Topic: &src.deadLetter, Partition: kafka.PartitionAny},
		Key:            d.msg.Key, Value: d.msg.Value,
		Headers: kafkaHeaders(f.Headers(eventHeaders(d.msg.Headers), details)),
	}
	if d.msg.Key == nil && partitions > 0 {
		msg.TopicPartition.Partition = d.in.partition % int32(partitions)
	}
	return msg
}

// eventHeaders are a message's headers as package event has them.
func eventHeaders(headers []kafka.Header) []event.Header {
	if len(headers) == 0 {
		return nil
	}
	out := make([]event.Header, len(headers))
	for i, h := range headers {
		out[i] = event.Header{Key: h.Key, Value: h.Value}
	}
	return out
}

// kafkaHeaders are headers as the client sends them.
func kafkaHeaders(headers []event.Header) []kafka.Header {
	out := make([]kafka.Header, len(headers))
	for i, h := range headers {
		out[i] = kafka.Header{Key: h.Key, Value: h.Value}
	}
	return out
}
