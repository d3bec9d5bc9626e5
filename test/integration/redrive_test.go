package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/cli"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// eventctl runs one command on this repository's contracts.
func eventctl(t *testing.T, b *cluster, args ...string) (code int, stdout string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), cli.Env{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Dir: root,
		Getenv: func(key string) string {
			return map[string]string{"KAFKA_BROKERS": strings.Join(b.Brokers(), ",")}[key]
		},
	}, args)
	t.Logf("eventctl %s: exit code %d\n%s%s", strings.Join(args, " "), code, &out, &errs)
	return code, out.String()
}

// TestV4_TripsOfOneEvent lets the consumer fail on one event four times, and
// eventctl send it back each time: what each writes, the other understands.
func TestV4_TripsOfOneEvent(t *testing.T) {
	t.Parallel()
	tripsOfOneEvent(t, startCluster(t))
}

func tripsOfOneEvent(t *testing.T, b *cluster) {
	t.Helper()
	var mended atomic.Bool
	handled := make(chan [2]any, 10)
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if !mended.Load() {
				return eventbus.Permanent(errors.New("the template is gone"))
			}
			md, _ := event.MetadataFrom(ctx)
			d, _ := eventbus.DeliveryFrom(ctx)
			handled <- [2]any{md.ID, d.Redriven}
			return nil
		}),
	}})
	source := write(t, b, 1, "Buy milk")[0]
	const dlq, redrive = "todos.notifier.dlq", "todos.notifier.redrive"
	send := []string{"dlq", "redrive", dlq, "--execute", "--reason", "the template is back"}
	for trip := 1; trip <= 3; trip++ {
		b.WaitDeadLetters("todos", group, trip)
		if code, out := eventctl(t, b, send...); code != 0 || !strings.Contains(out, "1 event redriven") {
			t.Fatalf("redrive %d: exit code %d\n%s", trip, code, out)
		}
	}
	b.WaitDeadLetters("todos", group, 4)
	if code, out := eventctl(t, b, send...); code != 1 || !strings.Contains(out, "redriven 3 times already") {
		t.Errorf("a fourth redrive: exit code %d\n%s", code, out)
	}

	type letter struct {
		Topic        string `json:"topic"`
		FromTopic    string `json:"from_topic"`
		Origin       string `json:"origin"`
		Reason       string `json:"reason"`
		EventType    string `json:"event_type"`
		RedriveCount int    `json:"redrive_count"`
	}
	var letters []letter
	_, out := eventctl(t, b, "dlq", "list", dlq, "--json")
	if err := json.Unmarshal([]byte(out), &letters); err != nil {
		t.Fatal(err)
	}
	origin := fmt.Sprintf("todos %d/%d", source.Partition, source.Offset)
	var want []letter
	for trip := range 4 {
		from := redrive
		if trip == 0 {
			from = "todos"
		}
		want = append(want, letter{"todos", from, origin, "permanent", "TodoCreated", trip})
	}
	if diff := cmp.Diff(want, letters); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}

	mended.Store(true)
	if code, out := eventctl(t, b, append(send, "--force")...); code != 0 || !strings.Contains(out, "1 event redriven, 3 left out") {
		t.Errorf("redrive --force: exit code %d\n%s", code, out)
	}
	var first struct {
		EventID string `json:"event_id"`
	}
	if err := json.Unmarshal(source.Value, &first); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the event to be handled", func() bool { return len(handled) > 0 })
	if got := <-handled; got != [2]any{first.EventID, true} {
		t.Errorf("handled %v, want the same event, redriven", got)
	}
	if n := len(b.Records("todos")); n != 1 {
		t.Errorf("the source topic holds %d records, want the one of the start", n)
	}
}
