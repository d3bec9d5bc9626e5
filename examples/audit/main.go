// Audit is a second group beside the notifier: it notes every event of four
// topics, one line of JSON each, on standard output or in AUDIT_FILE.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/conversions/todo"
	auditv1 "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/service"
)

// probeGrace comes after the consumer's ShutdownTimeout, for a probe that is being
// answered.
const probeGrace = 1 * time.Second

func main() {
	ctx, stop := service.SignalContext(context.Background())
	defer stop()
	env, err := eventbus.ConfigFromEnv()
	if err == nil {
		err = start(ctx, env)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, env eventbus.Connection) error {
	out := os.Stdout
	if name := os.Getenv("AUDIT_FILE"); name != "" {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("open AUDIT_FILE: %w", err)
		}
		defer func() { _ = f.Close() }() // each row was written by a call of its own
		out = f
	}
	return run(ctx, env, os.Getenv("HTTP_ADDR"), out)
}

// run notes events until ctx ends.
func run(ctx context.Context, env eventbus.Connection, addr string, out io.Writer) error {
	c, err := eventbus.NewConsumer((&trail{out: out}).handles(env))
	if err != nil {
		return err
	}
	server := service.Server{Addr: addr, Grace: probeGrace, Handler: service.Probes(c.Health)}
	return server.ServeWhile(ctx, c.Run)
}

func (t *trail) handles(env eventbus.Connection) eventbus.ConsumerConfig {
	return eventbus.ConsumerConfig{
		Brokers: env.Brokers, TLS: env.TLS, SASL: env.SASL, Insecure: env.Insecure,
		Group: "audit-log", Conversions: todo.Conversions,
		Handlers: []eventbus.Handler{
			note[*todov2.TodoCreated](t),
			note[*todov1.TodoUpdated](t),
			note[*todov1.TodoCompleted](t),
			note[*todov1.TodoUncompleted](t),
			note[*todov1.TodoDeleted](t),
			note[*todov1.TodoPrioritized](t),
			note[*reminderv1.ReminderCreated](t),
			note[*reminderv1.ReminderTriggered](t),
			note[*reminderv1.ReminderSnoozed](t),
			note[*reminderv1.ReminderDismissed](t),
			note[*reminderv1.ReminderCancelled](t),
			note[*notificationv1.EmailNotificationSent](t),
			note[*notificationv1.PushNotificationSent](t),
			note[*notificationv1.InAppNotificationCreated](t),
			note[*auditv1.AuditLogin](t),
			note[*auditv1.AuditLogout](t),
			note[*auditv1.PermissionChanged](t),
		},
	}
}

// note handles an event by a row. Its payload is none of the trail's business.
func note[M proto.Message](t *trail) eventbus.Handler {
	return eventbus.Handle(func(ctx context.Context, _ M) error { return t.add(ctx) })
}
