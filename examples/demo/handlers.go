package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// role is what a consumer group does.
type role struct {
	topics  []string
	handles []string // the types of its handlers
}

var roles = map[string]role{
	"notifier":  {topics: []string{"reminders", "todos"}, handles: []string{"TodoCreated", "ReminderTriggered", "ReminderSnoozed", "ReminderDismissed"}},
	"analytics": {topics: []string{"todos"}, handles: []string{"TodoCreated", "TodoUpdated", "TodoCompleted", "TodoUncompleted", "TodoDeleted", "TodoPrioritized"}},
}

var (
	errMuted        = errors.New("the user has muted notifications in the product")
	errProviderDown = errors.New("mail provider: 503 service unavailable")
	errTooMany      = errors.New("push gateway: 429 too many requests")
	errCannotRender = errors.New("release 1 cannot render this title")
	errMovedAway    = errors.New("the user cannot be written to any more")
)

// mailRetry gives a provider that is down about a second to come back.
var mailRetry = eventbus.RetryPolicy{MaxAttempts: 4, InitialDelay: 150 * time.Millisecond}

// pushLimit is longer than a consumer's commit interval.
const pushLimit = 2 * time.Second

// effort is how long it takes to send a message.
const effort = 2 * time.Millisecond

// notifier tells users about their todos.
type notifier struct {
	journal journal
	release int
	outage  string // the mail provider is down for some users while this file exists
}

// outageFile is where all members of a run look for the provider's state.
func outageFile(dir string) string { return filepath.Join(dir, "mail-provider-is-down") }

func (n *notifier) handlers() []eventbus.Handler {
	return []eventbus.Handler{
		eventbus.Handle(n.created),
		eventbus.Handle(n.triggered, eventbus.WithRetry(mailRetry)),
		// They follow a reminder that went off: however long that one is retried,
		// their turn comes after it.
		recorded[*reminderv1.ReminderSnoozed](n.journal),
		recorded[*reminderv1.ReminderDismissed](n.journal),
	}
}

// created reads major 2, and with it what is published as major 1.
func (n *notifier) created(ctx context.Context, e *todov2.TodoCreated) error {
	return n.journal.attempt(ctx, func() error {
		switch {
		case n.release < 2 && strings.Contains(e.GetTitle(), partyMark):
			return eventbus.Permanent(errCannotRender)
		case slices.Contains(e.GetTags(), refusedTag):
			return eventbus.Permanent(errMovedAway)
		}
		time.Sleep(effort)
		return nil
	})
}

func (n *notifier) triggered(ctx context.Context, e *reminderv1.ReminderTriggered) error {
	return n.journal.attempt(ctx, func() error {
		if e.GetReminderType() == "in-app" && e.GetUserId()[0] == 'f' {
			return errMuted
		}
		// The gateway of push messages limits some users, and says for how long. So
		// there are always keys that wait while newer records of others go on.
		if d, _ := eventbus.DeliveryFrom(ctx); e.GetReminderType() == "push" && e.GetUserId()[0] >= 'e' && d.Attempt == 1 {
			return eventbus.RetryAfter(pushLimit, errTooMany)
		}
		if needsProvider(e) {
			if _, err := os.Stat(n.outage); err == nil {
				return errProviderDown
			}
		}
		time.Sleep(effort)
		return nil
	})
}

// needsProvider reports whether the mail provider that fails has to send e.
func needsProvider(e *reminderv1.ReminderTriggered) bool {
	return e.GetReminderType() == "email" && e.GetUserId()[0] < '4'
}

// analytics counts what happens to todos.
type analytics struct{ journal journal }

func (a *analytics) handlers() []eventbus.Handler {
	return []eventbus.Handler{
		recorded[*todov1.TodoCreated](a.journal), // major 2 is converted down
		recorded[*todov1.TodoUpdated](a.journal),
		recorded[*todov1.TodoCompleted](a.journal),
		recorded[*todov1.TodoUncompleted](a.journal),
		recorded[*todov1.TodoDeleted](a.journal),
		recorded[*todov1.TodoPrioritized](a.journal),
	}
}

// recorded handles an event by writing it into the journal, and has no other
// effect.
func recorded[M proto.Message](j journal) eventbus.Handler {
	return eventbus.Handle(func(ctx context.Context, _ M) error {
		return j.attempt(ctx, func() error { return nil })
	})
}
