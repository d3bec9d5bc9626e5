//go:build interop

package interop_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

// read is what the old services made of a record.
type read struct {
	Topic      string
	Partition  int32
	Offset     int64
	Key        string
	Model      map[string]any
	ModelError string `json:"model_error"`
	Dict       map[string]any
	DictError  string `json:"dict_error"`
}

// oldConsumer reads topics by aiokafka until a test has found its records.
type oldConsumer struct {
	*interop.Child
	records map[place]read
}

func newOldConsumer(t *testing.T, group string, topics ...string) *oldConsumer {
	return &oldConsumer{interop.Python(t, "consume.py", append([]string{group}, topics...)...), map[place]read{}}
}

// of reads on until the record of a receipt.
func (c *oldConsumer) of(at eventbus.Receipt) read {
	for {
		if r, ok := c.records[place{at.Topic, at.Partition, at.Offset}]; ok {
			return r
		}
		var r read
		c.Next(&r)
		c.records[place{r.Topic, r.Partition, r.Offset}] = r
	}
}

// Every event of the topics that they share, as the bus writes it: the Pydantic
// models accept it, and a handler of dicts finds every field that it indexes.
func TestTheOldServicesReadOurTopics(t *testing.T) {
	t.Parallel()
	p := producer(t)
	c := newOldConsumer(t, "old-reads-ours", "todos", "reminders")
	at := time.Date(2026, 11, 23, 21, 51, 31, 146828000, time.UTC)
	const created = ids + `, "title": "Buy milk"`
	rows := []struct {
		name    string
		msg     proto.Message
		version string
		want    string // the payload, as they see it
	}{
		{
			"created, nulls", payload[*todov1.TodoCreated](t, created), "1.0",
			created + `, "description": null, "priority": "medium", "due_date": null`,
		},
		{
			"created, everything", payload[*todov1.TodoCreated](t, created+`, "description": "", "priority": "urgent", "due_date": "2026-12-24T18:30:00.5+05:30"`), "1.0",
			created + `, "description": "", "priority": "urgent", "due_date": "2026-12-24T13:00:00.500+00:00"`,
		},
		{
			"created 2.0, nulls", payload[*todov2.TodoCreated](t, created), "2.0",
			created + `, "description": null, "priority": "medium", "due_date": null, "tags": []`,
		},
		{
			"created 2.0, everything", payload[*todov2.TodoCreated](t, created+`, "description": "x", "priority": "low", "due_date": "2026-12-24T18:30:00Z", "tags": ["a", "ü"]`), "2.0",
			created + `, "description": "x", "priority": "low", "due_date": "2026-12-24T18:30:00Z", "tags": ["a", "ü"]`,
		},
		{
			"text", payload[*todov1.TodoCreated](t, ids+`, "title": "ünï 🥛 \"q\" \\ / \u0000 \u2028 </b>"`), "1.0",
			ids + `, "title": "ünï 🥛 \"q\" \\ / \u0000 \u2028 </b>", "description": null, "priority": "medium", "due_date": null`,
		},
		{
			"updated", payload[*todov1.TodoUpdated](t, ids+`, "changes": {"title": "🥛", "due_date": null, "n": 1.5, "l": [true, {"x": "y"}]}, "updated_fields": ["title", "due_date"]`), "1.0",
			ids + `, "changes": {"title": "🥛", "due_date": null, "n": 1.5, "l": [true, {"x": "y"}]}, "updated_fields": ["title", "due_date"]`,
		},
		{
			"completed", payload[*todov1.TodoCompleted](t, ids+`, "completed_at": "2026-11-23T21:51:31.1Z", "time_to_complete": 0`), "1.0",
			ids + `, "completed_at": "2026-11-23T21:51:31.1Z", "time_to_complete": 0`,
		},
		{
			"uncompleted", payload[*todov1.TodoUncompleted](t, ids+`, "uncompleted_at": "2026-11-23T21:51:31Z"`), "1.0",
			ids + `, "uncompleted_at": "2026-11-23T21:51:31Z", "reason": null`,
		},
		{
			"deleted", payload[*todov1.TodoDeleted](t, ids+`, "deleted_at": "2026-11-23T21:51:31.000001Z", "reason": "done"`), "1.0",
			ids + `, "deleted_at": "2026-11-23T21:51:31.000001Z", "reason": "done"`,
		},
		{
			"prioritized", payload[*todov1.TodoPrioritized](t, ids+`, "priority": "high", "prioritized_at": "2026-11-23T21:51:31Z"`), "1.0",
			ids + `, "priority": "high", "previous_priority": null, "prioritized_at": "2026-11-23T21:51:31Z"`,
		},
		{
			"reminder created", payload[*reminderv1.ReminderCreated](t, note+`, "reminder_type": "in-app", "remind_at": "2026-11-23T21:51:31Z"`), "1.0",
			note + `, "reminder_type": "in-app", "remind_at": "2026-11-23T21:51:31Z", "due_date": null`,
		},
		{
			"reminder triggered", payload[*reminderv1.ReminderTriggered](t, note+`, "reminder_type": "push", "triggered_at": "2026-11-23T21:51:31Z", "due_date": "2026-11-24T00:00:00Z"`), "1.0",
			note + `, "reminder_type": "push", "triggered_at": "2026-11-23T21:51:31Z", "due_date": "2026-11-24T00:00:00Z"`,
		},
		{
			"reminder snoozed", payload[*reminderv1.ReminderSnoozed](t, note+`, "new_due_date": "2026-11-23T21:51:31Z", "snooze_duration": 15`), "1.0",
			note + `, "new_due_date": "2026-11-23T21:51:31Z", "snooze_duration": 15`,
		},
		{
			"reminder dismissed", payload[*reminderv1.ReminderDismissed](t, note+`, "dismissed_at": "2026-11-23T21:51:31Z"`), "1.0",
			note + `, "dismissed_at": "2026-11-23T21:51:31Z"`,
		},
		{
			"reminder cancelled", payload[*reminderv1.ReminderCancelled](t, note+`, "cancelled_at": "2026-11-23T21:51:31Z"`), "1.0",
			note + `, "cancelled_at": "2026-11-23T21:51:31Z", "reason": null`,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			id := uuid.NewString()
			receipt := publish(t, p, row.msg, event.WithID(id), event.WithTime(at))
			got := c.of(receipt)
			want := object(t, "{"+row.want+"}")
			maps.Copy(want, object(t, `{"event_id": "`+id+`", "correlation_id": "`+id+`", "event_version": "`+row.version+`", "timestamp": "`+at.Format(time.RFC3339Nano)+`"}`))
			want["event_type"] = string(row.msg.ProtoReflect().Descriptor().Name())
			if diff := cmp.Diff(want, got.Dict, times); diff != "" {
				t.Errorf("their dict (-want +got):\n%s%s", diff, got.DictError)
			}
			if diff := cmp.Diff(want, got.Model, times); diff != "" {
				t.Errorf("their model (-want +got):\n%s%s", diff, got.ModelError)
			}
			key := todoID
			if receipt.Topic == "reminders" {
				key = noteID
			}
			if got.Key != key {
				t.Errorf("they read key %q, want %q", got.Key, key)
			}
		})
	}
}

