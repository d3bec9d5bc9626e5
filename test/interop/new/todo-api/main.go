// Todo-api is the new one of docs/migrating.md: it writes a todo for each title,
// as old/todo_api.py does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "todo-api:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, titles []string) (err error) {
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: strings.Split(os.Getenv("KAFKA_BROKERS"), ",")},
		Source:     "todo-api",
		// The major that old readers know.
		Events: []proto.Message{(*todov1.TodoCreated)(nil)},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close(ctx)) }()
	user := uuid.NewString()
	for _, title := range titles {
		if _, err := p.Publish(ctx, &todov1.TodoCreated{TodoId: uuid.NewString(), UserId: user, Title: title}); err != nil {
			return err
		}
	}
	return nil
}
