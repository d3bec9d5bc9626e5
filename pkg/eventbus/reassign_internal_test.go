package eventbus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// In an eager group whose topic grows, the client may say "assigned" again without
// "revoked" between. (The old assignment was overwritten: what it had handled and
// not committed was handled twice, and its handlers ran beside the new ones.)
func TestC24_AssignedTwiceWithoutRevoked(t *testing.T) {
	t.Parallel()
	const group, records = "reassigned", 60
	var topics []broker.Topic
	for _, name := range []string{"todos", topicname.DeadLetter("todos", group), topicname.Redrive("todos", group)} {
		topics = append(topics, broker.Topic{Name: name, Partitions: 3})
	}
	b, err := broker.Start(broker.Config{Topics: topics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	conn := kafkaconn.Connection{Brokers: b.Addrs()}
	quiet := slog.New(slog.DiscardHandler)
	p, err := NewProducer(ProducerConfig{Connection: conn, Source: "test", Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	publish := func() {
		t.Helper()
		var msgs []proto.Message
		for i := range records {
			msgs = append(msgs, &todov1.TodoCreated{
				TodoId: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), UserId: "00000000-0000-4000-8000-000000000000", Title: "x",
			})
		}
		if err := FirstError(p.PublishBatch(ctx, Outs(msgs...)...)); err != nil {
			t.Fatal(err)
		}
	}
	publish()

	var mu sync.Mutex
	type place struct {
		topic     string
		partition int32
		offset    int64
		attempt   int
	}
	handled := map[place]int{}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(handled)
	}
	c, err := NewConsumer(ConsumerConfig{
		Connection: conn, Group: group, Logger: quiet,
		// Nothing is committed by itself within the test.
		Config: map[string]string{"partition.assignment.strategy": "range", "auto.commit.interval.ms": "30000"},
		Handlers: []Handler{Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			d, _ := DeliveryFrom(ctx)
			mu.Lock()
			defer mu.Unlock()
			handled[place{d.Topic, d.Partition, d.Offset, d.Attempt}]++
			return nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.newOwner(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c.run.Store(o.runState)
	until := func(what string, ok func() bool) {
		t.Helper()
		for !ok() {
			if ctx.Err() != nil {
				t.Fatalf("%s: not in time", what)
			}
			o.poll(10)
		}
	}
	until("all are handled", func() bool { return count() == records })
	var all []kafka.TopicPartition
	for _, a := range o.assignments.list {
		all = append(all, a.at(int64(kafka.OffsetInvalid)))
	}
	o.rebalance(kafka.AssignedPartitions{Partitions: all[:len(all)-1]})
	if got := len(o.assignments.list); got != len(all)-1 {
		t.Errorf("%d partitions are assigned, want %d", got, len(all)-1)
	}
	publish()
	until("the new ones are handled", func() bool { return count() >= 2*records })
	if err := o.shutdown(nil, time.Now()); err != nil {
		t.Error(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	for d, n := range handled {
		if n != 1 {
			t.Errorf("%s/%d/%d was handled %d times", d.topic, d.partition, d.offset, n)
		}
	}
}
