//go:build interop

package interop_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/testing/protocmp"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

// java runs one of Kafka's own tools, which use the Java client.
func java(t *testing.T, stdin, class string, args ...string) string {
	t.Helper()
	cmd := exec.Command("java", append([]string{
		"-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8", "-cp", "jars/*", class,
		"--bootstrap-server", strings.Join(interop.Brokers(), ","),
	}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s", class, args, err, stderr.String())
	}
	return stdout.String()
}

// The Java client reads a record as it is in the log, and what it writes is
// handled, from the partition where the bus would have put it.
func TestTheJavaClientReadsOursAndWeReadIts(t *testing.T) {
	t.Parallel()
	const group = "reads-java"
	interop.CreateTopics(t, interop.Group{Name: group, Handles: []string{"TodoCreated"}})
	h := newHandled()
	consume(t, eventbus.ConsumerConfig{Group: group, Handlers: []eventbus.Handler{on[*todov1.TodoCreated](h)}})

	ours := publish(t, producer(t), payload[*todov1.TodoCreated](t, ids+`, "title": "ünï 🥛"`), event.WithID(uuid.NewString()))
	out := java(t, "", "org.apache.kafka.tools.consumer.ConsoleConsumer", "--topic", ours.Topic, "--partition", fmt.Sprint(ours.Partition), "--offset", fmt.Sprint(ours.Offset),
		"--max-messages", "1", "--formatter-property", "print.key=true", "--formatter-property", "print.headers=true", "--formatter-property", "key.separator=|", "--formatter-property", "headers.separator=|")
	rec := record(t, interop.Records(t, ours.Topic), place{ours.Topic, ours.Partition, ours.Offset})
	if want := "NO_HEADERS|" + todoID + "|" + string(rec.Value); strings.TrimSpace(out) != want {
		t.Errorf("the Java client reads %s, want %s", out, want)
	}

	theirs := uuid.NewString()
	java(t, todoID+`|{"event_id":"`+theirs+`","event_type":"TodoCreated","event_version":"1.0","timestamp":"2026-11-24T09:30:00Z",`+ids+`,"title":"ünï 🥛"}`+"\n",
		"org.apache.kafka.tools.ConsoleProducer", "--topic", "todos", "--compression-codec", "zstd", "--reader-property", "parse.key=true", "--reader-property", "key.separator=|")
	got := h.of(t, theirs)
	if diff := cmp.Diff(payload[*todov1.TodoCreated](t, ids+`, "title": "ünï 🥛", "priority": "medium"`), got.msg.(*todov1.TodoCreated), protocmp.Transform()); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if got.partition != ours.Partition {
		t.Errorf("key %s is in partition %d by Java and in %d by the bus", todoID, got.partition, ours.Partition)
	}
}
