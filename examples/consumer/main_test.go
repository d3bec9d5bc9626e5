package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

const (
	milk = "11111111-1111-4111-8111-111111111111"
	home = "22222222-2222-4222-8222-222222222222"
	user = "33333333-3333-4333-8333-333333333333"
)

func updated(id string, changes map[string]any) *todov1.TodoUpdated {
	s, err := structpb.NewStruct(changes)
	if err != nil {
		panic(err)
	}
	return &todov1.TodoUpdated{TodoId: id, UserId: user, Changes: s, UpdatedFields: []string{"title"}}
}

// publish writes events in their order, a second apart.
func publish(t *testing.T, b *eventbustest.Broker, msgs ...proto.Message) {
	t.Helper()
	for i, msg := range msgs {
		rec, err := event.Encode(t.Context(), msg, event.WithTime(time.Unix(int64(i), 0)))
		if err != nil {
			t.Fatal(err)
		}
		b.Write(rec)
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t, eventbustest.WithGroups("notifier"))
	publish(
		t, b,
		&todov1.TodoCreated{TodoId: milk, UserId: user, Title: "Buy milk"},
		&todov2.TodoCreated{TodoId: home, UserId: user, Title: "Call home", Tags: []string{"family"}},
		updated(milk, map[string]any{"title": "Buy oat milk"}),
		updated(milk, map[string]any{"priority": "high"}),
		updated(home, map[string]any{"title": 7}),
		&reminderv1.ReminderTriggered{
			ReminderId: user, TodoId: milk, UserId: user, ReminderType: "email",
			TriggeredAt: timestamppb.Now(), DueDate: timestamppb.Now(),
		},
	)

	var (
		mu   sync.Mutex
		said []string
		down = true
	)
	s := &service{titles: map[string]title{}, say: func(text string) error {
		mu.Lock()
		defer mu.Unlock()
		if down && strings.Contains(text, "reminded") { // the first attempt fails
			down = false
			return errors.New("mail server: 503")
		}
		said = append(said, text)
		return nil
	}}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, b.Brokers(), listener) }()

	url := "http://" + listener.Addr().String()
	b.WaitFor("the service to be ready", func() bool { return status(t, url+"/readyz") == http.StatusOK })
	if got := status(t, url+"/healthz"); got != http.StatusOK {
		t.Errorf("healthz: %d", got)
	}
	b.WaitCommitted("notifier", "todos")
	b.WaitCommitted("notifier", "reminders")
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{}
	for id, one := range s.titles {
		titles[id] = one.text
	}
	if diff := cmp.Diff(map[string]string{milk: "Buy oat milk", home: "Call home"}, titles); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
	if len(said) != 4 || down { // three titles and a reminder
		t.Errorf("said %q", said)
	}
	letters := b.Records(event.DeadLetterTopic("todos", "notifier"))
	if len(letters) != 1 {
		t.Fatalf("%d dead letters", len(letters))
	}
	if reason, _ := letters[0].Header("dlq-reason"); reason != string(event.ReasonPermanent) {
		t.Errorf("reason %q", reason)
	}
}

// status is 0 while nothing listens.
func status(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	return resp.StatusCode
}

// An event that comes back from the dead letters must not undo a newer one.
func TestLateEventsChangeNothing(t *testing.T) {
	t.Parallel()
	s := &service{titles: map[string]title{}, say: func(string) error { return nil }}
	at := func(second int64) context.Context {
		return event.ContextWith(t.Context(), event.Metadata{ID: user, Time: time.Unix(second, 0)})
	}
	if err := s.updated(at(2), updated(milk, map[string]any{"title": "new"})); err != nil {
		t.Fatal(err)
	}
	for _, second := range []int64{1, 2} {
		if err := s.updated(at(second), updated(milk, map[string]any{"title": "old"})); err == nil {
			t.Errorf("an event of second %d is handled", second)
		}
	}
	if got := s.titles[milk].text; got != "new" {
		t.Errorf("title %q", got)
	}
}

func TestWithoutTopicsItDoesNotStart(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t) // without those of the group
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := (&service{}).run(t.Context(), b.Brokers(), listener); err == nil {
		t.Error("it started")
	}
}
