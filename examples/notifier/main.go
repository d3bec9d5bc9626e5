// Notifier is a complete service that handles events: it tells users about
// their todos, by publishing an event for each notification.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eventcontracts/eventcontracts/conversions/todo"
	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/pkg/service"
)

// What a stop may take after the consumer's ShutdownTimeout. Little is left to
// do by then: probes answer at once, and handlers have waited for what they
// published.
const (
	probeGrace = 1 * time.Second // for a probe that is being answered
	closeGrace = 3 * time.Second // for the producer
)

func main() {
	ctx, stop := service.SignalContext(context.Background())
	defer stop()
	env, err := kafkaconn.FromEnv() // KAFKA_BROKERS, KAFKA_TLS_CA, …
	if err == nil {
		err = run(ctx, env, os.Getenv("PROBE_ADDR"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "notifier:", err)
		os.Exit(1)
	}
}

// run handles events until ctx ends, finishes what it has begun, and only then
// closes the producer, which handlers need until their end.
func run(ctx context.Context, env kafkaconn.Connection, addr string) (err error) {
	p, err := eventbus.NewProducer(producerConfig(env))
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
		defer cancel()
		err = errors.Join(err, p.Close(closing))
	}()
	c, err := eventbus.NewConsumer((&notifier{p}).consumerConfig(env))
	if err != nil {
		return err
	}
	probes := service.ProbeServer(addr, c.Health)
	probes.Grace = probeGrace
	return probes.ServeWhile(ctx, c.Run)
}

func producerConfig(env kafkaconn.Connection) eventbus.ProducerConfig {
	return eventbus.ProducerConfig{
		Connection: env,
		Source:     "notifier",
		Events:     []proto.Message{(*notificationv1.InAppNotificationCreated)(nil)},
	}
}

type notifier struct{ producer *eventbus.Producer }

func (n *notifier) consumerConfig(env kafkaconn.Connection) eventbus.ConsumerConfig {
	return eventbus.ConsumerConfig{
		Connection:  env,
		Group:       "notifier",
		Conversions: todo.Conversions, // TodoCreated 1.0 and 2.0
		Handlers: []eventbus.Handler{
			eventbus.Handle(n.created),
			eventbus.Handle(n.reminded, eventbus.WithRetry(
				eventbus.RetryPolicy{MaxElapsed: time.Minute},
			)),
		},
	}
}

func (n *notifier) created(ctx context.Context, e *todov2.TodoCreated) error {
	return n.notify(ctx, e.GetUserId(), "A new todo", e.GetTitle())
}

func (n *notifier) reminded(ctx context.Context, e *reminderv1.ReminderTriggered) error {
	switch {
	case e.GetReminderType() != "in-app":
		return eventbus.Skip("mail and push messages are sent by others")
	case time.Since(e.GetTriggeredAt().AsTime()) > 24*time.Hour:
		return eventbus.Skip("it is too late") // such as after a redrive
	}
	due := e.GetDueDate().AsTime().Format(time.DateTime)
	return n.notify(ctx, e.GetUserId(), "A todo is due", "Due "+due)
}

// notifications is the namespace of their ids.
var notifications = uuid.MustParse("0d5c1f3e-8a43-4a0e-9d4b-6f6c7f0f2a11")

// notify publishes with ctx, so that the notification carries the handled
// event's correlation id, and has that event as its cause.
func (n *notifier) notify(ctx context.Context, user, title, text string) error {
	handled, _ := event.MetadataFrom(ctx)
	// An event may come twice. Its notification then has the same id, too, by
	// which readers know the duplicate.
	id := uuid.NewSHA1(notifications, []byte(handled.ID)).String()
	_, err := n.producer.Publish(ctx, &notificationv1.InAppNotificationCreated{
		NotificationId: id, UserId: user, Title: title, Body: text,
		CreatedAt: timestamppb.Now(),
	}, event.WithID(id))
	if errors.Is(err, eventbus.ErrInvalid) {
		return eventbus.Permanent(err) // a dead letter: no retry can help
	}
	return err // tried again, while other keys go on; in the end a dead letter
}
