package cli_test

import (
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

func TestTopicsApply(t *testing.T) {
	t.Parallel()
	b := cluster(t,
		broker.Topic{Name: "people", Partitions: 4, Config: map[string]string{"retention.ms": "1000"}},
	)
	e := newEventctl(t, b.Addr())
	golden(t, "topics-dry-run", e.ok("topics", "apply", "--dry-run"))
	if _, ok := b.Topic("orders"); ok {
		t.Fatal("the dry run created a topic")
	}
	golden(t, "topics-apply", e.ok("topics", "apply"))
	golden(t, "topics-again", e.ok("topics", "apply"))
	info, ok := b.Topic("orders.mailer.dlq")
	if !ok || len(info.Partitions) != 2 || info.Config["max.message.bytes"] == "" || info.Config["retention.ms"] != "2592000000" {
		t.Errorf("orders.mailer.dlq = %+v, %v, want the source's partitions, 30 d and room for headers", info, ok)
	}
	if info, _ := b.Topic("people"); len(info.Partitions) != 4 || info.Config["retention.ms"] != "1000" {
		t.Errorf("people = %+v, want it unchanged", info)
	}
	var states []struct {
		Name, Action string
		Differences  []struct{ Setting, Have, Want string }
	}
	if err := json.Unmarshal([]byte(e.ok("topics", "apply", "--json")), &states); err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if (s.Name == "people") != (s.Action == "differs") || s.Name == "people" && len(s.Differences) < 2 {
			t.Errorf("topics apply --json: %+v, want only people to differ", s)
		}
	}
}

// Services that speak Kafka's protocol in part may not describe settings.
func TestTopicsApplyWithoutSettings(t *testing.T) {
	t.Parallel()
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.DescribeConfigs), -1)
	b := start(t, broker.Config{
		Options: []kfake.Opt{kfake.MaxVersions(versions)},
		Topics:  []broker.Topic{{Name: "people", Partitions: 4}},
	})
	r := newEventctl(t, b.Addr()).run("topics", "apply", "--replicas", "1")
	if r.code != 0 || !strings.Contains(r.stderr, "the cluster does not tell settings of topics") ||
		!strings.Contains(r.stdout, "partitions is 4, the contract says") || strings.Contains(r.stdout, "retention.ms") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if _, ok := b.Topic("orders"); !ok {
		t.Error("orders was not created")
	}
}

