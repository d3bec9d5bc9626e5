package event_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// python is the head of a record as the Python services print it.
func python(typ, version, members string) string {
	return `{"event_id": "` + noteID + `", "event_type": "` + typ + `", "event_version": "` + version +
		`", "timestamp": "2026-11-23T21:51:31.146828", "correlation_id": null, ` + members + `}`
}

// Every event of the two topics that Python services share, as Pydantic writes
// it.
func TestPythonsRecords(t *testing.T) {
	t.Parallel()
	const ids = `"todo_id": "` + todoID + `", "user_id": "` + userID + `", `
	const reminder = `"reminder_id": "` + noteID + `", ` + ids
	at := func(s string) *timestamppb.Timestamp {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return timestamppb.New(v)
	}
	changes := func(s string) *todov1.TodoUpdated {
		m := &todov1.TodoUpdated{TodoId: todoID, UserId: userID}
		if err := protojson.Unmarshal([]byte(s), m); err != nil {
			t.Fatal(err)
		}
		m.TodoId, m.UserId = todoID, userID
		return m
	}
	rows := []struct {
		name, topic, record string
		want                proto.Message
	}{
		{
			"created", "todos", python("TodoCreated", "1.0", ids+`"title": "Buy milk", "description": null, "priority": "medium", "due_date": "2026-12-24T18:30:00"`),
			&todov1.TodoCreated{TodoId: todoID, UserId: userID, Title: "Buy milk", Priority: proto.String("medium"), DueDate: at("2026-12-24T18:30:00Z")},
		},
		{
			"created, aware", "todos", python("TodoCreated", "1.0", ids+`"title": "x", "description": "y", "priority": "low", "due_date": "2026-12-24T18:30:00.000001+05:30"`),
			&todov1.TodoCreated{TodoId: todoID, UserId: userID, Title: "x", Description: proto.String("y"), Priority: proto.String("low"), DueDate: at("2026-12-24T13:00:00.000001Z")},
		},
		{
			"created, escapes", "todos", python("TodoCreated", "1.0", ids+`"title": "\u00fcn\u00ef \ud83e\udd5b \"q\" \\ \/", "description": null, "priority": null, "due_date": null`),
			&todov1.TodoCreated{TodoId: todoID, UserId: userID, Title: `ünï 🥛 "q" \ /`, Priority: proto.String("medium")},
		},
		{
			"created 2.0", "todos", python("TodoCreated", "2.0", ids+`"title": "x", "description": null, "priority": "urgent", "due_date": null, "tags": ["a", "b"]`),
			&todov2.TodoCreated{TodoId: todoID, UserId: userID, Title: "x", Priority: proto.String("urgent"), Tags: []string{"a", "b"}},
		},
		{
			"created 2.0, no tags", "todos", python("TodoCreated", "2.0", ids+`"title": "x", "tags": null`),
			&todov2.TodoCreated{TodoId: todoID, UserId: userID, Title: "x", Priority: proto.String("medium")},
		},
		{
			"updated", "todos", python("TodoUpdated", "1.0", ids+`"changes": {"due_date": "2026-12-24T18:30:00Z", "old": "2026-12-24T18:30:00", "title": null, "n": 1.5, "l": [true]}, "updated_fields": ["due_date", "title"]`),
			changes(`{"changes": {"due_date": "2026-12-24T18:30:00Z", "old": "2026-12-24T18:30:00", "title": null, "n": 1.5, "l": [true]}, "updated_fields": ["due_date", "title"]}`),
		},
		{
			"completed", "todos", python("TodoCompleted", "1.0", ids+`"completed_at": "2026-11-23T21:51:31.1", "time_to_complete": 0`),
			&todov1.TodoCompleted{TodoId: todoID, UserId: userID, CompletedAt: at("2026-11-23T21:51:31.1Z"), TimeToComplete: proto.Int32(0)},
		},
		{
			"uncompleted", "todos", python("TodoUncompleted", "1.0", ids+`"uncompleted_at": "2026-11-23T21:51:31+00:00", "reason": null`),
			&todov1.TodoUncompleted{TodoId: todoID, UserId: userID, UncompletedAt: at("2026-11-23T21:51:31Z")},
		},
		{
			"deleted, str() of an aware time", "todos", python("TodoDeleted", "1.0", ids+`"deleted_at": "2026-11-23 21:51:31-08:00", "reason": ""`),
			&todov1.TodoDeleted{TodoId: todoID, UserId: userID, DeletedAt: at("2026-11-24T05:51:31Z"), Reason: proto.String("")},
		},
		{
			"deleted, T", "todos", python("TodoDeleted", "1.0", ids+`"deleted_at": "2026-11-23T21:51:31-08:00", "reason": ""`),
			&todov1.TodoDeleted{TodoId: todoID, UserId: userID, DeletedAt: at("2026-11-24T05:51:31Z"), Reason: proto.String("")},
		},
		{
			"prioritized", "todos", python("TodoPrioritized", "1.0", ids+`"priority": "high", "previous_priority": null, "prioritized_at": "2026-11-23T21:51:31"`),
			&todov1.TodoPrioritized{TodoId: todoID, UserId: userID, Priority: "high", PrioritizedAt: at("2026-11-23T21:51:31Z")},
		},
		{
			"reminder created", "reminders", python("ReminderCreated", "1.0", reminder+`"reminder_type": "in-app", "remind_at": "2026-11-23T21:51:31", "due_date": null`),
			&reminderv1.ReminderCreated{ReminderId: noteID, TodoId: todoID, UserId: userID, ReminderType: "in-app", RemindAt: at("2026-11-23T21:51:31Z")},
		},
		{
			"reminder triggered", "reminders", python("ReminderTriggered", "1.0", reminder+`"reminder_type": "push", "triggered_at": "2026-11-23T21:51:31", "due_date": "2026-11-23T21:51:31Z"`),
			&reminderv1.ReminderTriggered{ReminderId: noteID, TodoId: todoID, UserId: userID, ReminderType: "push", TriggeredAt: at("2026-11-23T21:51:31Z"), DueDate: at("2026-11-23T21:51:31Z")},
		},
		{
			"reminder snoozed", "reminders", python("ReminderSnoozed", "1.0", reminder+`"new_due_date": "2026-11-23T21:51:31", "snooze_duration": 15`),
			&reminderv1.ReminderSnoozed{ReminderId: noteID, TodoId: todoID, UserId: userID, NewDueDate: at("2026-11-23T21:51:31Z"), SnoozeDuration: proto.Int32(15)},
		},
		{
			"reminder dismissed", "reminders", python("ReminderDismissed", "1.0", reminder+`"dismissed_at": "2026-11-23T21:51:31"`),
			&reminderv1.ReminderDismissed{ReminderId: noteID, TodoId: todoID, UserId: userID, DismissedAt: at("2026-11-23T21:51:31Z")},
		},
		{
			"reminder cancelled", "reminders", python("ReminderCancelled", "1.0", reminder+`"cancelled_at": "2026-11-23T21:51:31", "reason": null`),
			&reminderv1.ReminderCancelled{ReminderId: noteID, TodoId: todoID, UserId: userID, CancelledAt: at("2026-11-23T21:51:31Z")},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			md, got, err := event.Decode(event.Record{Topic: row.topic, Key: []byte(noteID), Value: []byte(row.record)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			want := event.Metadata{ID: noteID, Type: md.Type, Version: md.Version, Time: time.Date(2026, 11, 23, 21, 51, 31, 146828000, time.UTC)}
			if diff := cmp.Diff(want, md); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
			// Written by us, it has every field that Pydantic requires.
			back, err := event.Encode(context.Background(), got, event.WithID(md.ID))
			if err != nil {
				t.Fatal(err)
			}
			var members map[string]any
			if err := json.Unmarshal(back.Value, &members); err != nil {
				t.Fatal(err)
			}
			fields := got.ProtoReflect().Descriptor().Fields()
			for i := range fields.Len() {
				v, ok := members[string(fields.Get(i).Name())]
				if fd := fields.Get(i); !ok || fd.HasPresence() && (v == nil) == got.ProtoReflect().Has(fd) {
					t.Errorf("%s is %v (%v) in %s", fd.Name(), v, ok, back.Value)
				}
			}
		})
	}
}

// Their model accepts more than the contracts do.
func TestPythonsInvalidRecords(t *testing.T) {
	t.Parallel()
	good := python("TodoCreated", "1.0", `"todo_id": "`+todoID+`", "user_id": "`+userID+`", "title": "x", "priority": "low"`)
	for name, row := range map[string]struct{ old, replaced, rule string }{
		"priority": {`"low"`, `"whenever"`, "priority: string.in"},
		"title":    {`"x"`, `""`, "title: string.min_len"},
		"id":       {todoID, "todo-1", "todo_id: string.uuid"},
	} {
		_, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte(strings.Replace(good, row.old, row.replaced, 1))})
		if event.ReasonOf(err) != event.ReasonInvalid || !strings.Contains(err.Error(), row.rule) {
			t.Errorf("%s: %v, want invalid with %q", name, err, row.rule)
		}
	}
}

