package broker_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

func start(t *testing.T, cfg broker.Config) *broker.Broker {
	t.Helper()
	b, err := broker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func client(t *testing.T, b *broker.Broker, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.Addrs()...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestBrokerServesItsTopics(t *testing.T) {
	t.Parallel()
	b := start(t, broker.Config{Topics: []broker.Topic{
		{Name: "todos", Partitions: 3, Config: map[string]string{"retention.ms": "604800000"}},
		{Name: "audit"},
	}})
	ctx := deadline(t)
	c := client(t, b, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err := c.ProduceSync(ctx, &kgo.Record{Topic: "todos", Partition: 1, Value: []byte("a")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	got, ok := b.Topic("todos")
	want := broker.TopicInfo{
		Config:     map[string]string{"retention.ms": "604800000"},
		Partitions: []broker.PartitionInfo{{}, {End: 1, Stable: 1}, {}},
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("Topic(todos) = _, %v (-want +got):\n%s", ok, diff)
	}
	if got, ok := b.Topic("audit"); !ok || len(got.Partitions) != 1 {
		t.Errorf("Topic(audit) = %+v, %v, want one partition by default", got, ok)
	}
	if _, ok := b.Topic("nothing"); ok {
		t.Error("Topic(nothing) found a topic that was never created")
	}
}

func TestTopicsAreNotCreatedByUse(t *testing.T) {
	t.Parallel()
	b := start(t, broker.Config{})
	c := client(t, b, kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(0))
	err := c.ProduceSync(deadline(t), &kgo.Record{Topic: "todos", Value: []byte("a")}).FirstErr()
	if err == nil {
		t.Fatal("a record was accepted for a topic that nobody created")
	}
}

func TestCreateTopicRefusals(t *testing.T) {
	t.Parallel()
	b := start(t, broker.Config{Topics: []broker.Topic{{Name: "todo.events"}}})
	rows := map[string]struct{ topic, want string }{
		"twice":       {"todo.events", "TOPIC_ALREADY_EXISTS"},
		"dot against": {"todo_events", "differs from another topic's only in '.' and '_'"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := b.CreateTopic(broker.Topic{Name: row.topic})
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), row.topic) {
				t.Errorf("CreateTopic(%q) = %v, want an error that names it and says %q", row.topic, err, row.want)
			}
		})
	}
	if _, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: "a.b"}, {Name: "a_b"}}}); err == nil {
		t.Error("Start accepted two colliding topics")
	}
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	first := start(t, broker.Config{})
	_, text, _ := net.SplitHostPort(first.Addr())
	port, _ := strconv.Atoi(text)
	_, err := broker.Start(broker.Config{Port: port})
	if err == nil || !strings.Contains(err.Error(), "port "+text+" is taken") {
		t.Errorf("Start on port %s = %v, want an error that says the port is taken", text, err)
	}
	if _, err := broker.Start(broker.Config{Port: 65535, Brokers: 2}); err == nil {
		t.Error("Start accepted a port above 65535")
	}
}

func TestPortIsUsed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b := start(t, broker.Config{Port: port})
	if !strings.HasSuffix(b.Addr(), ":"+strconv.Itoa(port)) {
		t.Errorf("Addr() = %s, want port %d", b.Addr(), port)
	}
}

func TestDataDirSurvivesARestart(t *testing.T) {
	t.Parallel()
	cfg := broker.Config{DataDir: t.TempDir(), Topics: []broker.Topic{{Name: "todos", Partitions: 2}}}
	ctx := deadline(t)

	b := start(t, cfg)
	c := client(t, b)
	if err := c.ProduceSync(ctx, &kgo.Record{Topic: "todos", Key: []byte("k"), Value: []byte("kept")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	commit(t, b, c, "notifier", "todos", 1, 7)
	b.Close()
	b.Close() // twice is fine

	b = start(t, cfg) // the same topics again: those on disk stay
	if diff := cmp.Diff(map[string]map[int]int64{"todos": {1: 7}}, b.Committed("notifier")); diff != "" {
		t.Errorf("committed offsets after the restart (-want +got):\n%s", diff)
	}
	if got := b.Committed("stranger"); len(got) != 0 {
		t.Errorf("Committed(stranger) = %v, want none", got)
	}
	fetches := client(t, b, kgo.ConsumeTopics("todos")).PollFetches(ctx)
	if err := fetches.Err(); err != nil {
		t.Fatal(err)
	}
	if rs := fetches.Records(); len(rs) != 1 || string(rs[0].Value) != "kept" {
		t.Errorf("records after the restart = %v, want the one that was written before it", rs)
	}
}

// commit sets a group's offset from outside, as a group without members allows.
func commit(t *testing.T, b *broker.Broker, c *kgo.Client, group, topic string, partition int32, offset int64) {
	t.Helper()
	p := kmsg.NewOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset = partition, offset
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation = group, -1
	req.Topics = []kmsg.OffsetCommitRequestTopic{{Topic: topic, TopicID: b.Cluster().TopicInfo(topic).TopicID, Partitions: []kmsg.OffsetCommitRequestTopicPartition{p}}}
	resp, err := req.RequestWith(deadline(t), c)
	if err != nil {
		t.Fatal(err)
	}
	if code := resp.Topics[0].Partitions[0].ErrorCode; code != 0 {
		t.Fatalf("commit was answered with error code %d", code)
	}
}

func TestDataDirHasOneBroker(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data")
	first, err := broker.Start(broker.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := broker.Start(broker.Config{DataDir: dir}); err == nil || !strings.Contains(err.Error(), dir+": another broker uses it") {
		t.Errorf("second broker on a data directory = %v, want a refusal", err)
	}
	first.Close()
	again, err := broker.Start(broker.Config{DataDir: dir})
	if err != nil {
		t.Fatalf("after the first one has ended: %v", err)
	}
	again.Close()
}

// Everybody on the machine could read the records.
func TestTheDataDirectoryIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	made := filepath.Join(t.TempDir(), "made")
	there := t.TempDir()
	if err := os.Chmod(there, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{made, there} {
		b, err := broker.Start(broker.Config{DataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		b.Close()
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%v, mode %04o, want 0700", err, info.Mode().Perm())
		}
	}
}
