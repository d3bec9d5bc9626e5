//go:build interop

package interop_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	analyticsv1 "github.com/eventcontracts/eventcontracts/gen/events/analytics/v1"
	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

// kcat runs kcat on the package's cluster.
func kcat(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("kcat", append([]string{"-b", strings.Join(interop.Brokers(), ",")}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("kcat %v: %v\n%s", args, err, stderr.String())
	}
	return stdout.String()
}

func TestKcatReadsOurRecords(t *testing.T) {
	t.Parallel()
	p := producer(t)
	id := uuid.NewString()
	receipt := publish(t, p, payload[*todov1.TodoCreated](t, ids+`, "title": "ünï 🥛"`), event.WithID(id))
	out := kcat(t, "", "-C", "-t", receipt.Topic, "-p", fmt.Sprint(receipt.Partition), "-o", fmt.Sprint(receipt.Offset), "-c", "1", "-e", "-J")
	var got struct {
		Topic, Key, Payload string
		Headers             []string
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if got.Topic != "todos" || got.Key != todoID || len(got.Headers) != 0 {
		t.Errorf("kcat sees %+v", got)
	}
	want := object(t, `{"event_id": "`+id+`", "event_type": "TodoCreated", "event_version": "1.0", "correlation_id": "`+id+`", "causation_id": null, "source": "todo-api", `+
		ids+`, "title": "ünï 🥛", "description": null, "priority": "medium", "due_date": null}`)
	have := object(t, got.Payload)
	delete(have, "timestamp")
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("payload (-want +kcat):\n%s", diff)
	}
}

// Flat and envelope records that a person types are handled like any other.
func TestWeHandleWhatKcatWrites(t *testing.T) {
	t.Parallel()
	const group = "reads-kcat"
	interop.CreateTopics(t, interop.Group{Name: group, Handles: []string{"TodoCreated", "InAppNotificationCreated"}})
	h := newHandled()
	consume(t, eventbus.ConsumerConfig{Group: group, Handlers: []eventbus.Handler{on[*todov1.TodoCreated](h), on[*notificationv1.InAppNotificationCreated](h)}})

	flat, envelope, other := uuid.NewString(), uuid.NewString(), uuid.NewString()
	const head = `"timestamp":"2026-11-24T09:30:00Z","event_version":"1.0"`
	kcat(t, `{"event_id":"`+flat+`","event_type":"TodoCreated",`+head+`,`+ids+`,"title":"ünï 🥛"}`, "-P", "-t", "todos", "-k", todoID)
	kcat(t, `{"event_id":"`+envelope+`","event_type":"InAppNotificationCreated",`+head+`,"data":{"notification_id":"`+noteID+`","user_id":"`+userID+`","title":"t","body":"b","created_at":"2026-11-24T09:30:00Z"}}`,
		"-P", "-t", "notifications", "-k", userID, "-H", "by=kcat", "-z", "gzip")
	// A topic's format binds its writers alone.
	kcat(t, `{"event_id":"`+other+`","event_type":"TodoCreated",`+head+`,"data":{`+ids+`,"title":"x"}}`, "-P", "-t", "todos", "-k", todoID)

	for _, row := range []struct {
		id   string
		want proto.Message
	}{
		{flat, payload[*todov1.TodoCreated](t, ids+`, "title": "ünï 🥛", "priority": "medium"`)},
		{envelope, payload[*notificationv1.InAppNotificationCreated](t, `"notification_id": "`+noteID+`", "user_id": "`+userID+`", "title": "t", "body": "b", "created_at": "2026-11-24T09:30:00Z"`)},
		{other, payload[*todov1.TodoCreated](t, ids+`, "title": "x", "priority": "medium"`)},
	} {
		if diff := cmp.Diff(row.want, h.of(t, row.id).msg, protocmp.Transform()); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
	}
}

// A dead letter's headers are text that kcat shows, behind the record's own.
func TestKcatShowsADeadLettersHeaders(t *testing.T) {
	t.Parallel()
	const group = "kcat-dead"
	interop.CreateTopics(t, interop.Group{Name: group, Handles: []string{"TodoCreated"}})
	h := newHandled()
	consume(t, eventbus.ConsumerConfig{Group: group, Handlers: []eventbus.Handler{on[*todov1.TodoCreated](h)}})
	id, key := uuid.NewString(), uuid.NewString()
	value := `{"event_id":"` + id + `","event_type":"TodoCreated","event_version":"1.0","timestamp":"2026-11-24T09:30:00",` + ids + `,"title":""}`
	kcat(t, value, "-P", "-t", "todos", "-k", key, "-H", "trace=ü")
	var headers string
	eventually(t, "kcat shows the dead letter", func() bool {
		// Key and headers of each letter, and its value.
		for line := range strings.Lines(kcat(t, "", "-C", "-t", "todos."+group+".dlq", "-o", "beginning", "-e", "-q", "-f", "%k|%h|%s\n")) {
			f := strings.SplitN(strings.TrimSpace(line), "|", 3)
			if f[0] == key {
				headers = f[1]
				if f[2] != value {
					t.Errorf("value %s, want %s", f[2], value)
				}
			}
		}
		return headers != ""
	})
	var names []string
	for _, h := range strings.Split(headers, ",dlq-") {
		name, _, _ := strings.Cut(h, "=")
		names = append(names, name)
	}
	want := []string{
		"trace", "id", "reason", "error", "topic", "partition", "offset", "timestamp", "group", "attempts", "first-failed-at", "failed-at",
		"event-id", "event-type", "violations", "disclosure", "origin-topic", "origin-partition", "origin-offset", "origin-timestamp",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	for _, part := range []string{"trace=ü,dlq-id=" + group + "/todos/", "dlq-reason=invalid", "dlq-event-id=" + id, `dlq-violations=[{"field":"title","rule":"string.min_len"`} {
		if !strings.Contains(headers, part) {
			t.Errorf("%q is not in %s", part, headers)
		}
	}
}

// kcat places keys by CRC32 unless it is told otherwise.
func TestKcatPlacesKeysAsWeDoWhenTold(t *testing.T) {
	t.Parallel()
	p := producer(t)
	ours := map[string]int32{}
	var lines strings.Builder
	for range 30 {
		key := uuid.NewString()
		ours[key] = publish(t, p, &analyticsv1.UserLogin{UserId: key, LoggedInAt: timestamppb.Now()}).Partition
		fmt.Fprintf(&lines, "%s|{}\n", key)
	}
	for _, row := range []struct {
		name string
		args []string
		same bool
	}{
		{"told", []string{"-X", "partitioner=murmur2_random"}, true},
		{"default", nil, false},
	} {
		kcat(t, lines.String(), append([]string{"-P", "-t", "analytics", "-K", "|", "-H", "by=" + row.name}, row.args...)...)
		theirs := map[string]int32{}
		for _, r := range interop.Records(t, "analytics") {
			if _, ok := ours[string(r.Key)]; ok && header(r, "by") == row.name {
				theirs[string(r.Key)] = r.Partition
			}
		}
		if diff := cmp.Diff(ours, theirs); len(theirs) != len(ours) || (diff == "") != row.same {
			t.Errorf("%s: partitions (-ours +kcat):\n%s", row.name, diff)
		}
	}
}
