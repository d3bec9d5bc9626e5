// Notifier is the new one of docs/migrating.md: it prints the title of each new
// todo, as old/service.py does, in the same group.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/eventcontracts/eventcontracts/conversions/todo"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

func main() {
	assignment := flag.String("assignment", "", "partition.assignment.strategy, while old members are in the group")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *assignment); err != nil {
		fmt.Fprintln(os.Stderr, "notifier:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, assignment string) error {
	config := map[string]string{}
	if assignment != "" {
		config["partition.assignment.strategy"] = assignment
	}
	c, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: strings.Split(os.Getenv("KAFKA_BROKERS"), ",")},
		Group:      "notifier", Config: config,
		Conversions: todo.Conversions, // TodoCreated 1.0 and 2.0
		Handlers: []eventbus.Handler{
			eventbus.Handle(func(_ context.Context, e *todov2.TodoCreated) error {
				_, err := fmt.Printf("notifier: '%s'\n", e.GetTitle())
				return err
			}),
		},
	})
	if err != nil {
		return err
	}
	return c.Run(ctx)
}
