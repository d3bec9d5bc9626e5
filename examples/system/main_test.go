package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// bin is the folder of the services' binaries.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if bin, err = os.MkdirTemp("", "eventcontracts-example-"); err == nil {
			defer func() { _ = os.RemoveAll(bin) }() // it is temporary anyway
			err = compile(context.Background(), bin)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

func TestTheThreeServicesTogether(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := (&system{out: &out, bin: bin, names: all}).show(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	mustSay(t, out.String())
}

// said is what a run says that is as it should be.
var said = regexp.MustCompile(`(?s)notifier is ready` +
	`.*201 Created.*audit row: TodoCreated todos/.*audit row: InAppNotificationCreated notifications/` +
	`.*422 Unprocessable Entity.*nothing was published` +
	`.*notifier has finished what it began.*notifier of 4000 events, \d+ handled before the stop and \d+ after it: 0 twice, 0 never` +
	`\n  audit    of 8000 events, \d+ handled before the stop and \d+ after it: 0 twice, 0 never` +
	`.*audit    has finished what it began.*All is as it should be`)

func mustSay(t *testing.T, out string) {
	t.Helper()
	if !said.MatchString(out) {
		t.Errorf("this is not %s:\n%s", said, out)
	}
}

// Without a notifier there is no notification, and the run must not pass.
func TestWhatIsMissingIsMissed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &system{out: &out, bin: bin, names: []string{"todo-api", "audit"}}
	err := s.run(t.Context(), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return s.createTodo(ctx)
	})
	if err == nil || !strings.Contains(err.Error(), "the audit trail has 1 rows of the request, want 2") {
		t.Errorf("%v\n%s", err, &out)
	}
}

// An exported KAFKA_BROKERS made the example publish into that cluster, and its services
// join the groups there.
func TestOnlyTheExamplesOwnVariableNamesACluster(t *testing.T) {
	b, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: "todos", Partitions: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	t.Setenv("KAFKA_BROKERS", b.Addr())
	t.Setenv("KAFKA_TLS", "true")
	t.Setenv("EVENTCTL_CONTEXT", "elsewhere")
	var out bytes.Buffer
	s := &system{out: &out, bin: bin, names: all}
	if err := s.run(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if !strings.Contains(out.String(), "KAFKA_BROKERS is not used") {
		t.Errorf("it does not say what it does:\n%s", &out)
	}
	t.Setenv("KAFKA_TLS", "")
	t.Setenv("EXAMPLE_BROKERS", b.Addr())
	if err := (&system{out: &out, bin: bin, names: all}).run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "in use: todos. Nothing was written") {
		t.Errorf("topics that exist: %v", err)
	}
	if _, ok := b.Topic("reminders"); ok {
		t.Error("it has created topics")
	}
}
