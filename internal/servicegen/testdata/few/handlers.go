package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// handlers is where events go, with what their handling needs, such as a database.
//
// A handler that returns nil has handled its event. eventbus.Permanent(err) makes the
// event a dead letter, and so does any other error after some retries;
// eventbus.Skip(reason) lets it go without an effect.
//
// An event may come a second time, after a crash or out of the dead letters. Keep the
// ids of handled events in the transaction of their effect, and skip what is there.
type handlers struct {
	log *slog.Logger
}

// onReminderTriggered handles ReminderTriggered 1.0 of the topic reminders.
func (h *handlers) onReminderTriggered(ctx context.Context, e *reminderv1.ReminderTriggered) error {
	h.received(ctx, "key", e.GetReminderId())
	return nil
}

// onTodoDeleted handles TodoDeleted 1.0 of the topic todos.
func (h *handlers) onTodoDeleted(ctx context.Context, e *todov1.TodoDeleted) error {
	h.received(ctx, "key", e.GetTodoId())
	return nil
}

// received logs which event came, and nothing of its payload but what it is given.
func (h *handlers) received(ctx context.Context, args ...any) {
	md, _ := event.MetadataFrom(ctx)
	at, _ := eventbus.DeliveryFrom(ctx)
	args = append(args, "version", md.Version, "id", md.ID, "offset", fmt.Sprintf("%s/%d/%d", at.Topic, at.Partition, at.Offset))
	if at.Redriven {
		// It comes back from the dead letters, and is late: newer events of its key may
		// have been handled. Before a handler overwrites what it has stored, it compares
		// md.Time with the time of that, or skips what is too old:
		// eventbus.Skip("it is too late").
		args = append(args, "late", time.Since(md.Time).Round(time.Second))
	}
	h.log.InfoContext(ctx, "received "+md.Type, args...)
}
