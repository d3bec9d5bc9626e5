package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	ordersDLQ     = "orders.mailer.dlq"
	ordersRedrive = "orders.mailer.redrive"
)

// dead is a dead letter of the group mailer as its consumer writes it.
func dead(n int, reason, key, value string, extra ...kgo.RecordHeader) *kgo.Record {
	r := &kgo.Record{Topic: ordersDLQ, Key: []byte(key), Value: []byte(value)}
	// What the record had when it failed comes first.
	r.Headers = append([]kgo.RecordHeader{{Key: "tenant", Value: []byte("7")}, {Key: "empty", Value: []byte{}}, {Key: "null"}, {Key: "tenant", Value: []byte("8")}}, extra...)
	for _, h := range [][2]string{
		{"dlq-id", fmt.Sprintf("mailer/orders/0/%d", n)},
		{"dlq-reason", reason},
		{"dlq-error", "smtp: connection refused"},
		{"dlq-topic", "orders"},
		{"dlq-partition", "0"},
		{"dlq-offset", fmt.Sprint(n)},
		{"dlq-group", "mailer"},
		{"dlq-handler", "OrderPlaced"},
		{"dlq-attempts", "10"},
		{"dlq-first-failed-at", "2026-01-02T03:04:05Z"},
		{"dlq-failed-at", "2026-01-02T03:05:25Z"},
		{"dlq-event-id", fmt.Sprintf("00000000-0000-4000-8000-%012d", n)},
		{"dlq-event-type", "OrderPlaced"},
		{"dlq-violations", `[{"field":"order_id","rule":"string.min_len","message":"must not be empty"}]`},
		{"dlq-origin-topic", "orders"},
		{"dlq-origin-partition", "0"},
		{"dlq-origin-offset", fmt.Sprint(n)},
	} {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
	}
	return r
}

