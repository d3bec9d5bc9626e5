package kafkaclient_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// session is a broker with one topic of two partitions, and a session with it.
func session(t *testing.T, topics ...broker.Topic) (*broker.Broker, *kafkaclient.Session) {
	t.Helper()
	b, err := broker.Start(broker.Config{Topics: append(topics, broker.Topic{Name: "todos", Partitions: 2})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b, kafkaclient.NewSession(kafkaclient.SessionConfig{
		Cluster: kafkaclient.NewCluster(kafkaconn.Connection{Brokers: b.Addrs()}, nil), ClientID: "test",
	})
}

// write writes records to partitions of their own choice, with a client that is not
// ours. A record's value is PARTITION/OFFSET, unless it has one.
func write(t *testing.T, b *broker.Broker, records ...*kgo.Record) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, r := range records {
		if r.Topic == "" {
			r.Topic = "todos"
		}
		if r.Value == nil {
			info, _ := b.Topic(r.Topic)
			r.Value = fmt.Appendf(nil, "%d/%d", r.Partition, info.Partitions[r.Partition].End)
		}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// values reads until the reading is over, and returns the values by partition.
func values(t *testing.T, r kafkaclient.Reader) map[int32][]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got := map[int32][]string{}
	if err := r.Read(ctx, func(m *kafka.Message) error {
		got[m.TopicPartition.Partition] = append(got[m.TopicPartition.Partition], string(m.Value))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}
