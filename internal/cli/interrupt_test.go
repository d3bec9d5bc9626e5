package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// An interrupt ends a redrive between two records, says so, and a second run
// sends exactly the rest.
func TestRedriveIsInterruptedBetweenRecords(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	const n = 5
	for i := range n {
		write(t, b, dead(i, "panic", "o-1", fmt.Sprint(i)))
	}
	var run *running
	ready := make(chan struct{})
	var once sync.Once
	b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		once.Do(func() {
			<-ready
			run.cancel() // while the first record is under way
		})
		return nil, nil, false
	})
	run = e.start("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	close(ready)
	if code := run.ended(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if out := run.printed(); !strings.Contains(out, "1 event redriven, 0 left out, 0 refused, 0 failed, 4 not sent") || !strings.Contains(out, "interrupted: run it again to go on") {
		t.Errorf("printed\n%s\nwant what was done and how to go on", out)
	}
	e.ok("dlq", "redrive", ordersDLQ, "--execute", "--reason", "r")
	var values []string
	for _, r := range readAll(t, b, ordersRedrive) {
		values = append(values, string(r.Value))
	}
	if got := strings.Join(values, " "); got != "0 1 2 3 4" {
		t.Errorf("redriven %q, want each once and in order", got)
	}
}

func TestPublishIsInterrupted(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	held := make(chan struct{})
	t.Cleanup(sync.OnceFunc(func() { close(held) }))
	var run *running
	ready := make(chan struct{})
	b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		<-ready
		run.cancel()
		b.Cluster().SleepControl(func() { <-held })
		return nil, nil, false
	})
	run = e.start("publish", "OrderCancelled", `{"order_id": "o-1"}`)
	close(ready)
	if code := run.ended(); code != 1 || !strings.Contains(run.printed(), "may or may not have been written") {
		t.Errorf("exit code %d, printed %q, want 1 and an unknown outcome", code, run.printed())
	}
}

// An interrupt once waited for the next line of a terminal's input.
func TestPublishIsInterruptedWhileItWaitsForInput(t *testing.T) {
	t.Parallel()
	e, _ := stocked(t)
	input, typed := io.Pipe()
	t.Cleanup(func() { _ = typed.Close() })
	e.stdin = input
	run := e.start("publish", "OrderCancelled", "-")
	if _, err := io.WriteString(typed, `{"order_id": "o-1"}`); err != nil {
		t.Fatal(err)
	}
	run.wait("published OrderCancelled")
	if code := run.interrupt(); code != 1 || !strings.Contains(run.printed(), "event 2: interrupted\n(1 event before it went through") {
		t.Errorf("exit code %d, printed %q, want 1 and how far it came", code, run.printed())
	}
}

// A broker that answers everything but fetches must not hold a command for ever.
func TestReadingFromABrokerThatStopsAnswering(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "panic", "o-1", "x"))
	held := make(chan struct{})
	t.Cleanup(sync.OnceFunc(func() { close(held) }))
	b.Cluster().ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		b.Cluster().SleepControl(func() { <-held })
		return nil, nil, false
	})
	r := e.run("dlq", "list", ordersDLQ, "--timeout", "5s")
	if r.code != 1 || !strings.Contains(r.stderr, `read topic "orders.mailer.dlq": no answer from `+b.Addr()+" within 5s") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// closedPipe is the standard output of `eventctl … | head -1`.
type closedPipe struct{ lines int }

var errPipe = errors.New("broken pipe")

func (p *closedPipe) Write(b []byte) (int, error) {
	if p.lines--; p.lines < 0 {
		return 0, errPipe
	}
	return len(b), nil
}

func TestClosedOutputEndsACommand(t *testing.T) {
	t.Parallel()
	e, _ := stocked(t)
	for range 3 {
		e.ok("publish", "OrderCancelled", `{"order_id": "o-1"}`)
	}
	for _, args := range [][]string{
		{"list"},
		{"list", "--json"},
		{"describe", "OrderPlaced"},
		{"check"},
		{"topics", "apply"},
		{"tail", "orders"},
		{"tail", "orders", "-f"},
		{"dlq", "list"},
		{"publish", "OrderCancelled", `{"order_id": "o-1"}`},
	} {
		var stderr bytes.Buffer
		if code := cli.Run(t.Context(), e.env(&closedPipe{}, &stderr), args); code != 1 || !strings.Contains(stderr.String(), errPipe.Error()) {
			t.Errorf("eventctl %s into a closed pipe: exit code %d, stderr %q, want 1 and the cause", strings.Join(args, " "), code, &stderr)
		}
	}
}
