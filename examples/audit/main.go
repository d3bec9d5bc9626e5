// Audit is a complete service that keeps an audit trail: a row for every event of
// four topics, as a line of JSON on standard output or in AUDIT_FILE. Its group is
// another one than the notifier's, so that both get every event.
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
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/pkg/service"
)

// probeGrace comes after the consumer's ShutdownTimeout, for a probe that is being
// answered.
const probeGrace = 1 * time.Second

func main() {
	ctx, stop := service.SignalContext(context.Background())
	defer stop()
	env, err := kafkaconn.FromEnv()
	if err == nil {
		err = start(ctx, env)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, env kafkaconn.Connection) error {
	out := os.Stdout
	if name := os.Getenv("AUDIT_FILE"); name != "" {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return fmt.Errorf("open AUDIT_FILE: %w", err)
		}
		defer func() { _ = f.Close() }() // each row was written by a call of its own
		out = f
	}
	return run(ctx, env, os.Getenv("PROBE_ADDR"), out)
}

// run adds a row for each event until ctx ends, and finishes what it has begun.
func run(ctx context.Context, env kafkaconn.Connection, addr string, out io.Writer) error {
	c, err := eventbus.NewConsumer((&trail{out: out}).consumerConfig(env))
	if err != nil {
		return err
	}
	return probeServer(addr, c).ServeWhile(ctx, c.Run)
}

// probeServer is where the orchestrator and Prometheus ask, and nobody else.
func probeServer(addr string, c *eventbus.Consumer) service.Server {
	mux := service.Probes(c.Health)
	mux.Handle("GET /metrics", metrics(c.Stats))
	server := service.ProbeServer(addr, c.Health)
	server.Handler, server.Grace = mux, probeGrace
	return server
}

func (t *trail) consumerConfig(env kafkaconn.Connection) eventbus.ConsumerConfig {
	return eventbus.ConsumerConfig{
		Connection: env,
		Group:      "audit-log", Conversions: todo.Conversions,
		Handlers: []eventbus.Handler{
			audit[*todov2.TodoCreated](t),
			audit[*todov1.TodoUpdated](t),
			audit[*todov1.TodoCompleted](t),
			audit[*todov1.TodoUncompleted](t),
			audit[*todov1.TodoDeleted](t),
			audit[*todov1.TodoPrioritized](t),
			audit[*reminderv1.ReminderCreated](t),
			audit[*reminderv1.ReminderTriggered](t),
			audit[*reminderv1.ReminderSnoozed](t),
			audit[*reminderv1.ReminderDismissed](t),
			audit[*reminderv1.ReminderCancelled](t),
			audit[*notificationv1.EmailNotificationSent](t),
			audit[*notificationv1.PushNotificationSent](t),
			audit[*notificationv1.InAppNotificationCreated](t),
			audit[*auditv1.AuditLogin](t),
			audit[*auditv1.AuditLogout](t),
			audit[*auditv1.PermissionChanged](t),
		},
	}
}

// audit handles an event of any type by a row, which does not have its payload.
func audit[M proto.Message](t *trail) eventbus.Handler {
	return eventbus.Handle(func(ctx context.Context, _ M) error { return t.add(ctx) })
}
