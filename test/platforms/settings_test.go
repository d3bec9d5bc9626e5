// Package platforms_test holds what docs/platforms.md says that can be tried
// without the services that it is about: platforms.sh builds and runs eventctl
// for other platforms, and the test here uses the page's settings on the
// embedded broker.
package platforms_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// service is how the page says to reach a managed Kafka.
type service struct {
	name     string
	sasl     kafkaconn.SASL
	producer map[string]string
	consumer map[string]string
	record   int // MaxRecordBytes
}

func services() []service {
	eventHubs := func(more map[string]string) map[string]string {
		out := map[string]string{"socket.keepalive.enable": "true", "connections.max.idle.ms": "180000", "metadata.max.age.ms": "180000"}
		for key, value := range more {
			out[key] = value
		}
		return out
	}
	connection := kafkaconn.SASL{
		Mechanism: "PLAIN", Username: "$ConnectionString",
		Password: "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=todo-api;SharedAccessKey=c2VjcmV0+/==",
	}
	return []service{
		{name: "Confluent Cloud", sasl: kafkaconn.SASL{Mechanism: "PLAIN", Username: "ABCDEFGHIJKLMNOP", Password: "cflt/+secret=="}},
		{name: "Redpanda", sasl: kafkaconn.SASL{Mechanism: "SCRAM-SHA-256", Username: "todo-api", Password: "secret"}},
		{name: "MSK with SCRAM", sasl: kafkaconn.SASL{Mechanism: "SCRAM-SHA-512", Username: "todo-api", Password: "secret"}},
		{
			name: "Event Hubs, Standard", sasl: connection, record: 1_000_000,
			producer: eventHubs(map[string]string{"compression.type": "none", "request.timeout.ms": "60000"}),
			consumer: eventHubs(map[string]string{"session.timeout.ms": "30000"}),
		},
		{
			name: "Event Hubs, Premium", sasl: connection, record: 1_000_000,
			producer: eventHubs(map[string]string{"compression.type": "gzip", "request.timeout.ms": "60000"}),
			consumer: eventHubs(map[string]string{"session.timeout.ms": "30000"}),
		},
	}
}

// The settings are accepted, and an event goes through with them. TLS is left
// out: the embedded broker has the mechanisms alone.
func TestSettings(t *testing.T) {
	t.Parallel()
	for _, s := range services() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			b, err := broker.Start(broker.Config{Options: []kfake.Opt{
				kfake.EnableSASL(), kfake.Superuser(s.sasl.Mechanism, s.sasl.Username, s.sasl.Password),
				kfake.SeedTopics(3, "todos", "todos.notifier.dlq", "todos.notifier.redrive"),
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Close)
			p, err := eventbus.NewProducer(eventbus.ProducerConfig{
				Connection: kafkaconn.Connection{Brokers: b.Addrs(), Insecure: true, SASL: &s.sasl}, Config: s.producer, Events: []proto.Message{(*todov1.TodoDeleted)(nil)},
				MaxRecordBytes: s.record, Source: "todo-api",
			})
			if err != nil {
				t.Fatal(err)
			}
			handled := make(chan string, 1)
			c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
				Connection: kafkaconn.Connection{Brokers: b.Addrs(), Insecure: true, SASL: &s.sasl}, Config: s.consumer, Group: "notifier",
				Handlers: []eventbus.Handler{eventbus.Handle(func(_ context.Context, msg *todov1.TodoDeleted) error {
					handled <- msg.GetReason()
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
			reason := "done"
			if _, err := p.Publish(ctx, &todov1.TodoDeleted{TodoId: id, UserId: id, DeletedAt: timestamppb.Now(), Reason: &reason}); err != nil {
				t.Error(err)
				cancel()
			}
			select {
			case got := <-handled:
				if got != reason {
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
		})
	}
}
