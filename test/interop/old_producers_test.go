//go:build interop

package interop_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

// place is where a record is.
type place struct {
	Topic     string
	Partition int32
	Offset    int64
}

// oldProducer publishes with aiokafka and the old generator's models.
type oldProducer struct{ *interop.Child }

func newOldProducer(t *testing.T) oldProducer {
	return oldProducer{interop.Python(t, "produce.py")}
}

// publish writes an event of given fields. Its id is one of them.
func (p oldProducer) publish(t *testing.T, typ, version, fields string) place {
	t.Helper()
	topic := "todos"
	if strings.HasPrefix(typ, "Reminder") {
		topic = "reminders"
	}
	p.Send(map[string]any{"topic": topic, "type": typ, "version": version, "fields": object(t, "{"+fields+"}")})
	var at place
	p.Next(&at)
	return at
}

// record finds a record in a log.
func record(t *testing.T, log []*kgo.Record, at place) *kgo.Record {
	t.Helper()
	for _, r := range log {
		if r.Topic == at.Topic && r.Partition == at.Partition && r.Offset == at.Offset {
			return r
		}
	}
	t.Fatalf("no record at %v", at)
	return nil
}

// Every event that the old services publish, read by handlers of both majors.
func TestWeReadTheOldServicesTopics(t *testing.T) {
	t.Parallel()
	const v1, v2 = "reads-old-1", "reads-old-2"
	interop.CreateTopics(t, shared(v1, v2)...)
	first, second := newHandled(), newHandled()
	consume(t, eventbus.ConsumerConfig{Group: v1, Handlers: append(rest(first), on[*todov1.TodoCreated](first))})
	consume(t, eventbus.ConsumerConfig{Group: v2, Handlers: append(rest(second), on[*todov2.TodoCreated](second))})
	p := newOldProducer(t)
	const naive, aware = "2026-11-23T21:51:31.146828", "2026-11-23T22:51:31.146828+01:00"
	const created = ids + `, "title": "Buy milk"`
	type row struct {
		name, typ, version, fields string
		want                       proto.Message
		converted                  proto.Message // as the other major
	}
	rows := []row{
		{
			"created, nulls", "TodoCreated", "1.0", created,
			payload[*todov1.TodoCreated](t, created+`, "priority": "medium"`),
			payload[*todov2.TodoCreated](t, created+`, "priority": "medium"`),
		},
		{
			"created, naive", "TodoCreated", "1.0", created + `, "description": "", "priority": "high", "due_date": "2026-12-24T18:30:00"`,
			payload[*todov1.TodoCreated](t, created+`, "description": "", "priority": "high", "due_date": "2026-12-24T18:30:00Z"`),
			payload[*todov2.TodoCreated](t, created+`, "description": "", "priority": "high", "due_date": "2026-12-24T18:30:00Z"`),
		},
		{
			"created, aware", "TodoCreated", "1.0", created + `, "priority": "low", "due_date": "2026-12-24T18:30:00.000001+05:30"`,
			payload[*todov1.TodoCreated](t, created+`, "priority": "low", "due_date": "2026-12-24T13:00:00.000001Z"`),
			payload[*todov2.TodoCreated](t, created+`, "priority": "low", "due_date": "2026-12-24T13:00:00.000001Z"`),
		},
		{
			"created 2.0, nulls", "TodoCreated", "2.0", created + `, "tags": null`,
			payload[*todov2.TodoCreated](t, created+`, "priority": "medium"`),
			payload[*todov1.TodoCreated](t, created+`, "priority": "medium"`),
		},
		{
			"created 2.0, tags", "TodoCreated", "2.0", created + `, "tags": ["a", "ü🥛"]`,
			payload[*todov2.TodoCreated](t, created+`, "priority": "medium", "tags": ["a", "ü🥛"]`),
			payload[*todov1.TodoCreated](t, created+`, "priority": "medium"`),
		},
		{
			"text", "TodoCreated", "1.0", ids + `, "title": "ünï 🥛 \"q\" \\ / \u0000 \u2028"`,
			payload[*todov1.TodoCreated](t, ids+`, "title": "ünï 🥛 \"q\" \\ / \u0000 \u2028", "priority": "medium"`),
			payload[*todov2.TodoCreated](t, ids+`, "title": "ünï 🥛 \"q\" \\ / \u0000 \u2028", "priority": "medium"`),
		},
		{
			"updated", "TodoUpdated", "1.0", ids + `, "changes": {"title": "🥛", "due_date": null, "n": 1.5, "l": [true, {"x": "y"}]}, "updated_fields": ["title", "due_date"]`,
			payload[*todov1.TodoUpdated](t, ids+`, "changes": {"title": "🥛", "due_date": null, "n": 1.5, "l": [true, {"x": "y"}]}, "updated_fields": ["title", "due_date"]`), nil,
		},
		{
			"completed", "TodoCompleted", "1.0", ids + `, "completed_at": "` + naive + `", "time_to_complete": 0`,
			payload[*todov1.TodoCompleted](t, ids+`, "completed_at": "2026-11-23T21:51:31.146828Z", "time_to_complete": 0`), nil,
		},
		{
			"uncompleted", "TodoUncompleted", "1.0", ids + `, "uncompleted_at": "` + aware + `", "reason": null`,
			payload[*todov1.TodoUncompleted](t, ids+`, "uncompleted_at": "2026-11-23T21:51:31.146828Z"`), nil,
		},
		{
			"deleted", "TodoDeleted", "1.0", ids + `, "deleted_at": "` + naive + `", "reason": "done"`,
			payload[*todov1.TodoDeleted](t, ids+`, "deleted_at": "2026-11-23T21:51:31.146828Z", "reason": "done"`), nil,
		},
		{
			"prioritized", "TodoPrioritized", "1.0", ids + `, "priority": "high", "previous_priority": null, "prioritized_at": "` + aware + `"`,
			payload[*todov1.TodoPrioritized](t, ids+`, "priority": "high", "prioritized_at": "2026-11-23T21:51:31.146828Z"`), nil,
		},
		{
			"reminder created", "ReminderCreated", "1.0", note + `, "reminder_type": "in-app", "remind_at": "` + naive + `", "due_date": null`,
			payload[*reminderv1.ReminderCreated](t, note+`, "reminder_type": "in-app", "remind_at": "2026-11-23T21:51:31.146828Z"`), nil,
		},
		{
			"reminder triggered", "ReminderTriggered", "1.0", note + `, "reminder_type": "push", "triggered_at": "` + naive + `", "due_date": "` + aware + `"`,
			payload[*reminderv1.ReminderTriggered](t, note+`, "reminder_type": "push", "triggered_at": "2026-11-23T21:51:31.146828Z", "due_date": "2026-11-23T21:51:31.146828Z"`), nil,
		},
		{
			"reminder snoozed", "ReminderSnoozed", "1.0", note + `, "new_due_date": "` + aware + `", "snooze_duration": 15`,
			payload[*reminderv1.ReminderSnoozed](t, note+`, "new_due_date": "2026-11-23T21:51:31.146828Z", "snooze_duration": 15`), nil,
		},
		{
			"reminder dismissed", "ReminderDismissed", "1.0", note + `, "dismissed_at": "` + naive + `"`,
			payload[*reminderv1.ReminderDismissed](t, note+`, "dismissed_at": "2026-11-23T21:51:31.146828Z"`), nil,
		},
		{
			"reminder cancelled", "ReminderCancelled", "1.0", note + `, "cancelled_at": "` + aware + `"`,
			payload[*reminderv1.ReminderCancelled](t, note+`, "cancelled_at": "2026-11-23T21:51:31.146828Z"`), nil,
		},
	}
	at := time.Date(2026, 11, 23, 21, 51, 31, 146828000, time.UTC)
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			id, timestamp := uuid.NewString(), naive
			if i%2 == 1 {
				timestamp = aware
			}
			where := p.publish(t, row.typ, row.version, `"event_id": "`+id+`", "timestamp": "`+timestamp+`", `+row.fields)
			own, other := first.of(t, id), second.of(t, id)
			if row.version == "2.0" {
				own, other = other, own
			}
			if row.converted == nil {
				row.converted = row.want
			}
			if diff := cmp.Diff(row.want, own.msg, protocmp.Transform()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(row.converted, other.msg, protocmp.Transform()); diff != "" {
				t.Errorf("message at the other major (-want +got):\n%s", diff)
			}
			if own.md.Type != row.typ || own.md.Version != row.version || !own.md.Time.Equal(at) || own.md.CorrelationID != "" {
				t.Errorf("metadata %+v", own.md)
			}
			if own.partition != where.Partition || own.offset != where.Offset {
				t.Errorf("handled from %d/%d, written to %d/%d", own.partition, own.offset, where.Partition, where.Offset)
			}
			rec := record(t, interop.Records(t, where.Topic), where)
			if string(rec.Key) != id || len(rec.Headers) != 0 {
				t.Errorf("key %q and headers %v: is this the old producer?", rec.Key, rec.Headers)
			}
			// As the old services' bytes: blanks, nulls, nothing beyond ASCII.
			if !bytes.HasPrefix(rec.Value, []byte(`{"event_id": "`)) || !bytes.Contains(rec.Value, []byte(`"correlation_id": null, `)) || bytes.ContainsFunc(rec.Value, func(r rune) bool { return r > 0x7e }) {
				t.Errorf("%s: is this the old producer?", rec.Value)
			}
		})
	}
}

