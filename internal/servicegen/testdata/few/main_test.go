package main

import (
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// examples has a valid event of each type that the service handles.
func examples() []proto.Message {
	return []proto.Message{
		&reminderv1.ReminderTriggered{
			ReminderId:   "75c3a7cf-305a-4632-99f7-e2a7eeb089cb",
			TodoId:       "75c3a7cf-305a-4632-99f7-e2a7eeb089cb",
			UserId:       "3bef3d62-1869-4156-912c-d74879a3549f",
			ReminderType: "email",
			TriggeredAt:  timestamppb.New(time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)),
			DueDate:      timestamppb.New(time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)),
		},
		// Give a valid TodoDeleted 1.0: none could be made from its contract (field deleted_at: rule "x" is not known).
	}
}

// What other services publish is handled, and the service stops in order. It runs as in
// production, on an embedded broker with the topics that it needs.
func TestHandlesEvents(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t, eventbustest.WithConsumer(consumerConfig(kafkaconn.Connection{})))
	conn := kafkaconn.Connection{Brokers: b.Brokers()}
	handled := make(chan string, 100) // ids of events whose handler returned nil
	cfg := consumerConfig(conn)
	cfg.Middleware = append(cfg.Middleware, func(next eventbus.HandlerFunc) eventbus.HandlerFunc {
		return func(ctx context.Context, msg proto.Message) error {
			err := next(ctx, msg)
			if md, ok := event.MetadataFrom(ctx); ok && err == nil {
				handled <- md.ID
			}
			return err
		}
	})
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, cfg, "localhost:0") }()

	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: conn, Source: "a-test"})
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, e := range examples() {
		receipt, err := p.Publish(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		missing[receipt.EventID] = true
	}
	if err := p.Close(ctx); err != nil {
		t.Fatal(err)
	}
	for len(missing) > 0 {
		select {
		case id := <-handled:
			delete(missing, id)
		case err := <-ended:
			t.Fatalf("the service ended before it had handled %d of %d events: %v", len(missing), len(examples()), err)
		}
	}
	stop() // as SIGTERM does
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
