package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

func outcomes(t *testing.T, out string) (run string, of []string) {
	t.Helper()
	var report struct {
		Run     string
		Letters []struct {
			DLQID        string `json:"dlq_id"`
			Outcome, Why string
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	for _, l := range report.Letters {
		of = append(of, strings.TrimSuffix(l.DLQID+" "+l.Outcome+": "+l.Why, ": "))
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

// TestV3_OnlyTheGroupsRedriveTopic is about the destination, which follows from
// names and never from a header alone.
func TestV3_OnlyTheGroupsRedriveTopic(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	elsewhere := dead(2, "invalid", "o-1", "x")
	elsewhere.Headers = append(elsewhere.Headers, kgo.RecordHeader{Key: "dlq-topic", Value: []byte("people")}) // the last one wins
	misnamed := dead(3, "invalid", "o-1", "x")
	misnamed.Headers = append(misnamed.Headers, kgo.RecordHeader{Key: "dlq-id", Value: []byte("mailer/people/0/3")})
	write(t, b, elsewhere, misnamed, &kgo.Record{Topic: ordersDLQ, Key: []byte("o-1"), Value: []byte("no dead letter")}, dead(1, "panic", "o-1", "x"))
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	if r.code != 1 || strings.Count(r.stdout, "refused: not a dead letter of this topic and group: ") != 3 {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for topic, want := range map[string]int{ordersRedrive: 1, "orders": 0, "people": 0, "people.mailer.redrive": 0, ordersDLQ: 4} {
		if got := len(readAll(t, b, topic)); got != want {
			t.Errorf("%s holds %d records, want %d", topic, got, want)
		}
	}
}

func TestV3_TheSourceTopicIsOptIn(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "panic", "o-1", "x"))
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--to-source")
	if s, r := len(readAll(t, b, "orders")), len(readAll(t, b, ordersRedrive)); s != 1 || r != 0 {
		t.Errorf("%d records in the source topic and %d in the redrive topic, want 1 and 0", s, r)
	}
}

// TestV4_HeadersOfTwoTrips sends one event on, lets it fail again and sends it
// on once more.
func TestV4_HeadersOfTwoTrips(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	value := placed(t, e, "o-1")
	forged := append(redriven("7"), kgo.RecordHeader{Key: "dlq-note", Value: []byte("x")}, kgo.RecordHeader{Key: "dlq-origin-topic", Value: []byte("people")})
	write(t, b, dead(1, "retries_exhausted", "o-1", value, forged...))
	for trip, want := range []struct{ of, count string }{{"mailer/orders/0/1", "1"}, {"", "2"}} {
		r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "mail server is back", "--json")
		if r.code != 0 {
			t.Fatalf("redrive: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		run, _ := outcomes(t, r.stdout)
		recs := readAll(t, b, ordersRedrive)
		if len(recs) != trip+1 {
			t.Fatalf("after trip %d there are %d redriven records", trip+1, len(recs))
		}
		got := recs[trip]
		if trip == 1 {
			want.of = fmt.Sprintf("mailer/%s/%d/%d", ordersRedrive, recs[0].Partition, recs[0].Offset)
		}
		if string(got.Key) != "o-1" || string(got.Value) != value {
			t.Errorf("trip %d: %q = %q, want the event byte for byte, its id with it", trip+1, got.Key, got.Value)
		}
		headers := []kgo.RecordHeader{
			{Key: "tenant", Value: []byte("7")},
			{Key: "empty", Value: []byte{}},
			{Key: "null"},
			{Key: "tenant", Value: []byte("8")},
			{Key: "dlq-origin-topic", Value: []byte("orders")},
			{Key: "dlq-origin-partition", Value: []byte("0")},
			{Key: "dlq-origin-offset", Value: []byte("1")},
			{Key: "redrive-id", Value: []byte(run)},
			{Key: "redrive-of", Value: []byte(want.of)},
			{Key: "redrive-count", Value: []byte(want.count)},
			{Key: "redrive-group", Value: []byte("mailer")},
			{Key: "redrive-topic", Value: []byte("orders")},
			{Key: "redrive-reason", Value: []byte("mail server is back")},
		}
		if diff := cmp.Diff(headers, got.Headers); diff != "" {
			t.Errorf("headers of trip %d (-want +got):\n%s", trip+1, diff)
		}
		write(t, b, failed(got))
	}
}

// TestV4_ReadByTheSourceTopicsContracts is about dead letters of both trips.
func TestV4_ReadByTheSourceTopicsContracts(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	misled := dead(3, "panic", "o-1", placed(t, e, "o-1"))
	misled.Headers = append(misled.Headers, kgo.RecordHeader{Key: "dlq-topic", Value: []byte("people")})
	write(t, b, dead(1, "panic", "o-1", placed(t, e, "o-1")), deadAgain(2, "1", placed(t, e, "o-1")), misled)
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--id", "mailer/orders/0/1")
	for topic, want := range map[string]int{ordersDLQ: 2, ordersRedrive: 1} {
		if out := e.ok("tail", topic); strings.Count(out, `OrderPlaced 1.0  {"order_id":"o-1"`) != want {
			t.Errorf("tail %s:\n%s\nwant %d decoded", topic, out, want)
		}
	}
}

func TestV4_RefusedAtThreeWithoutForce(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	forged := append(redriven("9")[:4], kgo.RecordHeader{Key: "redrive-topic", Value: []byte("people")})
	write(t, b,
		deadAgain(1, "3", "x"),
		deadAgain(2, "2", "x"),
		dead(3, "retries_exhausted", "o-1", "x", forged...),
		dead(4, "retries_exhausted", "o-1", "x", redriven("9")...), // anyone may write them to the source topic
		deadAgain(5, "many", "x"),
	)
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json")
	_, got := outcomes(t, r.stdout)
	want := []string{
		"mailer/orders.mailer.redrive/0/1 refused: redriven 3 times already (--force sends it)",
		"mailer/orders.mailer.redrive/0/2 redriven", "mailer/orders/0/3 redriven", "mailer/orders/0/4 redriven",
		"mailer/orders.mailer.redrive/0/5 redriven",
	}
	if diff := cmp.Diff(want, got); diff != "" || r.code != 1 {
		t.Errorf("exit code %d, outcomes (-want +got):\n%s", r.code, diff)
	}
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--force", "--id", "mailer/orders.mailer.redrive/0/1")
	if got := readAll(t, b, ordersRedrive); len(got) != 5 {
		t.Errorf("%d records were redriven, want 5", len(got))
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

// A letter that said so was redriven to the topic that it named: with --to-source from
// pay.eu.notifier.dlq to pay.
func TestV3_NoHeaderDecidesTheDestination(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	const dlq = "pay.eu.notifier.dlq"
	letter := func(topic, group string, n int) *kgo.Record {
		r := dead(n, "panic", "o-1", "x")
		r.Topic = dlq
		for _, h := range [][2]string{{"dlq-topic", topic}, {"dlq-group", group}, {"dlq-id", fmt.Sprintf("%s/%s/0/%d", group, topic, n)}} {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
		}
		return r
	}
	for _, name := range []string{dlq, "pay", "pay.eu", "pay.eu.notifier.redrive"} {
		if err := b.CreateTopic(broker.Topic{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	write(t, b, letter("pay", "eu.notifier", 1), letter("pay.eu", "notifier", 2))
	send := []string{"dlq", "redrive", dlq, "--execute", "--reason", "r", "--to-source"}
	r := e.run(send...)
	for _, want := range []string{"--source-topic pay: topic pay, group eu.notifier", "--source-topic pay.eu: topic pay.eu, group notifier"} {
		if r.code != 1 || !strings.Contains(r.stderr, want) {
			t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, want)
		}
	}
	if r := e.run(append(send, "--source-topic", "eu")...); r.code != 2 {
		t.Errorf("exit code %d, want 2", r.code)
	}
	if n := len(readAll(t, b, "pay")) + len(readAll(t, b, "pay.eu")); n != 0 {
		t.Errorf("%d records were sent", n)
	}
	r = e.run(append(send, "--source-topic", "pay.eu")...)
	if r.code != 1 || !strings.Contains(r.stderr, "of topic pay.eu, group notifier, to pay.eu\n") || !strings.Contains(r.stdout, "1 event redriven, 0 left out, 1 refused") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if other, own := len(readAll(t, b, "pay")), len(readAll(t, b, "pay.eu")); other != 0 || own != 1 {
		t.Errorf("%d records in pay, %d in pay.eu", other, own)
	}
}

// A run kept each selected letter, of 1.9 KB, until its end. What is beyond the list is
// sent and counted all the same, and what fails is listed wherever it is.
func TestRedriveListsTheFirstOfManyLetters(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	const listed = 10_000
	var recs []*kgo.Record
	for range listed { // the first of them is sent, and the others repeat it
		recs = append(recs, dead(1, "panic", "o-1", "x"))
	}
	for i := range 4 {
		recs = append(recs, dead(2+i, "panic", "o-1", "x"))
	}
	write(t, b, recs...)
	refuseProduce(b, 4)
	for _, row := range []struct {
		redriven, leftOut, failed, notSent, letters int
		last                                        string
	}{
		{3, listed - 1, 1, 1, listed + 1, "mailer/orders/0/4 failed: "},
		{2, listed + 2, 0, 0, listed, "mailer/orders/0/1 left_out: "},
	} {
		r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--json")
		var got struct {
			Selected, Redriven, Failed int
			LeftOut                    int `json:"left_out"`
			NotSent                    int `json:"not_sent"`
		}
		if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
			t.Fatalf("%v\n%s", err, r.stderr)
		}
		_, letters := outcomes(t, r.stdout)
		if got.Selected != listed+4 || got.Redriven != row.redriven || got.LeftOut != row.leftOut || got.Failed != row.failed || got.NotSent != row.notSent {
			t.Errorf("%+v, want %+v", got, row)
		}
		if len(letters) != row.letters || !strings.HasPrefix(letters[len(letters)-1], row.last) || !strings.Contains(r.stderr, "of 10004 dead letters are listed") {
			t.Errorf("%d letters, the last one %q\n%s", len(letters), letters[len(letters)-1], r.stderr)
		}
	}
	if got := len(readAll(t, b, ordersRedrive)); got != 5 {
		t.Errorf("%d records were redriven, want 5", got)
	}
}

// More than fit into memory are refused before anything is sent.
func TestRedriveOfTooManyLettersIsRefused(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	for i := range 3 {
		write(t, b, dead(i, "panic", "o-1", fmt.Sprint(i)))
	}
	r := e.run("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--max", "2")
	if r.code != 1 || !strings.Contains(r.stderr, "more than 2 dead letters are selected") || !strings.Contains(r.stderr, "raise --max") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
	if got := len(readAll(t, b, ordersRedrive)); got != 0 {
		t.Errorf("%d records were redriven", got)
	}
	if r := e.run("dlq", "redrive", ordersDLQ, "--max", "0"); r.code != 2 {
		t.Errorf("--max 0: exit code %d, want 2", r.code)
	}
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r", "--max", "3")
}
