package main

import (
	"fmt"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// foreign is what another program writes to the topics, byte for byte: mostly
// no event at all, at times an event of the old Python service, well or badly
// made.
func (t *teller) foreign(n int) *event.Record {
	key := []byte(t.uuid())
	rec := func(topic, value string) *event.Record {
		return &event.Record{Topic: topic, Key: key, Value: []byte(value)}
	}
	switch n % 6 {
	case 0:
		return rec("todos", "todo_id;title\n17;Buy oat milk\n") // somebody's CSV export
	case 1:
		return rec("reminders", "\x00\x00\x00\x00\x2a\x0aconfluent wire format")
	case 2:
		return rec("todos", fmt.Sprintf(`{"level":"info","msg":"todo saved","todo":%q}`, t.uuid())) // a log line
	case 3:
		return rec("todos", t.python("Order cat food")) // an event like any other
	case 4:
		return rec("todos", t.python("")) // an event that its contract forbids
	default:
		return rec("reminders", `["ping"]`)
	}
}

// python is a TodoCreated as the old service writes it: a time without a zone,
// null for what is unset, keyed by something else than the todo.
func (t *teller) python(title string) string {
	return fmt.Sprintf(`{"event_id": %q, "event_type": "TodoCreated", "event_version": "1.0", "timestamp": %q, "correlation_id": null, "causation_id": null, `+
		`"source": "todo-python", "todo_id": %q, "user_id": %q, "title": %q, "description": null, "priority": null, "due_date": null}`,
		t.uuid(), t.now.UTC().Format("2006-01-02T15:04:05.000000"), t.uuid(), t.anyone().id, title)
}
