package eventbustest

import (
	"cmp"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Record is one record as the broker holds it.
type Record struct {
	event.Record

	Partition int
	Offset    int64
	Timestamp time.Time
}

// Header is the value of the last header of that key, which is the one that
// readers heed; ok is false if there is none.
func (r Record) Header(key string) (value string, ok bool) {
	for _, h := range slices.Backward(r.Headers) {
		if h.Key == key {
			return string(h.Value), true
		}
	}
	return "", false
}

func (b *Broker) mustTopic(topic string) []broker.PartitionInfo {
	b.t.Helper()
	info, ok := b.broker.Topic(topic)
	if !ok {
		b.t.Fatalf("eventbustest: topic %q does not exist: link its contracts, or give WithGroups, WithConsumer or WithTopic", topic)
	}
	return info.Partitions
}

// Records are all records of a topic, by partition and offset, read without the
// bus. Those of transactions that are open or aborted are left out.
func (b *Broker) Records(topic string) []Record {
	b.t.Helper()
	open := map[int32]bool{}
	var assignment []kafka.TopicPartition
	for p, info := range b.mustTopic(topic) {
		if info.Stable > info.Start {
			open[int32(p)] = true
			assignment = append(assignment, kafka.TopicPartition{Topic: &topic, Partition: int32(p), Offset: kafka.Offset(info.Start)})
		}
	}
	if len(open) == 0 {
		return nil
	}
	c, err := kafka.NewConsumer(&kafka.ConfigMap{
		"bootstrap.servers": b.Addr(), "group.id": "eventbustest", // no group is joined
		"enable.auto.commit": false, "enable.partition.eof": true, "isolation.level": "read_committed",
		"auto.offset.reset": "earliest", "fetch.wait.max.ms": 10, "fetch.queue.backoff.ms": 5, "enable.metrics.push": false,
	})
	if err != nil {
		b.t.Fatalf("eventbustest: read topic %q: %v", topic, err)
	}
	defer func() { _ = c.Close() }() // it has read, and has nothing to lose
	if err := c.Assign(assignment); err != nil {
		b.t.Fatalf("eventbustest: read topic %q: %v", topic, err)
	}
	var out []Record
	for deadline := time.Now().Add(b.timeout); len(open) > 0; {
		if time.Now().After(deadline) {
			b.t.Fatalf("eventbustest: read topic %q: no end after %s", topic, b.timeout)
		}
		switch e := c.Poll(50).(type) {
		case *kafka.Message:
			out = append(out, recordOf(e))
		case kafka.PartitionEOF:
			delete(open, e.Partition)
		case kafka.Error:
			if e.IsFatal() {
				b.t.Fatalf("eventbustest: read topic %q: %v", topic, e)
			}
		}
	}
	slices.SortFunc(out, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return out
}

func recordOf(m *kafka.Message) Record {
	r := Record{
		Record:    event.Record{Topic: *m.TopicPartition.Topic, Key: m.Key, Value: m.Value},
		Partition: int(m.TopicPartition.Partition), Offset: int64(m.TopicPartition.Offset), Timestamp: m.Timestamp,
	}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return r
}

// Write writes records byte for byte, as another program might: foreign ones,
// broken ones, events of the past. It returns them with their places, in the
// order given. The partition follows from the key, as for every producer.
func (b *Broker) Write(recs ...event.Record) []Record {
	b.t.Helper()
	p, err := kafka.NewProducer(&kafka.ConfigMap{
		"bootstrap.servers": b.Addr(), "enable.idempotence": true, "partitioner": "murmur2_random",
		"linger.ms": 0, "message.max.bytes": 64 << 20, "allow.auto.create.topics": false, "enable.metrics.push": false,
		"message.timeout.ms": int(defaultTimeout.Milliseconds()), "go.events.channel.size": 1,
	})
	if err != nil {
		b.t.Fatalf("eventbustest: write: %v", err)
	}
	defer p.Close()
	out := make([]Record, 0, len(recs))
	reports := make(chan kafka.Event, 1)
	for _, r := range recs {
		b.mustTopic(r.Topic)
		m := &kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &r.Topic, Partition: kafka.PartitionAny}, Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			m.Headers = append(m.Headers, kafka.Header{Key: h.Key, Value: h.Value})
		}
		if err := p.Produce(m, reports); err != nil {
			b.t.Fatalf("eventbustest: write to topic %q: %v", r.Topic, err)
		}
		acked := (<-reports).(*kafka.Message)
		if acked.TopicPartition.Error != nil {
			b.t.Fatalf("eventbustest: write to topic %q: %v", r.Topic, acked.TopicPartition.Error)
		}
		out = append(out, Record{Record: r, Partition: int(acked.TopicPartition.Partition), Offset: int64(acked.TopicPartition.Offset), Timestamp: acked.Timestamp})
	}
	return out
}