// failed is the dead letter that the group mailer writes when it fails on a
// record of its redrive topic: what the record had, and then its own headers.
func failed(r *kgo.Record) *kgo.Record {
	out := &kgo.Record{Topic: ordersDLQ, Key: r.Key, Value: r.Value, Headers: append([]kgo.RecordHeader(nil), r.Headers...)}
	last := map[string][]byte{}
	for _, h := range r.Headers {
		last[h.Key] = h.Value
	}
	for _, h := range [][2]string{
		{"dlq-id", fmt.Sprintf("mailer/%s/%d/%d", r.Topic, r.Partition, r.Offset)},
		{"dlq-reason", "retries_exhausted"},
		{"dlq-topic", "orders"},
		{"dlq-partition", fmt.Sprint(r.Partition)},
		{"dlq-offset", fmt.Sprint(r.Offset)},
		{"dlq-group", "mailer"},
		{"dlq-attempts", "10"},
		{"dlq-event-id", id1},
		{"dlq-event-type", "OrderPlaced"},
		{"dlq-origin-topic", string(last["dlq-origin-topic"])},
		{"dlq-origin-partition", string(last["dlq-origin-partition"])},
		{"dlq-origin-offset", string(last["dlq-origin-offset"])},
	} {
		out.Headers = append(out.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
	}
	return out
}

// deadAgain is a dead letter of an event that had been redriven before.
func deadAgain(n int, count, value string) *kgo.Record {
	var headers []kgo.RecordHeader
	for _, h := range dead(n, "panic", "o-1", value).Headers {
		if !strings.HasPrefix(h.Key, "dlq-") || strings.HasPrefix(h.Key, "dlq-origin-") {
			headers = append(headers, h)
		}
	}
	headers = append(headers, redriven(count)...)
	return failed(&kgo.Record{Topic: ordersRedrive, Partition: 0, Offset: int64(n), Key: []byte("o-1"), Value: []byte(value), Headers: headers})
}

func redriven(count string) []kgo.RecordHeader {
	return []kgo.RecordHeader{
		{Key: "redrive-id", Value: []byte("run-0")},
		{Key: "redrive-of", Value: []byte("mailer/orders/0/0")},
		{Key: "redrive-count", Value: []byte(count)},
		{Key: "redrive-group", Value: []byte("mailer")},
		{Key: "redrive-topic", Value: []byte("orders")},
		{Key: "redrive-reason", Value: []byte("earlier")},
	}
}

// placed is the value of an OrderPlaced 1.0 record, as publish writes it.
func placed(t *testing.T, e *eventctl, order string) string {
	t.Helper()
	var rec struct{ Value string }
	out := e.ok("publish", "OrderPlaced", fmt.Sprintf(`{"order_id": %q, "amount": 3}`, order), "--major", "1", "--dry-run", "--json", "--id", id1, "--time", "2026-01-02T03:04:05Z")
	if err := json.Unmarshal([]byte(out), &rec); err != nil {
		t.Fatal(err)
	}
	return rec.Value
}

func TestDLQList(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	golden(t, "dlq-overview-empty", e.ok("dlq", "list"))
	write(t, b,
		dead(1, "retries_exhausted", "o-1", placed(t, e, "o-1")),
		dead(2, "not_an_event", "\x1b]0;title\a\u202eo-1", "\x1b[2Jrubbish"),
		deadAgain(3, "2", placed(t, e, "o-1")),
		&kgo.Record{Topic: ordersDLQ, Key: []byte("o-1"), Value: []byte("foreign")},
	)
	golden(t, "dlq-overview", e.ok("dlq", "list"))
	list := e.ok("dlq", "list", ordersDLQ, "--only-reason", "retries_exhausted")
	if strings.Count(list, "retries_exhausted") != 2 || strings.Contains(list, "not_an_event") {
		t.Errorf("dlq list --only-reason:\n%s", list)
	}
	all := e.ok("dlq", "list", ordersDLQ)
	if strings.ContainsAny(all, "\x1b\a\u202e") || !strings.Contains(all, `\x1b]0;title`) || !strings.Contains(all, "it has no dead-letter headers") {
		t.Errorf("dlq list:\n%q\nwant control characters escaped, and the foreign record named", all)
	}
	read := dead(5, "invalid", "o-5", "x")
	read.Headers = append(read.Headers, kgo.RecordHeader{Key: "dlq-error", Value: []byte("read OrderPlaced 1.0: invalid: breaks its contract's rules")},
		kgo.RecordHeader{Key: "dlq-failed-at", Value: []byte("2026-01-02T03:05:25.123456789Z")})
	write(t, b, read)
	if got := e.ok("dlq", "list", ordersDLQ, "--only-reason", "invalid"); !strings.Contains(got, "  breaks its contract's rules") || strings.Contains(got, "read ") || !strings.Contains(got, "2026-01-02T03:05:25.123Z") {
		t.Errorf("dlq list shows the reason twice, or more of the time than milliseconds:\n%s", got)
	}
	var letters []struct {
		Topic, From, Origin string
		FromTopic           string `json:"from_topic"`
		RedriveCount        int    `json:"redrive_count"`
	}
	if err := json.Unmarshal([]byte(e.ok("dlq", "list", ordersDLQ, "--json", "--id", "mailer/orders.mailer.redrive/0/3")), &letters); err != nil {
		t.Fatal(err)
	}
	if l := letters[0]; len(letters) != 1 || l.Topic != "orders" || l.FromTopic != ordersRedrive || l.From != "0/3" || l.Origin != "orders 0/3" || l.RedriveCount != 2 {
		t.Errorf("dlq list --json --id = %+v, want both trips", letters)
	}
	forged := dead(9, "panic", "o-1", "x", redriven("2")...)
	write(t, b, forged)
	if err := json.Unmarshal([]byte(e.ok("dlq", "list", ordersDLQ, "--json", "--id", "mailer/orders/0/9")), &letters); err != nil {
		t.Fatal(err)
	}
	if len(letters) != 1 || letters[0].FromTopic != "orders" || letters[0].RedriveCount != 0 {
		t.Errorf("dlq list --json of a source record with forged redrive headers = %+v, want a first trip", letters)
	}
	if got := e.ok("dlq", "list", ordersDLQ, "--json", "--type", "Nothing"); got != "[]\n" {
		t.Errorf("an empty list is %q, want []", got)
	}
}

func TestDLQShow(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "invalid", "o-1", placed(t, e, "o-1")), deadAgain(2, "1", placed(t, e, "o-2")))
	golden(t, "dlq-show", e.ok("dlq", "show", ordersDLQ, "mailer/orders/0/1"))
	golden(t, "dlq-show-again", e.ok("dlq", "show", ordersDLQ, "mailer/orders.mailer.redrive/0/2"))
	var got []struct {
		Record struct {
			EventType string `json:"event_type"`
			Data      struct{ Order_id string }
		}
		Headers []struct {
			Key   string
			Value *string
		}
	}
	if err := json.Unmarshal([]byte(e.ok("dlq", "show", ordersDLQ, "00000000-0000-4000-8000-000000000001", "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Record.EventType != "OrderPlaced" || got[0].Record.Data.Order_id != "o-1" {
		t.Fatalf("dlq show --json = %+v, want the payload decoded by the source topic's contract", got)
	}
	if hs := got[0].Headers; *hs[0].Value != "7" || hs[1].Value == nil || *hs[1].Value != "" || hs[2].Value != nil {
		t.Errorf("headers = %+v, want text, empty and null told apart", hs[:3])
	}
	if r := e.run("dlq", "show", ordersDLQ, "0/99"); r.code != 1 || !strings.Contains(r.stderr, `holds no dead letter "0/99"`) {
		t.Errorf("dlq show of a missing one: exit code %d, stderr %q", r.code, r.stderr)
	}
}

// A filter's value is one value, whatever is in it: a key with a comma was split, and
// selected the letters of other keys.
func TestDLQFiltersTakeCommas(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "invalid", "a,b", "x"), dead(2, "invalid", "a", "x"), dead(3, "invalid", `"q`, "x"))
	keys := func(args ...string) string {
		var letters []struct{ Key string }
		if err := json.Unmarshal([]byte(e.ok(append([]string{"dlq", "list", ordersDLQ, "--json"}, args...)...)), &letters); err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, l := range letters {
			out = append(out, l.Key)
		}
		return strings.Join(out, " ")
	}
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"--key", "a,b"}, "a,b"},
		{[]string{"--key", "a,b", "--key", `"q`}, `a,b "q`},
		{[]string{"--key", "a", "--type", "x,y"}, ""},
		{[]string{"--id", "mailer/orders/0/2,mailer/orders/0/3"}, ""},
	} {
		if got := keys(row.args...); got != row.want {
			t.Errorf("dlq list %v: keys %q, want %q", row.args, got, row.want)
		}
	}
}

