package eventbustest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// TestMain links contracts, as a service does by importing their generated Go.
func TestMain(m *testing.M) {
	c, err := catalog.Load(context.Background(), catalog.Options{Contracts: filepath.Join("..", "..", "internal", "cli", "testdata", "shop")})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c.Files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(f.Path(), "shop/") {
			err = protoregistry.GlobalFiles.RegisterFile(f)
		}
		return err == nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func client(t *testing.T, b *eventbustest.Broker, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.Brokers()...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestNewBrokerHasTheTopicsOfContractsAndGroups(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t, eventbustest.WithGroups("mailer", "audit"), eventbustest.WithTopic("foreign", 3))
	for topic, partitions := range map[string]int{
		"orders": 2, "orders.mailer.dlq": 2, "orders.mailer.redrive": 2, "orders.audit.dlq": 2, "orders.audit.redrive": 2,
		"people": 1, "people.mailer.dlq": 1, "people.audit.redrive": 1, "foreign": 3,
	} {
		if got := b.EndOffsets(topic); len(got) != partitions {
			t.Errorf("topic %s has %d partitions, want %d", topic, len(got), partitions)
		}
	}
	err := client(t, b, kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(0)).
		ProduceSync(deadline(t), &kgo.Record{Topic: "surprise"}).FirstErr()
	if err == nil {
		t.Error("a topic was created by use")
	}
}

func TestWriteAndRecordsAreByteForByte(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t)
	if got := b.Records("orders"); len(got) != 0 {
		t.Errorf("a new topic holds %v", got)
	}
	in := []event.Record{
		{Topic: "orders", Key: []byte("a"), Value: []byte("\x00\xff{"), Headers: []event.Header{
			{Key: "h", Value: []byte("1")}, {Key: "empty", Value: []byte{}}, {Key: "null"}, {Key: "h", Value: []byte("2")},
		}},
		{Topic: "orders", Key: []byte("a")}, // a tombstone
		{Topic: "orders", Value: []byte("without key")},
		{Topic: "orders", Key: []byte{}, Value: []byte{}},
	}
	written := b.Write(in...)
	var got []event.Record
	for _, w := range written {
		for _, r := range b.Records("orders") {
			if r.Partition == w.Partition && r.Offset == w.Offset {
				got = append(got, r.Record)
				if age := time.Since(r.Timestamp); age < -time.Minute || age > time.Minute {
					t.Errorf("timestamp of %d/%d is %s", r.Partition, r.Offset, r.Timestamp)
				}
			}
		}
	}
	if diff := cmp.Diff(in, got); diff != "" {
		t.Errorf("records (-written +read):\n%s", diff)
	}
	if h, ok := written[0].Header("h"); !ok || h != "2" {
		t.Errorf("Header(h) = %q, %v, want the last one", h, ok)
	}
	if _, ok := written[0].Header("gone"); ok {
		t.Error("Header found one that is not there")
	}
	records := b.Records("orders")
	for i := 1; i < len(records); i++ {
		a, b := records[i-1], records[i]
		if a.Partition > b.Partition || a.Partition == b.Partition && a.Offset >= b.Offset {
			t.Errorf("record %d/%d comes before %d/%d", a.Partition, a.Offset, b.Partition, b.Offset)
		}
	}
	var end int64
	for _, e := range b.EndOffsets("orders") {
		end += e
	}
	if end != 4 || len(records) != 4 {
		t.Errorf("%d records and end offsets of %d in sum, want 4", len(records), end)
	}
}

func TestRecordsLeaveOutAbortedTransactions(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t)
	ctx := deadline(t)
	c := client(t, b, kgo.TransactionalID("tx"))
	for _, try := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := c.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		value := map[kgo.TransactionEndTry]string{kgo.TryAbort: "aborted", kgo.TryCommit: "committed"}[try]
		if err := c.ProduceSync(ctx, &kgo.Record{Topic: "people", Value: []byte(value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := c.EndTransaction(ctx, try); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.WaitRecords("people", 1); len(got) != 1 || string(got[0].Value) != "committed" {
		t.Errorf("records = %v, want the committed one", got)
	}
}

func TestCommitted(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t)
	b.Write(event.Record{Topic: "people", Value: []byte("1")}, event.Record{Topic: "people", Value: []byte("2")})
	if got := b.Committed("mailer", "people"); len(got) != 0 {
		t.Errorf("a group that never was committed %v", got)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.ConsumerGroup("mailer"), kgo.ConsumeTopics("people"), kgo.DisableAutoCommit())
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		for n := 0; n < 2; {
			fetches := c.PollFetches(t.Context())
			n += fetches.NumRecords()
			if err := c.CommitRecords(t.Context(), fetches.Records()...); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	b.WaitCommitted("mailer", "people")
	if diff := cmp.Diff(map[int]int64{0: 2}, b.Committed("mailer", "people")); diff != "" {
		t.Errorf("committed (-want +got):\n%s", diff)
	}
	<-done
	b.WaitCommitted("mailer", "orders") // nothing to commit there
}

// failing is a test whose failure is expected.
type failing struct {
	testing.TB

	mu      sync.Mutex
	message string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.mu.Lock()
	f.message = fmt.Sprintf(format, args...)
	f.mu.Unlock()
	runtime.Goexit()
}

func (f *failing) Helper() {}

func TestWhatCannotBeEndsTheTest(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		call func(*eventbustest.Broker)
		want string
	}{
		"condition": {func(b *eventbustest.Broker) { b.WaitFor("rain", func() bool { return false }) }, "gave up waiting for rain"},
		"records":   {func(b *eventbustest.Broker) { b.WaitRecords("people", 1) }, `gave up waiting for 1 records in topic "people"`},
		"commit": {func(b *eventbustest.Broker) {
			b.Write(event.Record{Topic: "people", Value: []byte("1")})
			b.WaitCommitted("mailer", "people")
		}, `gave up waiting for group "mailer" to commit the end of topic "people"`},
		"dead letters without a group": {func(b *eventbustest.Broker) { b.WaitDeadLetters("people", "mailer", 1) }, `topic "people.mailer.dlq" does not exist`},
		"write to no topic":            {func(b *eventbustest.Broker) { b.Write(event.Record{Topic: "nowhere"}) }, `topic "nowhere" does not exist`},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &failing{TB: t}
			b := eventbustest.NewBroker(f, eventbustest.WithTimeout(300*time.Millisecond))
			done := make(chan struct{})
			go func() {
				defer close(done)
				row.call(b)
			}()
			<-done
			if !strings.Contains(f.message, row.want) {
				t.Errorf("the test ended with %q, want %q", f.message, row.want)
			}
		})
	}
}
