package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eventcontracts/eventcontracts/examples/internal/declared"
	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

const (
	milk    = "11111111-1111-4111-8111-111111111111"
	user    = "33333333-3333-4333-8333-333333333333"
	handled = "44444444-4444-4444-8444-444444444444"
	request = "55555555-5555-4555-8555-555555555555"
)

// asService makes a process of this test the service itself, so that it can be
// stopped by a signal.
const asService = "EVENTCONTRACTS_TEST_NOTIFIER"

func TestMain(m *testing.M) {
	if os.Getenv(asService) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func reminder(kind string, at time.Time) *reminderv1.ReminderTriggered {
	return &reminderv1.ReminderTriggered{
		ReminderId: user, TodoId: milk, UserId: user, ReminderType: kind,
		TriggeredAt: timestamppb.New(at), DueDate: timestamppb.New(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)),
	}
}

func newNotifier(t *testing.T, b *eventbustest.Broker) *notifier {
	t.Helper()
	p, err := eventbus.NewProducer(producerConfig(kafkaconn.Connection{Brokers: b.Brokers()}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return &notifier{p}
}

func TestWhatBecomesOfEvents(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		event proto.Message
		want  string // the notification
		err   string
	}{
		{"a todo", &todov2.TodoCreated{TodoId: milk, UserId: user, Title: "Buy milk"}, "A new todo: Buy milk", ""},
		{"a todo of major 1", &todov1.TodoCreated{TodoId: milk, UserId: user, Title: "Buy milk"}, "A new todo: Buy milk", ""},
		{"a reminder", reminder("in-app", time.Now()), "A todo is due: Due 2030-01-02 03:04:05", ""},
		{"a reminder by mail", reminder("email", time.Now()), "", "skip: mail and push messages are sent by others"},
		{"a reminder from the dead letters", reminder("in-app", time.Now().Add(-25*time.Hour)), "", "skip: it is too late"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := eventbustest.NewBroker(t)
			cfg := newNotifier(t, b).consumerConfig(kafkaconn.Connection{})
			var ids []string
			// It may come twice.
			for range 2 {
				err := eventbustest.Deliver(t.Context(), cfg, row.event, event.WithID(handled), event.WithCorrelation(request))
				if got := text(err); got != row.err {
					t.Fatalf("error %q, want %q", got, row.err)
				}
			}
			for _, rec := range b.Records("notifications") {
				md, msg, err := event.Decode(rec.Record)
				if err != nil {
					t.Fatal(err)
				}
				n := msg.(*notificationv1.InAppNotificationCreated)
				if got := n.GetTitle() + ": " + n.GetBody(); got != row.want {
					t.Errorf("%q, want %q", got, row.want)
				}
				if string(rec.Key) != user || md.Source != "notifier" || md.CausationID != handled || md.CorrelationID != request || md.ID != n.GetNotificationId() {
					t.Errorf("key %q, metadata %+v", rec.Key, md)
				}
				ids = append(ids, md.ID)
			}
			if row.want == "" {
				if len(ids) != 0 {
					t.Errorf("published %v", ids)
				}
				return
			}
			if len(ids) != 2 || ids[0] != ids[1] {
				t.Errorf("ids %v, want one, twice", ids)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What breaks the notification's contract breaks it at every attempt.
func TestAnInvalidNotificationIsADeadLetter(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t, eventbustest.WithGroups("notifier"))
	ctx := event.ContextWith(t.Context(), event.Metadata{ID: handled})
	err := newNotifier(t, b).notify(ctx, "nobody", "A new todo", "Buy milk")
	if err == nil || !strings.HasPrefix(err.Error(), "permanent: publish InAppNotificationCreated") {
		t.Errorf("%v", err)
	}
}

func TestAgreesWithServicesYAML(t *testing.T) {
	t.Parallel()
	s, err := declared.Read("../../services.yaml", "notifier")
	if err != nil {
		t.Fatal(err)
	}
	cfg := (&notifier{}).consumerConfig(kafkaconn.Connection{})
	handled, err := declared.Handled(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Groups) != 1 || s.Groups[0].Name != cfg.Group {
		t.Fatalf("group %q, declared %+v", cfg.Group, s.Groups)
	}
	slices.Sort(s.Groups[0].Handles)
	if diff := cmp.Diff(s.Groups[0].Handles, handled); diff != "" {
		t.Errorf("handled types (-services.yaml +code):\n%s", diff)
	}
	out := producerConfig(kafkaconn.Connection{})
	types, err := declared.Types(out.Events...)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range types {
		if out.Source != s.Name || !slices.Contains(s.Publishes, typ) {
			t.Errorf("%s publishes %s, and services.yaml does not say so", out.Source, typ)
		}
	}
}

func TestWithoutTopicsItDoesNotStart(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t) // without those of the group
	if err := run(t.Context(), kafkaconn.Connection{Brokers: b.Brokers()}, "localhost:0"); err == nil || !strings.Contains(err.Error(), "todos.notifier.dlq") {
		t.Errorf("%v", err)
	}
}