func TestTopicsApplyFailures(t *testing.T) {
	t.Parallel()
	b := cluster(t)
	e := newEventctl(t, b.Addr())
	r := e.run("topics", "apply", "--replicas", "3")
	if r.code != 1 || !strings.Contains(r.stdout, "the cluster has fewer than 3 brokers") {
		t.Errorf("too many replicas: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	b.Close()
	for { // what the kernel had taken already is closed a moment later
		conn, err := net.DialTimeout("tcp", b.Addr(), time.Second)
		if err != nil {
			break
		}
		_ = conn.Close() // nothing was written
	}
	r = e.run("topics", "apply", "--timeout", "4s")
	if r.code != 1 || !strings.Contains(r.stderr, "nothing listens at "+b.Addr()) {
		t.Errorf("broker down: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

func TestBroker(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	dir := t.TempDir()
	run := e.start("broker", "--port", "0", "--data-dir", dir, "--json")
	var up struct {
		Brokers []string
		Topics  int
	}
	if err := json.Unmarshal([]byte(run.wait("\n")), &up); err != nil {
		t.Fatal(err)
	}
	if len(up.Brokers) != 1 || up.Topics != 6 {
		t.Fatalf("broker --json = %+v, want one broker with 6 topics", up)
	}
	e.brokers = up.Brokers[0]
	e.ok("publish", "OrderCancelled", `{"order_id": "o-1"}`)
	if code := run.interrupt(); code != 0 {
		t.Errorf("an interrupted broker ended with exit code %d", code)
	}

	again := e.start("broker", "--port", "0", "--data-dir", dir)
	line, _, _ := strings.Cut(again.wait("export KAFKA_BROKERS="), "\n")
	_, e.brokers, _ = strings.Cut(strings.TrimSpace(again.wait("\n")), "KAFKA_BROKERS=")
	if !strings.Contains(line, "6 topics") || !strings.Contains(line, dir) {
		t.Errorf("broker said %q", line)
	}
	if got := e.ok("tail", "orders"); !strings.Contains(got, "o-1") {
		t.Errorf("after a restart tail shows %q, want the event of before", got)
	}
	again.interrupt()

	bare := e.start("broker", "--port", "0", "--bare")
	bare.wait("0 topics")
	bare.interrupt()
}

const (
	id1 = "3bef3d62-1869-4156-912c-d74879a3549f"
	id2 = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"
)

// stocked is a broker with all topics.
func stocked(t *testing.T) (*eventctl, *broker.Broker) {
	t.Helper()
	b := cluster(t)
	e := newEventctl(t, b.Addr())
	e.ok("topics", "apply")
	return e, b
}

func TestPublish(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	args := []string{"--id", id1, "--time", "2026-01-02T03:04:05Z", "--correlation", id2}
	out := e.ok(append([]string{"publish", "OrderPlaced", `{"order_id": "o-1", "amount": 3, "tags": ["a"]}`, "--json"}, args...)...)
	var p struct {
		EventID, EventType, Topic string
		Offset                    int64
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(strings.ReplaceAll(out, "event_id", "EventID"), "event_type", "EventType")), &p); err != nil {
		t.Fatal(err)
	}
	if p.EventID != id1 || p.EventType != "OrderPlaced" || p.Topic != "orders" || p.Offset != 0 {
		t.Errorf("publish --json = %+v", p)
	}
	e.stdin = strings.NewReader(`{"order_id": "o-2"} {"order_id": "o-3"}
		{"order_id": ""}
		{"order_id": "o-4"}`)
	r := e.run("publish", "OrderCancelled", "-")
	if r.code != 1 || strings.Count(r.stdout, "published OrderCancelled 1.1") != 2 || !strings.Contains(r.stderr, "event 3: ") || !strings.Contains(r.stderr, "(2 events before it went through") || !strings.Contains(r.stderr, "order_id") {
		t.Errorf("publish of a stream with a bad payload: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	var keys []string
	for _, rec := range readAll(t, b, "orders") {
		keys = append(keys, string(rec.Key))
	}
	if len(keys) != 3 {
		t.Errorf("keys in the topic: %q, want o-1, o-2 and o-3", keys)
	}
	for name, row := range map[string]struct{ payload, want string }{
		"unknown field": {`{"order_id": "o", "colour": "red"}`, "does not fit OrderCancelled 1.1"},
		"wrong type":    {`{"order_id": 7}`, "eventctl describe OrderCancelled shows its fields"},
	} {
		if r := e.run("publish", "OrderCancelled", row.payload); r.code != 1 || !strings.Contains(r.stderr, row.want) {
			t.Errorf("%s: exit code %d, stderr %q, want %q", name, r.code, r.stderr, row.want)
		}
	}
}

func TestPublishDryRun(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "") // no broker needed
	got := e.ok("publish", "CustomerRegistered", `{"customer_id": "c-1", "email": "a@example.com"}`, "--dry-run", "--json", "--id", id1, "--header", "tenant=7")
	var rec struct {
		Topic, Key, Value string
		Headers           []struct{ Key, Value string }
	}
	if err := json.Unmarshal([]byte(got), &rec); err != nil {
		t.Fatal(err)
	}
	if rec.Topic != "people" || rec.Key != "c-1" || !strings.Contains(rec.Value, id1) || len(rec.Headers) != 1 || rec.Headers[0].Value != "7" {
		t.Errorf("publish --dry-run --json = %+v", rec)
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	e.ok("publish", "OrderPlaced", `{"order_id": "o-1", "amount": 3}`, "--major", "1", "--id", id1)
	e.ok("publish", "OrderPlaced", `{"order_id": "o-1", "amount": 4, "tags": ["x"]}`, "--id", id2, "--correlation", id1)
	e.ok("publish", "OrderCancelled", `{"order_id": "o-1"}`, "--id", "16d3ef8c-6b9f-477e-963a-647678e081ce")
	write(t, b,
		&kgo.Record{Topic: "orders", Key: []byte("o-1"), Value: []byte("\x1b[31mnot an event\x1b[0m\r\n")},
		&kgo.Record{Topic: "orders", Key: []byte("o-1"), Value: []byte{0xff, 0xfe}},
		&kgo.Record{Topic: "orders", Key: []byte("o-1")},
	)
	golden(t, "tail", e.ok("tail", "orders"))
	rows := map[string]struct {
		args []string
		want []string
	}{
		"last two":     {[]string{"-n", "2"}, []string{"4", "5"}},
		"none":         {[]string{"-n", "0"}, nil},
		"all":          {[]string{"--all"}, []string{"0", "1", "2", "3", "4", "5"}},
		"type":         {[]string{"--type", "OrderPlaced"}, []string{"0", "1"}},
		"message name": {[]string{"--type", "shop.orders.v1.OrderCancelled"}, []string{"2"}},
		"last of type": {[]string{"--type", "OrderPlaced", "-n", "1"}, []string{"1"}},
		"correlation":  {[]string{"--correlation", id1}, []string{"0", "1"}},
		"id":           {[]string{"--id", id2}, []string{"1"}},
		"key":          {[]string{"--key", "o-2"}, nil},
		"key and type": {[]string{"--key", "o-1", "--type", "OrderCancelled"}, []string{"2"}},
		"recent":       {[]string{"--since", "1h", "--all"}, []string{"0", "1", "2", "3", "4", "5"}},
		"of a day":     {[]string{"--since", "1d", "--all"}, []string{"0", "1", "2", "3", "4", "5"}},
		"of weeks":     {[]string{"--since", "2w1d12h", "--all"}, []string{"0", "1", "2", "3", "4", "5"}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var offsets []string
			for _, line := range strings.Split(strings.TrimSpace(e.ok(append([]string{"tail", "orders", "--json"}, row.args...)...)), "\n") {
				if line == "" {
					continue
				}
				var v struct{ Offset json.Number }
				if err := json.Unmarshal([]byte(line), &v); err != nil {
					t.Fatal(err)
				}
				offsets = append(offsets, v.Offset.String())
			}
			if diff := cmp.Diff(row.want, offsets); diff != "" {
				t.Errorf("offsets (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTailOfAMissingTopic(t *testing.T) {
	t.Parallel()
	e, _ := stocked(t)
	if r := e.run("tail", "nowhere"); r.code != 1 || !strings.Contains(r.stderr, `topic "nowhere" does not exist: create it with eventctl topics apply, if the contracts declare it`) {
		t.Errorf("tail of a missing topic: exit code %d, stderr %q", r.code, r.stderr)
	}
}

func TestTailFollows(t *testing.T) {
	t.Parallel()
	e, _ := stocked(t)
	e.ok("publish", "OrderCancelled", `{"order_id": "before"}`)
	run := e.start("tail", "orders", "-f", "--type", "OrderCancelled")
	run.wait("before")
	e.ok("publish", "OrderPlaced", `{"order_id": "other", "amount": 1}`)
	for _, id := range []string{"after-1", "after-2", "after-3"} {
		e.ok("publish", "OrderCancelled", `{"order_id": "`+id+`"}`)
		run.wait(id)
	}
	if code := run.interrupt(); code != 0 {
		t.Errorf("interrupted tail -f ended with exit code %d", code)
	}
	if out := run.printed(); strings.Contains(out, "other") || strings.Count(out, "\n") != 4 {
		t.Errorf("tail -f printed\n%s\nwant the four cancelled orders once each", out)
	}
}

// Ending right after the backlog aborted the process inside the client library.
func TestTailFollowCanEndAtOnce(t *testing.T) {
	t.Parallel()
	e, _ := stocked(t)
	for range 6 { // in both partitions
		e.ok("publish", "OrderCancelled", `{"order_id": "`+uuid.NewString()+`"}`)
	}
	for range 10 {
		run := e.start("tail", "orders", "-f")
		run.wait("\n")
		if code := run.interrupt(); code != 0 {
			t.Fatalf("exit code %d\n%s", code, run.printed())
		}
	}
}

func TestPersonalFieldsAreHidden(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	e.ok("publish", "CustomerRegistered", `{"customer_id": "c-1", "email": "ann@example.com", "addresses": [{"city": "Bonn", "street": "Hauptstr. 1"}]}`)
	recs := readAll(t, b, "people")
	invalid := strings.ReplaceAll(string(recs[0].Value), "ann@example.com", "not-an-address")
	write(t, b, &kgo.Record{Topic: "people", Key: []byte("c-1"), Value: []byte(invalid)})
	// What is no JSON at all may still be about somebody.
	write(t, b, &kgo.Record{Topic: "people", Value: []byte(invalid[:len(invalid)-5])})
	for _, args := range [][]string{{"tail", "people"}, {"tail", "people", "--json"}} {
		got := e.ok(args...)
		for _, secret := range []string{"ann@example.com", "Hauptstr", "not-an-address"} {
			if strings.Contains(got, secret) {
				t.Errorf("%v shows %q:\n%s", args, secret, got)
			}
		}
		if !strings.Contains(got, "Bonn") || !strings.Contains(got, "invalid") {
			t.Errorf("%v hides too much:\n%s", args, got)
		}
	}
	got := e.ok("tail", "people", "--reveal")
	for _, secret := range []string{"ann@example.com", "Hauptstr", "not-an-address"} {
		if !strings.Contains(got, secret) {
			t.Errorf("--reveal does not show %q:\n%s", secret, got)
		}
	}
}