// A list, of which a letter takes a kilobyte, grew with the topic; and each letter with
// what a stranger wrote into its headers.
func TestDLQListIsBounded(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	value := placed(t, e, "o-1")
	stranger := dead(3, "panic", "o-1", value, kgo.RecordHeader{Key: "x", Value: []byte("y")})
	for i, h := range stranger.Headers {
		if h.Key == "dlq-handler" || h.Key == "dlq-failed-at" {
			stranger.Headers[i].Value = []byte(strings.Repeat("x", 100_000))
		}
	}
	write(t, b, dead(1, "panic", "o-1", value), dead(2, "invalid", "o-1", value), stranger)
	const rest = "note: 2 of 3 dead letters are listed: --only-reason, --type, --key and --id choose some, and --limit 3 lists all"
	for _, args := range []string{"", " --json"} {
		r := e.run(strings.Fields("dlq list " + ordersDLQ + " --limit 2" + args)...)
		if r.code != 0 || !strings.Contains(r.stderr, rest) || strings.Contains(r.stdout, "xxxx") {
			t.Errorf("--limit 2%s: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
	if r := e.run("dlq", "list", ordersDLQ, "--limit", "2", "--only-reason", "panic", "--json"); r.code != 0 || strings.Contains(r.stderr, "note") || len(r.stdout) > 8_000 {
		t.Errorf("those that are chosen: exit code %d, %d bytes, %s", r.code, len(r.stdout), r.stderr)
	}
	if r := e.run("dlq", "list", ordersDLQ, "--limit", "0"); r.code != 2 || !strings.Contains(r.stderr, "--limit 0: give at least 1") {
		t.Errorf("--limit 0: exit code %d: %s", r.code, r.stderr)
	}
}
