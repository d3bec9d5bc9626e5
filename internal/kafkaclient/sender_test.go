package kafkaclient_test

import (
	"strings"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

func TestSenderKeepsPartitions(t *testing.T) {
	t.Parallel()
	_, s := session(t)
	sender, err := s.Sender()
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for partition, value := range []string{"a", "b", "c", "d"} {
		record := &kafka.Message{TopicPartition: kafka.TopicPartition{Partition: int32(partition)}, Value: []byte(value)}
		if err := sender.Send("todos", record); err != nil {
			t.Fatal(err)
		}
	}
	// Of five partitions before, the topic has two.
	if diff := cmp.Diff(map[int32][]string{0: {"a", "c"}, 1: {"b", "d"}}, values(t, kafkaclient.Reader{Session: s, Topic: "todos"})); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestSenderSaysWhetherARecordWasWritten(t *testing.T) {
	t.Parallel()
	_, s := session(t, broker.Topic{Name: "small", Config: map[string]string{"max.message.bytes": "1000"}})
	sender, err := s.Sender()
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	// Above what the client itself takes, compressed or not.
	large := []byte(strings.Repeat("x", 64<<20+1<<24))
	if err := sender.Send("small", &kafka.Message{Key: []byte("k"), Value: large}); err == nil || !strings.HasPrefix(err.Error(), `not sent, it is too large: raise max.message.bytes of topic "small": `) {
		t.Errorf("a record that is too large: %v", err)
	}
	if err := sender.Send("small", &kafka.Message{Key: []byte("k"), Value: []byte("x")}); err != nil {
		t.Errorf("the next record: %v", err)
	}
	if err := sender.Send("nowhere", &kafka.Message{}); err == nil || !strings.HasPrefix(err.Error(), `topic "nowhere" does not exist`) {
		t.Errorf("a record without a key to a topic that does not exist: %v", err)
	}
}
