package cli_test

import (
	"encoding/json"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// value is the payload of what publish --dry-run --json shows, with the key.
func (e *eventctl) dry(args ...string) (key string, value map[string]any) {
	e.t.Helper()
	var rec struct{ Key, Value string }
	if err := json.Unmarshal([]byte(e.ok(append(append([]string{"publish"}, args...), "--dry-run", "--json")...)), &rec); err != nil {
		e.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(rec.Value), &value); err != nil {
		e.t.Fatal(err)
	}
	return rec.Key, value
}

// An example is a whole event, of now and with an id of its own, and what the payload
// says replaces what it has.
func TestPublishExample(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	key, first := e.dry("CustomerRegistered", "--example")
	if first["email"] != "ada@example.com" || first["customer_id"] != key {
		t.Errorf("the example is %v with the key %s", first, key)
	}
	_, given := e.dry("CustomerRegistered", `{"customerId": "c-1", "addresses": null, "email": "bob@example.com"}`, "--example")
	if diff := cmp.Diff([]any{"c-1", "bob@example.com", []any{}}, []any{given["customer_id"], given["email"], given["addresses"]}); diff != "" {
		t.Errorf("an example with given fields (-want +got):\n%s", diff)
	}
	r := e.run("publish", "CustomerRegistered", `{"email": "x"}`, "--example", "--dry-run")
	if want := "eventctl: the payload breaks the rules of CustomerRegistered 1.0, and was not sent:\n  email: must be a valid email address (string.email)\n"; r.code != 1 || r.stderr != want {
		t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, want)
	}
	e.stdin = strings.NewReader(`{"order_id": "1"} {"order_id": "2"}`)
	if out := e.ok("publish", "OrderPlaced", "-", "--example", "--dry-run"); strings.Count(out, "topic: orders\n") != 2 || !strings.Contains(out, "key: 2\n") {
		t.Errorf("a stream of payloads that are filled in:\n%s", out)
	}
}

// What --example publishes is read as any other event.
func TestPublishExampleIsAnEvent(t *testing.T) {
	t.Parallel()
	e, _ := stocked(t)
	if out := e.ok("publish", "OrderPlaced", "--example"); !strings.HasPrefix(out, "published OrderPlaced 2.0 ") {
		t.Errorf("publish --example printed %q", out)
	}
	if out := e.ok("tail", "orders"); !strings.Contains(out, "OrderPlaced") || strings.Contains(out, "cannot") {
		t.Errorf("tail shows\n%s", out)
	}
}

// silent is an address that takes connections, counts them and never answers.
func silent(t *testing.T) (addr string, connections *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = &atomic.Int32{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			defer func() { _ = c.Close() }() // when all tests are over
		}
	}()
	t.Cleanup(func() {
		_ = l.Close() // ends the goroutine
		<-done
	})
	return l.Addr().String(), connections
}

// A payload is read and checked before anything connects: it was told behind whatever
// is wrong with a cluster.
func TestPublishReadsJSONBeforeItConnects(t *testing.T) {
	t.Parallel()
	addr, connections := silent(t)
	e := newEventctl(t, addr)
	t.Cleanup(func() {
		if n := connections.Load(); n != 0 {
			t.Errorf("there were %d connections", n)
		}
	})
	rows := []struct {
		name, payload, stdin, want string
	}{
		{"not JSON", "{", "", "eventctl: the payload is not JSON: unexpected EOF\n"},
		{"names and values", `{"orderId": 1, "amuont": "x", "nte": "y"}`, "", `eventctl: the payload does not fit OrderPlaced 2.0:
  order_id: give a text in quotes, not the number 1
  amuont: the contract has no such field: did you mean amount?
  nte: the contract has no such field: did you mean note?
(eventctl describe OrderPlaced shows its fields)
`},
		{"rules", `{"order_id": "1", "amount": 0}`, "", `eventctl: the payload breaks the rules of OrderPlaced 2.0, and was not sent:
  amount: must be greater than 0 (int32.gt): it is 0
`},
		{"the first of a stream", "-", `{"amount": true} {"amount": 1}`, `eventctl: event 1: the payload does not fit OrderPlaced 2.0:
  amount: give a whole number from -2147483648 to 2147483647, not true
(eventctl describe OrderPlaced shows its fields)
(nothing was sent)
`},
		{"a whole record", `{"event_id": "1", "event_type": "OrderPlaced", "data": {"order_id": "1"}}`, "", `eventctl: the payload does not fit OrderPlaced 2.0:
  event_id: it is metadata, and not a part of the payload: leave it out, or give --id
  event_type: it is metadata, and not a part of the payload: leave it out
  data: it is what a record holds the payload in: give the object inside it
(eventctl describe OrderPlaced shows its fields)
`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := *e
			e.t, e.stdin = t, strings.NewReader(row.stdin)
			r := e.run("publish", "OrderPlaced", row.payload)
			if r.code != 1 || r.stderr != row.want {
				t.Errorf("exit code %d, stderr\n%swant\n%s", r.code, r.stderr, row.want)
			}
		})
	}
}
