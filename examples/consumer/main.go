// Consumer is a complete service that handles events: it keeps and prints the
// title of each todo, and prints reminders.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/eventcontracts/eventcontracts/conversions/todo"
	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", cmp.Or(os.Getenv("HTTP_ADDR"), "localhost:8080"))
	if err == nil {
		s := &service{titles: map[string]title{}, say: func(text string) error { _, err := fmt.Println(text); return err }}
		err = s.run(ctx, strings.Split(cmp.Or(os.Getenv("KAFKA_BROKERS"), "localhost:9092"), ","), listener)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "consumer:", err)
		os.Exit(1)
	}
}

type service struct {
	mu     sync.Mutex
	titles map[string]title // by todo id; a real service has a database
	say    func(text string) error
}

type title struct {
	text string
	at   time.Time // of the event that set it
}

// run handles events until ctx ends, and then finishes what it has begun.
func (s *service) run(ctx context.Context, brokers []string, listener net.Listener) error {
	mail := eventbus.RetryPolicy{MaxAttempts: 5, InitialDelay: 100 * time.Millisecond}
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Brokers: brokers, Group: "notifier", Conversions: todo.Conversions, // TodoCreated 1.0 and 2.0
		Handlers: []eventbus.Handler{
			eventbus.Handle(func(ctx context.Context, e *todov2.TodoCreated) error {
				return s.set(ctx, e.GetTodoId(), e.GetTitle())
			}),
			eventbus.Handle(s.updated),
			eventbus.Handle(s.remind, eventbus.WithRetry(mail)),
		},
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: probes(c), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	return errors.Join(c.Run(ctx), server.Close())
}

// probes tells to restart the process (/healthz), and when to roll out the next
// one (/readyz).
func probes(c *eventbus.Consumer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := c.Health()
		if good := map[string]bool{"/healthz": h.Live, "/readyz": h.Ready}; !good[r.URL.Path] {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(h)
	}
}

func (s *service) updated(ctx context.Context, e *todov1.TodoUpdated) error {
	text, ok := e.GetChanges().GetFields()["title"]
	switch {
	case !ok:
		return eventbus.Skip("the title stays")
	case text.GetStringValue() == "":
		return eventbus.Permanent(errors.New("the title is no text")) // a dead letter: no retry can help
	}
	return s.set(ctx, e.GetTodoId(), text.GetStringValue())
}

// set compares times: an event may come twice, and one that was a dead letter
// comes late, even beside a newer one.
func (s *service) set(ctx context.Context, id, text string) error {
	md, _ := event.MetadataFrom(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !md.Time.After(s.titles[id].at) {
		return eventbus.Skip("not newer than what is known")
	}
	if err := s.say(id + " is " + text); err != nil {
		return err
	}
	s.titles[id] = title{text, md.Time}
	return nil
}

// remind is tried again when it fails, while other keys go on.
func (s *service) remind(_ context.Context, e *reminderv1.ReminderTriggered) error {
	s.mu.Lock()
	known, ok := s.titles[e.GetTodoId()]
	s.mu.Unlock()
	if !ok { // it is on another topic, and not handled yet
		return eventbus.RetryAfter(time.Second, errors.New("the todo is not known"))
	}
	return s.say(e.GetUserId() + " is reminded of " + known.text)
}
