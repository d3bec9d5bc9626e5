package kafkaclient_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

func TestReaderStarts(t *testing.T) {
	t.Parallel()
	b, s := session(t)
	old, recent := time.Now().Add(-time.Hour), time.Now()
	write(t, b, &kgo.Record{Timestamp: old}, &kgo.Record{Timestamp: old}, &kgo.Record{Timestamp: recent}, &kgo.Record{Partition: 1, Timestamp: old})
	for _, row := range []struct {
		name   string
		reader kafkaclient.Reader
		want   map[int32][]string
	}{
		{"at the first record", kafkaclient.Reader{}, map[int32][]string{0: {"0/0", "0/1", "0/2"}, 1: {"1/0"}}},
		{"so many before each end", kafkaclient.Reader{Last: 2}, map[int32][]string{0: {"0/1", "0/2"}, 1: {"1/0"}}},
		{"at the end", kafkaclient.Reader{AtEnd: true}, map[int32][]string{}},
		{"at a time", kafkaclient.Reader{Since: recent.Add(-time.Minute)}, map[int32][]string{0: {"0/2"}}},
		{"at a time that is later than all", kafkaclient.Reader{Since: recent.Add(time.Hour)}, map[int32][]string{}},
		{"and stops at ends of before", kafkaclient.Reader{Ends: map[int32]int64{0: 1}}, map[int32][]string{0: {"0/0"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.reader.Session, row.reader.Topic = s, "todos"
			if diff := cmp.Diff(row.want, values(t, row.reader)); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

// The end of each partition is fixed before the first record is read.
func TestReaderFixesTheEnds(t *testing.T) {
	t.Parallel()
	b, s := session(t)
	write(t, b, &kgo.Record{}, &kgo.Record{Partition: 1})
	got := map[int32]int64{}
	r := kafkaclient.Reader{Session: s, Topic: "todos", Started: func(ends map[int32]int64) {
		maps.Copy(got, ends)
		write(t, b, &kgo.Record{}, &kgo.Record{Partition: 1})
	}}
	if diff := cmp.Diff(map[int32][]string{0: {"0/0"}, 1: {"1/0"}}, values(t, r)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[int32]int64{0: 1, 1: 1}, got); diff != "" {
		t.Errorf("ends (-want +got):\n%s", diff)
	}
}

func TestReaderFollows(t *testing.T) {
	t.Parallel()
	b, s := session(t)
	write(t, b, &kgo.Record{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	r := kafkaclient.Reader{Session: s, Topic: "todos", CaughtUp: func() (bool, error) {
		got = append(got, "caught up")
		write(t, b, &kgo.Record{}, &kgo.Record{}) // before it is followed
		return true, nil
	}}
	err := r.Read(ctx, func(m *kafka.Message) error {
		if got = append(got, string(m.Value)); len(got) == 4 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the end of the context", err)
	}
	if diff := cmp.Diff([]string{"0/0", "caught up", "0/1", "0/2"}, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// No group is joined, and nothing is committed.
func TestReaderCommitsNothing(t *testing.T) {
	t.Parallel()
	b, s := session(t)
	write(t, b, &kgo.Record{}, &kgo.Record{Partition: 1})
	first := values(t, kafkaclient.Reader{Session: s, Topic: "todos"})
	if diff := cmp.Diff(first, values(t, kafkaclient.Reader{Session: s, Topic: "todos"})); diff != "" {
		t.Errorf("a second reading differs (-first +second):\n%s", diff)
	}
	admin, err := s.Admin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	groups, err := admin.ListConsumerGroups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(groups.Valid) != 0 {
		t.Errorf("the cluster has groups: %v", groups.Valid)
	}
}

// Markers of transactions have offsets, and are no records: the end lies behind them.
func TestReaderEndsBehindMarkers(t *testing.T) {
	t.Parallel()
	b, s := session(t)
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.TransactionalID("tx"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		value := map[kgo.TransactionEndTry]string{kgo.TryCommit: "committed", kgo.TryAbort: "aborted"}[end]
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "todos", Value: []byte(value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := client.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[int32][]string{0: {"committed"}}, values(t, kafkaclient.Reader{Session: s, Topic: "todos"})); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestReaderErrors(t *testing.T) {
	t.Parallel()
	b, s := session(t, broker.Topic{Name: "todos.notifier.dlq"})
	write(t, b, &kgo.Record{})
	for topic, want := range map[string]string{
		"todoz":              `topic "todoz" does not exist: did you mean todos?`,
		"todos.notifierdlq":  `topic "todos.notifierdlq" does not exist: did you mean todos.notifier.dlq or todos?`,
		"todos.notfier.dlq":  `topic "todos.notfier.dlq" does not exist: did you mean todos.notifier.dlq?`,
		"something.else.dlq": `topic "something.else.dlq" does not exist: create it with eventctl topics apply, if the contracts declare it`,
	} {
		err := kafkaclient.Reader{Session: s, Topic: topic}.Read(t.Context(), nil)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("read %s: %v, want %s", topic, err, want)
		}
	}
	mine := errors.New("mine")
	if err := (kafkaclient.Reader{Session: s, Topic: "todos"}).Read(t.Context(), func(*kafka.Message) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("error %v, want that of each record's function", err)
	}
}
