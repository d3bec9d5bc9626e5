package cli_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

func TestV5_StopsAtTheFirstErrorAndGoesOn(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	for i := range 4 {
		write(t, b, dead(i, "retries_exhausted", "o-1", fmt.Sprint(i)))
	}
	// The third record that reaches the broker is refused for good.
	refuseProduce(b, 3)
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json")
	_, got := outcomes(t, r.stdout)
	if r.code != 1 || len(got) != 4 || got[0] != "mailer/orders/0/0 redriven" || got[1] != "mailer/orders/0/1 redriven" ||
		!strings.HasPrefix(got[2], "mailer/orders/0/2 failed: ") || got[3] != "mailer/orders/0/3 not_sent" {
		t.Fatalf("exit code %d, outcomes %q\n%s", r.code, got, r.stderr)
	}
	if !strings.Contains(r.stderr, "run it again to go on") || !strings.Contains(r.stderr, "may be redriven twice") {
		t.Errorf("stderr = %q, want it to say how to go on", r.stderr)
	}
	_, got = outcomes(t, e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json"))
	want := []string{
		"mailer/orders/0/0 left_out: redriven already (--again sends it once more)",
		"mailer/orders/0/1 left_out: redriven already (--again sends it once more)",
		"mailer/orders/0/2 redriven", "mailer/orders/0/3 redriven",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes of the second run (-want +got):\n%s", diff)
	}
	var values []string
	for _, rec := range readAll(t, b, ordersRedrive) {
		values = append(values, string(rec.Value))
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "3"}, values); diff != "" {
		t.Errorf("redriven (-want +got):\n%s", diff)
	}
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--again")
	if got := readAll(t, b, ordersRedrive); len(got) != 8 {
		t.Errorf("--again: %d records, want 8", len(got))
	}
}

// refuseProduce answers the n-th produce request with an error that no client
// retries.
func refuseProduce(b *broker.Broker, n int) {
	b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		if n--; n != 0 {
			return nil, nil, false
		}
		b.Cluster().DropControl()
		produce := req.(*kmsg.ProduceRequest)
		resp := produce.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range produce.Topics {
			rt := kmsg.NewProduceResponseTopic()
			rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				rp := kmsg.NewProduceResponseTopicPartition()
				rp.Partition, rp.ErrorCode = p.Partition, kerr.InvalidRecord.Code
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
}

// A record that is no dead letter must not pass for the twin of one.
func TestRedriveIsNotSuppressedByForeignRecords(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	claim := func(topic, redriveTopic string) *kgo.Record {
		return &kgo.Record{Topic: topic, Key: []byte("o-1"), Headers: []kgo.RecordHeader{
			{Key: "dlq-id", Value: []byte("mailer/orders/0/1")},
			{Key: "redrive-of", Value: []byte("mailer/orders/0/1")},
			{Key: "redrive-group", Value: []byte("mailer")},
			{Key: "redrive-topic", Value: []byte(redriveTopic)},
		}}
	}
	write(t, b, claim(ordersDLQ, "orders"), dead(1, "panic", "o-1", "x"), claim(ordersRedrive, "people"))
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json")
	_, got := outcomes(t, r.stdout)
	want := []string{"mailer/orders/0/1 refused: not a dead letter of this topic and group: it has no dead-letter headers", "mailer/orders/0/1 redriven"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	// What the group would take for redriven counts, if it is this record: another one
	// under its id is a stranger's.
	write(t, b, dead(2, "panic", "o-1", "x"))
	other, sent := claim(ordersRedrive, "orders"), dead(2, "panic", "o-1", "x")
	other.Headers[1].Value = []byte("mailer/orders/0/2")
	sent.Topic, sent.Headers = ordersRedrive, append(sent.Headers, other.Headers...)
	for _, row := range []struct {
		holds *kgo.Record
		want  string
	}{{other, "planned"}, {sent, "left_out: redriven already (--again sends it once more)"}} {
		write(t, b, row.holds)
		_, got = outcomes(t, e.run("dlq", "redrive", ordersDLQ, "--json", "--id", "mailer/orders/0/2").stdout)
		if want := []string{"mailer/orders/0/2 " + row.want}; !cmp.Equal(want, got) {
			t.Errorf("outcomes = %q, want %q", got, want)
		}
	}
}

func TestRedriveCollapsesTwins(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "panic", "o-1", "x"), dead(1, "panic", "o-1", "x"))
	_, got := outcomes(t, e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json"))
	want := []string{"mailer/orders/0/1 redriven", "mailer/orders/0/1 left_out: an earlier dead letter in the topic is about the same failure"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestRedriveNeedsItsTopic(t *testing.T) {
	t.Parallel()
	b := cluster(t, broker.Topic{Name: ordersDLQ, Partitions: 1})
	e := newEventctl(t, b.Addr())
	write(t, b, dead(1, "panic", "o-1", "x"))
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	if r.code != 1 || !strings.Contains(r.stderr, `topic "orders.mailer.redrive" does not exist: `) {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

func TestRedriveOfARecordWithoutKey(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	r := dead(1, "panic", "", "x")
	r.Key, r.Partition = nil, 1
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	if got := readAll(t, b, ordersRedrive); len(got) != 1 || got[0].Partition != 1 || got[0].Key != nil {
		t.Errorf("redriven = %+v, want it in partition 1 without a key", got)
	}
}

// A dead letter may be far larger than what its group publishes.
func TestRedriveOfAHugeRecord(t *testing.T) {
	t.Parallel()
	room := map[string]string{"max.message.bytes": fmt.Sprint(32 << 20)}
	b := cluster(t, broker.Topic{Name: ordersDLQ, Config: room}, broker.Topic{Name: ordersRedrive, Config: room})
	e := newEventctl(t, b.Addr())
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.ProducerBatchMaxBytes(32<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	value := strings.Repeat("x", 20<<20)
	if err := c.ProduceSync(t.Context(), dead(1, "panic", "o-1", value)).FirstErr(); err != nil {
		t.Fatal(err)
	}
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	if got := readAll(t, b, ordersRedrive); len(got) != 1 || string(got[0].Value) != value {
		t.Errorf("%d records, want the one of 20 MiB byte for byte", len(got))
	}
	if out := e.ok("dlq", "show", ordersDLQ, "0/0"); len(out) > 10_000 {
		t.Errorf("dlq show prints %d bytes of a value that is no event", len(out))
	}
}

func TestV5_OneIdempotentProducerOneRecordAtATime(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	for i := range 4 {
		write(t, b, dead(i, "panic", fmt.Sprintf("o-%d", i), fmt.Sprint(i)))
	}
	var mu sync.Mutex
	var acks []int16
	var records []int32
	producers := map[int64]bool{}
	b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		mu.Lock()
		defer mu.Unlock()
		produce := req.(*kmsg.ProduceRequest)
		acks = append(acks, produce.Acks)
		for _, topic := range produce.Topics {
			for _, p := range topic.Partitions {
				var batch kmsg.RecordBatch
				if err := batch.ReadFrom(p.Records); err != nil {
					t.Error(err)
				}
				records = append(records, batch.NumRecords)
				producers[batch.ProducerID] = true
			}
		}
		return nil, nil, false
	})
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff([]int16{-1, -1, -1, -1}, acks); diff != "" {
		t.Errorf("acks of the requests (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{1, 1, 1, 1}, records); diff != "" {
		t.Errorf("records in each request (-want +got):\n%s", diff)
	}
	if len(producers) != 1 || producers[-1] {
		t.Errorf("producer ids %v, want one that the cluster gave", producers)
	}
}
