package eventbus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// exampleBroker is a broker with the topics of the todo events and of a group;
// elsewhere eventctl broker starts one, and eventctl topics apply makes topics.
func exampleBroker(group string) *broker.Broker {
	cfg := broker.Config{Topics: []broker.Topic{{Name: "todos", Partitions: 3}}}
	for _, name := range []string{event.DeadLetterTopic("todos", group), event.RedriveTopic("todos", group)} {
		cfg.Topics = append(cfg.Topics, broker.Topic{Name: name, Partitions: 3})
	}
	b, err := broker.Start(cfg)
	if err != nil {
		panic(err)
	}
	return b
}

func ExampleProducer_Publish() {
	b := exampleBroker("notifier")
	defer b.Close()
	ctx := context.Background()

	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: "todo-api"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() {
		if err := p.Close(ctx); err != nil {
			fmt.Println(err)
		}
	}()

	receipt, err := p.Publish(ctx, &todov1.TodoCreated{
		TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb",
		UserId: "0b7ee32c-1ccf-4d2f-8c5c-3f5f0f4d2b11",
		Title:  "Buy milk",
	})
	fmt.Printf("written to %s at offset %d: %v\n", receipt.Topic, receipt.Offset, err)

	// An event that breaks its contract is not sent.
	_, err = p.Publish(ctx, &todov1.TodoCreated{TodoId: "17"})
	fmt.Println("invalid:", errors.Is(err, eventbus.ErrInvalid))
	// Output:
	// written to todos at offset 0: <nil>
	// invalid: true
}

func ExampleHandle() {
	b := exampleBroker("notifier")
	defer b.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	handled := eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
		md, _ := event.MetadataFrom(ctx)
		d, _ := eventbus.DeliveryFrom(ctx)
		fmt.Printf("%s %s: %q, attempt %d\n", md.Type, md.Version, e.GetTitle(), d.Attempt)
		cancel() // a service goes on until a signal
		return nil
	})
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()},
		Group:      "notifier",
		Handlers:   []eventbus.Handler{handled},
		Logger:     slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: "todo-api"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := p.Publish(ctx, exampleTodo("Buy milk")); err != nil {
		fmt.Println(err)
	}
	if err := p.Close(ctx); err != nil {
		fmt.Println(err)
	}

	fmt.Println("stopped:", c.Run(ctx))
	// Output:
	// TodoCreated 1.0: "Buy milk", attempt 1
	// stopped: <nil>
}

// deliverExample hands a todo to a handler as a consumer does, without a broker.
func deliverExample(title string, f func(context.Context, *todov1.TodoCreated) error) error {
	cfg := eventbus.ConsumerConfig{Group: "notifier", Handlers: []eventbus.Handler{eventbus.Handle(f)}}
	return eventbustest.Deliver(context.Background(), cfg, exampleTodo(title))
}

func exampleTodo(title string) *todov1.TodoCreated {
	return &todov1.TodoCreated{
		TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", UserId: "0b7ee32c-1ccf-4d2f-8c5c-3f5f0f4d2b11", Title: title,
	}
}

func ExamplePermanent() {
	errNoAddress := errors.New("the user has no address")
	err := deliverExample("Buy milk", func(context.Context, *todov1.TodoCreated) error {
		// No retry can help: the record becomes a dead letter now.
		return eventbus.Permanent(errNoAddress)
	})
	fmt.Println(err, errors.Is(err, errNoAddress))
	// Output: permanent: the user has no address true
}

func ExampleRetryAfter() {
	err := deliverExample("Buy milk", func(context.Context, *todov1.TodoCreated) error {
		// The server has said when to come back. Until then only this key waits.
		return eventbus.RetryAfter(30*time.Second, errors.New("429 too many requests"))
	})
	fmt.Println(err)
	// Output: retry after 30s: 429 too many requests
}

func ExampleSkip() {
	err := deliverExample("Buy milk", func(context.Context, *todov1.TodoCreated) error {
		// Settled without effect, and counted.
		return eventbus.Skip("the user has muted notifications")
	})
	fmt.Println(err)
	// Output: skip: the user has muted notifications
}

func ExamplePublic() {
	full := errors.New("mailbox full")
	err := fmt.Errorf("mail to ann@example.com: %w", eventbus.Public(full))
	fmt.Println(err) // in a dead letter of a contract with personal fields: mailbox full
	fmt.Println(errors.Is(err, full))
	// Output:
	// mail to ann@example.com: mailbox full
	// true
}

// A middleware counts what is published, and puts its span into the events' headers.
func ExamplePublishMiddleware() {
	b := exampleBroker("notifier")
	defer b.Close()
	ctx := context.Background()
	traced := func(next eventbus.PublishFunc) eventbus.PublishFunc {
		return func(ctx context.Context, p eventbus.Publication) []eventbus.Result {
			// The tracing library's: the place of a span that begins here.
			ctx = event.ContextWithTrace(ctx, event.Trace{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
			results := next(ctx, p)
			fmt.Printf("%d events, first error: %v\n", len(p.Outs), eventbus.FirstError(results))
			return results
		}
	}
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: "todo-api",
		Middleware: []eventbus.PublishMiddleware{traced},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	p.PublishBatch(ctx, eventbus.Outs(exampleTodo("Buy milk"), exampleTodo("Buy bread"))...)
	fmt.Println("closed:", p.Close(ctx))
	// Output:
	// 2 events, first error: <nil>
	// closed: <nil>
}

// A new service that sends mails begins with what is published from its first
// deployment on.
func ExampleStartAtTime() {
	cfg := eventbus.ConsumerConfig{
		Group:   "notifier",
		StartAt: eventbus.StartAtTime(time.Date(2026, time.March, 2, 8, 0, 0, 0, time.UTC)),
	}
	fmt.Println(cfg.StartAt)
	// Output: 2026-03-02T08:00:00Z
}
