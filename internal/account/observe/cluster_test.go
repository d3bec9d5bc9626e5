package observe_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/internal/account/observe"
	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// start starts a broker with a topic of two partitions.
func start(t *testing.T) (observe.Cluster, *kgo.Client) {
	t.Helper()
	b, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: "todos", Partitions: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID("a-test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return observe.Cluster{Properties: kafka.ConfigMap{"bootstrap.servers": b.Addr(), "log_level": 0}}, client
}

// write writes records in a transaction of their own.
func write(t *testing.T, client *kgo.Client, end kgo.TransactionEndTry, records ...*kgo.Record) {
	t.Helper()
	err := client.BeginTransaction()
	if err == nil {
		err = client.ProduceSync(t.Context(), records...).FirstErr()
	}
	if err == nil {
		err = client.EndTransaction(t.Context(), end)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func todos(partition int32) account.TopicPartition {
	return account.TopicPartition{Topic: "todos", Partition: partition}
}

func TestSeesWhatTopicsHoldAndGroupsHaveCommitted(t *testing.T) {
	t.Parallel()
	c, client := start(t)
	at := time.UnixMilli(1_700_000_000_000)
	write(t, client, kgo.TryCommit,
		&kgo.Record{Topic: "todos", Partition: 1, Key: []byte("a"), Value: []byte("first"), Timestamp: at},
		&kgo.Record{Topic: "todos", Partition: 1, Value: []byte{}, Timestamp: at, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("1")}, {Key: "h", Value: []byte("2")}}},
	)
	write(t, client, kgo.TryAbort, &kgo.Record{Topic: "todos", Partition: 1, Value: []byte("taken back")})
	write(t, client, kgo.TryCommit, &kgo.Record{Topic: "todos", Partition: 1, Key: []byte{}, Timestamp: at})

	ends, err := c.Ends(t.Context(), "todos")
	if err != nil {
		t.Fatal(err)
	}
	// Each transaction has a marker, too.
	if diff := cmp.Diff(map[account.TopicPartition]int64{todos(0): 0, todos(1): 7}, ends); diff != "" {
		t.Errorf("ends (-want +got):\n%s", diff)
	}
	got, err := c.Read(t.Context(), map[account.TopicPartition]int64{todos(0): 0, todos(1): 0})
	if err != nil {
		t.Fatal(err)
	}
	position := func(offset int64) account.Position {
		return account.Position{TopicPartition: todos(1), Offset: offset}
	}
	want := []account.Record{
		{Position: position(0), Key: []byte("a"), Value: []byte("first"), Time: at},
		{Position: position(1), Value: []byte{}, Time: at, Headers: []account.Header{{Key: "h", Value: []byte("1")}, {Key: "h", Value: []byte("2")}}},
		{Position: position(5), Key: []byte{}, Time: at},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if got, err := c.Read(t.Context(), map[account.TopicPartition]int64{todos(1): 5}); err != nil || len(got) != 1 {
		t.Errorf("from offset 5: %v, %v", got, err)
	}

	commits := kadm.Offsets{}
	commits.AddOffset("todos", 1, 2, -1)
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), "g", commits); err != nil {
		t.Fatal(err)
	}
	committed, err := c.Committed(t.Context(), "g", maps.Keys(ends))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[account.TopicPartition]int64{todos(1): 2}, committed); diff != "" {
		t.Errorf("commits (-want +got):\n%s", diff)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c, _ := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Ends(ctx, "not-there-yet"); !errors.Is(err, context.Canceled) {
		t.Errorf("Ends: %v", err)
	}
	if _, err := c.Read(ctx, map[account.TopicPartition]int64{todos(0): 0}); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
}

func TestATokenThatCannotBeHadIsAnError(t *testing.T) {
	t.Parallel()
	c, _ := start(t)
	refused := errors.New("the identity provider refuses")
	c.Authenticate = func(*kafka.Consumer) (func(), error) { return nil, refused }
	if _, err := c.Ends(t.Context(), "todos"); !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
}
