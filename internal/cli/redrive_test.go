package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

func outcomes(t *testing.T, out string) (run string, of []string) {
	t.Helper()
	var report struct {
		Run     string
		Letters []struct {
			DLQID   string `json:"dlq_id"`
			Outcome string
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	for _, l := range report.Letters {
		of = append(of, l.DLQID+" "+l.Outcome)
	}
	return report.Run, of
}

func TestV1_DryRunUnlessExecute(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "retries_exhausted", "o-1", placed(t, e, "o-1")))
	golden(t, "redrive-dry-run", e.ok("dlq", "redrive", ordersDLQ))
	if got := readAll(t, b, ordersRedrive); len(got) != 0 {
		t.Errorf("a dry run sent %d records", len(got))
	}
	for _, args := range [][]string{{"--execute"}, {"--execute", "--reason", "  "}, {"--execute", "--reason", strings.Repeat("x", 1025)}} {
		if r := e.run(append([]string{"dlq", "redrive", ordersDLQ}, args...)...); r.code != 2 {
			t.Errorf("redrive %.40v: exit code %d, want 2", args, r.code)
		}
	}
}

func TestV3V4_RedriveKeepsTheEventAndItsHeaders(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	value := placed(t, e, "o-1")
	write(t, b, dead(1, "retries_exhausted", "o-1", value, redriven("1")...))
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "mail server is back", "--json")
	if r.code != 0 || !strings.Contains(r.stderr, "may be redriven twice") {
		t.Fatalf("redrive: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	run, _ := outcomes(t, r.stdout)
	recs := readAll(t, b, ordersRedrive)
	if len(recs) != 1 || string(recs[0].Key) != "o-1" || string(recs[0].Value) != value {
		t.Fatalf("redriven records = %+v, want the event byte for byte", recs)
	}
	want := []kgo.RecordHeader{
		{Key: "tenant", Value: []byte("7")},
		{Key: "empty", Value: []byte{}},
		{Key: "null"},
		{Key: "tenant", Value: []byte("8")},
		{Key: "dlq-origin-topic", Value: []byte("orders")},
		{Key: "dlq-origin-partition", Value: []byte("0")},
		{Key: "dlq-origin-offset", Value: []byte("1")},
		{Key: "redrive-id", Value: []byte(run)},
		{Key: "redrive-of", Value: []byte("mailer/orders/0/1")},
		{Key: "redrive-count", Value: []byte("2")},
		{Key: "redrive-group", Value: []byte("mailer")},
		{Key: "redrive-topic", Value: []byte("orders")},
		{Key: "redrive-reason", Value: []byte("mail server is back")},
	}
	if diff := cmp.Diff(want, recs[0].Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if len(readAll(t, b, "orders")) != 0 || len(readAll(t, b, ordersDLQ)) != 1 {
		t.Error("redrive touched the source topic, or the dead letters themselves")
	}
}

func TestV4_RefusedAtThreeWithoutForce(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	spoofed := append(redriven("9")[:4], kgo.RecordHeader{Key: "redrive-topic", Value: []byte("people")})
	write(t, b,
		dead(1, "retries_exhausted", "o-1", "x", redriven("3")...),
		dead(2, "retries_exhausted", "o-1", "x", redriven("2")...),
		dead(3, "retries_exhausted", "o-1", "x", spoofed...),
		dead(4, "retries_exhausted", "o-1", "x", redriven("many")...),
	)
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json")
	_, got := outcomes(t, r.stdout)
	want := []string{
		"mailer/orders/0/1 refused: redriven 3 times or more (--force sends it)",
		"mailer/orders/0/2 redriven", "mailer/orders/0/3 redriven", "mailer/orders/0/4 redriven",
	}
	if diff := cmp.Diff(want, got); diff != "" || r.code != 1 {
		t.Errorf("exit code %d, outcomes (-want +got):\n%s", r.code, diff)
	}
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--force", "--id", "mailer/orders/0/1")
	if got := readAll(t, b, ordersRedrive); len(got) != 4 {
		t.Errorf("%d records were redriven, want 4", len(got))
	}
}

func TestV4_ForeignRecordsAreRefused(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	elsewhere := dead(1, "invalid", "o-1", "x", kgo.RecordHeader{Key: "x"})
	elsewhere.Headers = append(elsewhere.Headers, kgo.RecordHeader{Key: "dlq-topic", Value: []byte("people")}) // the last one wins
	write(t, b, elsewhere, &kgo.Record{Topic: ordersDLQ, Key: []byte("o-1"), Value: []byte("no dead letter")})
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	if r.code != 1 || strings.Count(r.stdout, "refused: no dead letter of this topic and group") != 2 {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if len(readAll(t, b, ordersRedrive))+len(readAll(t, b, "people.mailer.redrive")) != 0 {
		t.Error("a foreign record was redriven")
	}
}

func TestV5_RedriveKeepsTheOrderOfEachKey(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	const n = 60
	want := map[string][]string{}
	for i := range n {
		key := fmt.Sprintf("o-%d", i%7)
		value := fmt.Sprint(i)
		want[key] = append(want[key], value)
		write(t, b, dead(i, "retries_exhausted", key, value))
	}
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	got := map[string][]string{}
	for _, r := range readAll(t, b, ordersRedrive) {
		got[string(r.Key)] = append(got[string(r.Key)], string(r.Value))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values by key (-want +got):\n%s", diff)
	}
}

func TestRedriveStopsAtTheFirstErrorAndGoesOn(t *testing.T) {
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
		!strings.HasPrefix(got[2], "mailer/orders/0/2 failed: ") || got[3] != "mailer/orders/0/3 not sent: the run stopped before it" {
		t.Fatalf("exit code %d, outcomes %q\n%s", r.code, got, r.stderr)
	}
	if !strings.Contains(r.stderr, "run it again to go on") {
		t.Errorf("stderr = %q, want it to say how to go on", r.stderr)
	}
	_, got = outcomes(t, e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json"))
	want := []string{
		"mailer/orders/0/0 left out: redriven already (--again sends it once more)",
		"mailer/orders/0/1 left out: redriven already (--again sends it once more)",
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

func TestRedriveCollapsesTwins(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "panic", "o-1", "x"), dead(1, "panic", "o-1", "x"))
	_, got := outcomes(t, e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json"))
	want := []string{"mailer/orders/0/1 redriven", "mailer/orders/0/1 left out: the same failure is in the topic before"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestRedriveToTheSourceTopicIsOptIn(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "panic", "o-1", "x"))
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--to-source")
	if s, r := len(readAll(t, b, "orders")), len(readAll(t, b, ordersRedrive)); s != 1 || r != 0 {
		t.Errorf("%d records in the source topic and %d in the redrive topic, want 1 and 0", s, r)
	}
}

func TestRedriveNeedsItsTopic(t *testing.T) {
	t.Parallel()
	b := cluster(t, broker.Topic{Name: ordersDLQ, Partitions: 1})
	e := newEventctl(t, b.Addr())
	write(t, b, dead(1, "panic", "o-1", "x"))
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	if r.code != 1 || !strings.Contains(r.stderr, `topic "orders.mailer.redrive" does not exist: create it with eventctl topics apply`) {
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

func TestV2_TheEndIsFixedAtTheStart(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	for i := range 3 {
		write(t, b, dead(i, "panic", "o-1", fmt.Sprint(i)))
	}
	// While the first event is on its way, another one dies.
	written := make(chan struct{})
	first := true
	b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		if first {
			first = false
			go func() {
				defer close(written)
				write(t, b, dead(3, "panic", "o-1", "3"))
			}()
			b.Cluster().SleepControl(func() { <-written })
		}
		return nil, nil, false
	})
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	if dlq, sent := len(readAll(t, b, ordersDLQ)), len(readAll(t, b, ordersRedrive)); dlq != 4 || sent != 3 {
		t.Errorf("of %d dead letters %d were redriven, want the 3 of 4 that were there at the start", dlq, sent)
	}
}
