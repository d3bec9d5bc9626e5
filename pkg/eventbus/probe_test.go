package eventbus_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// logText collects a log.
type logText struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Services that speak Kafka's protocol in part, such as Event Hubs, neither tell
// what a client may do nor describe topics' settings. The start-up checks leave
// out what they cannot ask, with a warning.
func TestStartWithoutRightsAndSettings(t *testing.T) {
	t.Parallel()
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.Metadata), 5) // rights are told from 8
	versions.SetMaxKeyVersion(int16(kmsg.DescribeConfigs), -1)
	b, err := broker.Start(broker.Config{
		Options: []kfake.Opt{kfake.MaxVersions(versions)},
		Topics:  []broker.Topic{{Name: "todos", Partitions: 3}, {Name: "todos.g.dlq"}, {Name: "todos.g.redrive"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	log := &logText{}
	logger := slog.New(slog.NewTextHandler(log, nil))

	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: producerSource, Logger: logger, Events: []proto.Message{(*todov1.TodoDeleted)(nil)},
	})
	if err != nil {
		t.Fatal(err)
	}
	handled := make(chan string, 1)
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Group: "g", Logger: logger,
		Handlers: []eventbus.Handler{eventbus.Handle(func(_ context.Context, msg *todov1.TodoDeleted) error {
			handled <- msg.GetTodoId()
			return nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()

	const id = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"
	if _, err := p.Publish(ctx, &todov1.TodoDeleted{TodoId: id, UserId: id, DeletedAt: timestamppb.Now()}); err != nil {
		t.Error(err)
	}
	select {
	case got := <-handled:
		if got != id {
			t.Errorf("handled %q", got)
		}
	case <-ctx.Done():
		t.Error("the event was not handled")
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if err := p.Close(context.Background()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"the topics' size limits are not known", "the dead-letter topics' size limits are not known"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
}

// The client keeps a consumer of group.protocol=consumer waiting, and says so
// only when it debugs, if the brokers do not have KIP-848. Its health shows it.
func TestConsumerProtocolThatBrokersLack(t *testing.T) {
	t.Parallel()
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.ConsumerGroupHeartbeat), -1)
	b, err := broker.Start(broker.Config{
		Options: []kfake.Opt{kfake.MaxVersions(versions)},
		Topics:  []broker.Topic{{Name: "todos", Partitions: 3}, {Name: "todos.g.dlq"}, {Name: "todos.g.redrive"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	log := &logText{}
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Group: "g", Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Config:   map[string]string{"group.protocol": "consumer", "debug": "cgrp"},
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoDeleted) error { return nil })},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	for looks := time.NewTicker(10 * time.Millisecond); !strings.Contains(log.String(), "ConsumerGroupHeartbeatRequest not supported by broker"); {
		select {
		case <-looks.C:
		case <-ctx.Done():
			t.Fatalf("the client has not tried to join:\n%s", log)
		}
	}
	if h := c.Health(); h.Ready || len(h.Reasons) != 1 || h.Reasons[0].Code != eventbus.HealthUnassigned {
		t.Errorf("health: %+v", h)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// Without idempotence on the brokers nothing is published. Publish's error has
// the cause only if the client has told it by then; the counters keep it.
func TestIdempotenceThatBrokersLack(t *testing.T) {
	t.Parallel()
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.InitProducerID), -1)
	b, err := broker.Start(broker.Config{Options: []kfake.Opt{kfake.MaxVersions(versions)}, Topics: []broker.Topic{{Name: "todos"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: producerSource, Logger: slog.New(slog.DiscardHandler), MessageTimeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	const id = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"
	if _, err := p.Publish(t.Context(), &todov1.TodoDeleted{TodoId: id, UserId: id, DeletedAt: timestamppb.Now()}); !errors.Is(err, eventbus.ErrIndeterminate) {
		t.Errorf("publish: %v", err)
	}
	end := time.After(10 * time.Second)
	for looks := time.NewTicker(time.Millisecond); p.Stats().FatalError == nil; {
		select {
		case <-looks.C:
		case <-end:
			t.Fatal("the counters do not tell the cause")
		}
	}
	if err := p.Stats().FatalError; !strings.Contains(err.Error(), "Idempotent producer not supported") {
		t.Errorf("counters: %v", err)
	}
	if err := p.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
}
