package eventbustest_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// What was there instead had to be looked for with a debugger.
func TestFailuresSayWhatWasThere(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		call func(*eventbustest.Broker)
		want []string
	}{
		"records": {func(b *eventbustest.Broker) { b.WaitRecords("people", 3) }, []string{
			`gave up waiting for 3 records in topic "people": topic "people" holds 2 records`, `0/0 key "k" value "one"`, `0/1 key "k" value "two"`,
		}},
		"dead letters": {func(b *eventbustest.Broker) { b.WaitDeadLetters("todos", "mailer", 2) }, []string{
			`topic "todos.mailer.dlq" holds 1 records`, `value "x" dlq-reason "permanent" dlq-error "no mailbox"`,
		}},
		"a group that does not exist": {func(b *eventbustest.Broker) { b.WaitCommitted("maler", "todos") }, []string{
			`group "maler" does not exist: no consumer has joined it`, "todos/0: records from 0 to 0, committed nothing",
		}},
		"a group that does not exist, and records": {func(b *eventbustest.Broker) { b.WaitCommitted("mailer", "people") }, []string{
			`group "mailer" does not exist`, "people/0: records from 0 to 2, committed nothing",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &failing{TB: t}
			b := eventbustest.NewBroker(f, eventbustest.WithTimeout(300*time.Millisecond), eventbustest.WithGroups("mailer"))
			b.Write(event.Record{Topic: "people", Key: []byte("k"), Value: []byte("one")}, event.Record{Topic: "people", Key: []byte("k"), Value: []byte("two")},
				event.Record{Topic: "todos.mailer.dlq", Key: []byte("k"), Value: []byte("x"), Headers: []event.Header{
					{Key: "dlq-reason", Value: []byte("permanent")}, {Key: "dlq-error", Value: []byte("no mailbox")},
				}})
			done := make(chan struct{})
			go func() {
				defer close(done)
				row.call(b)
			}()
			<-done
			for _, want := range row.want {
				if !strings.Contains(f.message, want) {
					t.Errorf("the test ended with\n%s\nwant %q", f.message, want)
				}
			}
		})
	}
}

// failsHere lets this binary be a test that fails.
const failsHere = "EVENTBUSTEST_FAILS"

// TestFails is what the next test runs.
func TestFails(t *testing.T) {
	what := os.Getenv(failsHere)
	if what == "" {
		t.Skip("it fails on purpose, for TestFailuresAreAtTheTestsLine")
	}
	b := eventbustest.NewBroker(t, eventbustest.WithTimeout(100*time.Millisecond))
	switch what {
	case "topic":
		b.WaitRecords("nowhere", 1) // here
	case "records":
		b.WaitRecords("people", 1) // here
	case "commit":
		b.WaitCommitted("nobody", "people") // here
	case "commit of no topic":
		b.WaitCommitted("nobody", "nowhere") // here
	}
}

// A failure within a wait was at a line of this package.
func TestFailuresAreAtTheTestsLine(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("state_test.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(source), "\n")
	for _, what := range []string{"topic", "records", "commit", "commit of no topic"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFails$")
		cmd.Env = append(os.Environ(), failsHere+"="+what)
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Fatalf("%s: the test does not fail:\n%s", what, out)
		}
		m := regexp.MustCompile(`state_test\.go:(\d+): eventbustest: `).FindSubmatch(out)
		if m == nil || !strings.HasSuffix(lines[atoi(string(m[1]))-1], "// here") {
			t.Errorf("%s:\n%s\nwant the line of the call", what, out)
		}
	}
}

func atoi(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}
