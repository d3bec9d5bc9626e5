package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// personalKeys is eventctl on contracts whose customers have personal ids as keys.
func personalKeys(t *testing.T) (*eventctl, *broker.Broker) {
	t.Helper()
	e, b := stocked(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "proto", "shop", "people", "v1", "customer_registered.proto")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	personal := strings.Replace(string(text), "customer_id = 1 [", "customer_id = 1 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL, ", 1)
	if err := os.WriteFile(file, []byte(personal), 0o600); err != nil {
		t.Fatal(err)
	}
	e.dir = dir
	return e, b
}

// A key may be about a person: then nothing shows it, whatever became of the
// record.
func TestPersonalKeysAreHidden(t *testing.T) {
	t.Parallel()
	e, b := personalKeys(t)
	e.ok("publish", "CustomerRegistered", `{"customer_id": "ann-1", "email": "ann@example.com"}`)
	write(t, b, &kgo.Record{Topic: "people", Key: []byte("ann-1")}) // the key of a tombstone was shown
	const dlq = "people.mailer.dlq"
	letter := func(typ string) *kgo.Record {
		r := &kgo.Record{Topic: dlq, Key: []byte("ann-1"), Value: []byte(`{"customer_id": "ann-1"`)}
		for _, h := range [][2]string{{"dlq-id", "mailer/people/0/0" + typ}, {"dlq-topic", "people"}, {"dlq-group", "mailer"}, {"dlq-event-type", typ}} {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
		}
		return r
	}
	write(t, b, letter("CustomerRegistered"), letter(""))
	for _, line := range []string{
		"tail people", "tail people --json", "tail " + dlq, "dlq list " + dlq, "dlq list --json " + dlq,
		"dlq show --json " + dlq + " 0/0", "dlq show " + dlq + " 0/1", "dlq redrive " + dlq, "dlq redrive --json " + dlq,
	} {
		if got := e.ok(strings.Fields(line)...); strings.Contains(got, "ann-1") || !strings.Contains(got, "[hidden]") {
			t.Errorf("eventctl %s:\n%s\nwant the key hidden", line, got)
		}
	}
	for _, line := range []string{"dlq list --reveal " + dlq, "dlq show --reveal " + dlq + " 0/0"} {
		if got := e.ok(strings.Fields(line)...); !strings.Contains(got, "ann-1") {
			t.Errorf("eventctl %s:\n%s\nwant the key", line, got)
		}
	}
}

// Dead letters can be looked at where there are no contracts.
func TestDeadLettersWithoutContracts(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "panic", "o-1", "x"))
	e.dir = t.TempDir()
	for _, line := range []string{"dlq list", "dlq list " + ordersDLQ, "dlq redrive " + ordersDLQ} {
		if got := e.ok(strings.Fields(line)...); !strings.Contains(got, "panic") && !strings.Contains(got, "o-1") {
			t.Errorf("eventctl %s:\n%s\nwant the dead letter", line, got)
		}
	}
}