// What docs/migrating.md warns of: old code that compares times without a zone,
// and models that refuse what they do not know.
func TestWhatOldReadersMayStumbleOver(t *testing.T) {
	t.Parallel()
	receipt := publish(t, producer(t), payload[*todov1.TodoCreated](t, ids+`, "title": "x", "due_date": "2026-12-24T18:30:00Z"`))
	rec := record(t, interop.Records(t, receipt.Topic), place{receipt.Topic, receipt.Partition, receipt.Offset})
	for _, row := range []struct{ name, code, want string }{
		{"utcnow", "parse(value).due_date < datetime.utcnow()", "TypeError: can't compare offset-naive and offset-aware datetimes"},
		{"aware now", "parse(value).due_date < datetime.now(timezone.utc)", ""},
		{"models that forbid more", "type('Strict', (TodoCreatedV1,), {'model_config': {'extra': 'forbid'}})(**json.loads(value))", "causation_id\n  Extra inputs are not permitted"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), interop.Interpreter(), "-W", "ignore", "-c", `
import json, sys
from datetime import datetime, timezone
from events import TodoCreatedV1, parse
value = sys.stdin.buffer.read()
`+row.code)
			cmd.Env = append(os.Environ(), "PYTHONPATH=old", "PYTHONDONTWRITEBYTECODE=1")
			cmd.Stdin = bytes.NewReader(rec.Value)
			out, err := cmd.CombinedOutput()
			if (err == nil) != (row.want == "") || !strings.Contains(string(out), row.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// pip install aiokafka brings no lz4, which is what the bus compresses with by
// default: such a reader fails at the first record. It knows gzip.
func TestAPlainAiokafkaReadsGzipButNotLZ4(t *testing.T) {
	t.Parallel()
	publish(t, producer(t), payload[*reminderv1.ReminderDismissed](t, note+`, "dismissed_at": "2026-11-23T21:51:31Z"`))
	lz4 := interop.Python(t, "consume.py", "--plain", "old-plain-lz4", "reminders")
	if code := lz4.Wait(); code == 0 || !strings.Contains(lz4.Stderr(), "UnsupportedCodecError: Libraries for lz4 compression codec not found") {
		t.Errorf("exit code %d\n%s", code, lz4.Stderr())
	}
	// No other test writes lz4 to this topic.
	zipped := producerWith(t, map[string]string{"compression.type": "gzip"})
	receipt := publish(t, zipped, payload[*notificationv1.InAppNotificationCreated](t, `"notification_id": "`+noteID+`", "user_id": "`+userID+`", "title": "x", "body": "`+strings.Repeat("x", 400)+`", "created_at": "2026-11-23T21:51:31Z"`))
	gzip := newOldConsumer(t, "old-plain-gzip", "notifications", "--plain")
	if got := gzip.of(receipt); got.Key != userID {
		t.Errorf("read %+v, published %+v", got, receipt)
	}
}