// Times without a zone are UTC however deep they are, and text stays as it is.
func TestZonelessTimesInThePayload(t *testing.T) {
	t.Parallel()
	r := probes(t, "FORMAT_FLAT")
	const naive, aware = `"2026-01-02T03:04:05.5"`, `"2026-01-02T03:04:05.500Z"`
	members := probeID + `,"at" : ` + naive + `,"times":[` + naive + `, ` + aware + `],"named":{"x":` + naive + `},"part":{"at":` + naive + `,"p":{"at":` + naive + `}},"parts":[{"at":` + naive +
		`}],"left":` + naive + `,"labels":{"at":` + naive + `},"free":{"at":` + naive + `}`
	records := inEachFormat(members)
	_, got, err := r.Decode(records["flat"])
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(members, naive, aware)
	for _, text := range []string{`"left":`, `"labels":{"at":`, `"free":{"at":`} {
		want = strings.ReplaceAll(want, text+aware, text+naive)
	}
	want = strings.NewReplacer(`"part":{`, `"part":{"n":7,`, `"p":{`, `"p":{"n":7,`, `"parts":[{`, `"parts":[{"n":7,`).Replace(want)
	if diff := cmp.Diff(probeOf(t, r, "{"+want+"}"), got, protocmp.Transform()); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if _, _, err := r.Decode(records["envelope"]); event.ReasonOf(err) != event.ReasonUndecodable {
		t.Errorf("envelope: %v, want undecodable", err)
	}
}
