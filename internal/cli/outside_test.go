package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// Whoever is on call has no checkout: tail and dlq show refused to work outside of a
// contracts folder. Without contracts nobody knows what is personal, so that it is hidden.
func TestRecordsAreShownWithoutContracts(t *testing.T) {
	t.Parallel()
	b := cluster(t, broker.Topic{Name: "orders"}, broker.Topic{Name: ordersDLQ}, broker.Topic{Name: ordersRedrive})
	e := newEventctl(t, b.Addr())
	value := placed(t, e, "o-1")
	write(t, b, &kgo.Record{Topic: "orders", Key: []byte("o-1"), Value: []byte(value)}, &kgo.Record{Topic: "orders", Key: []byte("o-1")},
		&kgo.Record{Topic: "orders", Value: []byte("no event: o-1")}, dead(7, "retries_exhausted", "o-1", value))
	e.dir = t.TempDir()
	const note = "note: no contracts are at hand"
	for line, want := range map[string]string{
		"tail orders":                           "[hidden]  !unknown_type  OrderPlaced 1.0  no contracts are at hand (--contracts DIR) (value hidden",
		"tail orders --type OrderPlaced":        "OrderPlaced 1.0",
		"tail orders --json":                    `"event_id":"` + id1 + `"`,
		"tail " + ordersDLQ:                     "OrderPlaced 1.0",
		"dlq list":                              ordersDLQ,
		"dlq list " + ordersDLQ:                 "[hidden]",
		"dlq show " + ordersDLQ + " 0/0":        "dlq-attempts: 10",
		"dlq show " + ordersDLQ + " 0/0 --json": `"dlq_id": "mailer/orders/0/7"`,
		"dlq redrive " + ordersDLQ:              "would be redriven",
	} {
		r := e.run(strings.Fields(line)...)
		// A key or a payload, whose order is o-1; tail also has a note of none.
		if out := r.stdout + r.stderr; r.code != 0 || !strings.Contains(out, want) || strings.Contains(out, "o-1") {
			t.Errorf("eventctl %s: exit code %d\n%s%s\nwant %q and no o-1", line, r.code, r.stdout, r.stderr, want)
		}
		if noted := strings.Contains(r.stderr, note); noted != (line != "dlq list") {
			t.Errorf("eventctl %s: noted %t: %s", line, noted, r.stderr)
		}
	}
	for _, line := range []string{"tail orders --reveal", "dlq list " + ordersDLQ + " --reveal", "dlq show " + ordersDLQ + " 0/0 --reveal"} {
		if r := e.run(strings.Fields(line)...); r.code != 0 || !strings.Contains(r.stdout, "o-1") || strings.Contains(r.stderr, note) {
			t.Errorf("eventctl %s: exit code %d\n%s%s\nwant o-1", line, r.code, r.stdout, r.stderr)
		}
	}
	// Contracts that are wrong are not taken for none.
	if err := os.WriteFile(filepath.Join(e.dir, "buf.yaml"), []byte("version: v2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(e.dir, "x.proto"), []byte("no proto"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"tail orders", "dlq show " + ordersDLQ + " 0/0", "dlq list " + ordersDLQ} {
		if r := e.run(strings.Fields(line)...); r.code != 1 || !strings.Contains(r.stderr, "x.proto") {
			t.Errorf("eventctl %s: exit code %d\n%s", line, r.code, r.stderr)
		}
	}
}