// What their model accepts and the contracts do not is a dead letter, byte for
// byte, and its neighbours are handled.
func TestWhatBreaksTheRulesIsDeadLetteredByteForByte(t *testing.T) {
	t.Parallel()
	const group = "old-invalid"
	interop.CreateTopics(t, shared(group)...)
	h := newHandled()
	consume(t, eventbus.ConsumerConfig{Group: group, Handlers: append(rest(h), on[*todov2.TodoCreated](h))})
	p := newOldProducer(t)
	const at = `"2026-11-23T21:51:31.146828"`
	rows := []struct{ name, typ, version, fields, field, rule string }{
		{"any text as priority", "TodoCreated", "1.0", ids + `, "title": "x", "priority": "whenever 🥛"`, "priority", "string.in"},
		{"empty title", "TodoCreated", "1.0", ids + `, "title": ""`, "title", "string.min_len"},
		{"long title", "TodoCreated", "1.0", ids + `, "title": "` + strings.Repeat("ü", 501) + `"`, "title", "string.max_len"},
		{"tags twice", "TodoCreated", "2.0", ids + `, "title": "x", "tags": ["a", "a"]`, "tags", "repeated.unique"},
		{"nothing updated", "TodoUpdated", "1.0", ids + `, "changes": {}, "updated_fields": []`, "updated_fields", "repeated.min_items"},
		{"negative time", "TodoCompleted", "1.0", ids + `, "completed_at": ` + at + `, "time_to_complete": -1`, "time_to_complete", "int32.gte"},
		{"any text as reminder type", "ReminderCreated", "1.0", note + `, "reminder_type": "fax", "remind_at": ` + at, "reminder_type", "string.in"},
		{"no time to snooze", "ReminderSnoozed", "1.0", note + `, "new_due_date": ` + at + `, "snooze_duration": 0`, "snooze_duration", "int32.gt"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			id, good := uuid.NewString(), uuid.NewString()
			where := p.publish(t, row.typ, row.version, `"event_id": "`+id+`", `+row.fields)
			p.publish(t, "ReminderDismissed", "1.0", `"event_id": "`+good+`", `+note+`, "dismissed_at": `+at)
			h.of(t, good)
			var letter *kgo.Record
			eventually(t, "the dead letter of "+id, func() bool {
				for _, r := range interop.Records(t, where.Topic+"."+group+".dlq") {
					if header(r, "dlq-id") == fmt.Sprintf("%s/%s/%d/%d", group, where.Topic, where.Partition, where.Offset) {
						letter = r
						return true
					}
				}
				return false
			})
			source := record(t, interop.Records(t, where.Topic), where)
			if diff := cmp.Diff([][]byte{source.Key, source.Value}, [][]byte{letter.Key, letter.Value}); diff != "" {
				t.Errorf("key and value (-source +dead letter):\n%s", diff)
			}
			for _, ours := range letter.Headers {
				if !strings.HasPrefix(ours.Key, "dlq-") {
					t.Errorf("header %q, and the source has none", ours.Key)
				}
			}
			violations := header(letter, "dlq-violations")
			if header(letter, "dlq-reason") != "invalid" || !strings.Contains(violations, `"field":"`+row.field+`"`) || !strings.Contains(violations, `"rule":"`+row.rule+`"`) {
				t.Errorf("reason %q, violations %s: want %s and %s", header(letter, "dlq-reason"), violations, row.field, row.rule)
			}
			if header(letter, "dlq-event-id") != id || h.has(id) {
				t.Errorf("event %q; handled: %v", header(letter, "dlq-event-id"), h.has(id))
			}
		})
	}
}

// header is the last header of a name, which is the one that counts.
func header(r *kgo.Record, name string) string {
	out := ""
	for _, h := range r.Headers {
		if h.Key == name {
			out = string(h.Value)
		}
	}
	return out
}
