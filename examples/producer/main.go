// Producer is a complete service that publishes: a TodoCreated for each argument.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	brokers := strings.Split(cmp.Or(os.Getenv("KAFKA_BROKERS"), "localhost:9092"), ",")
	if err := run(ctx, brokers, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "producer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, brokers []string, titles []string, out io.Writer) (err error) {
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Brokers: brokers,
		Source:  "todo-importer",
		Events:  []proto.Message{(*todov1.TodoCreated)(nil)}, // checked now, with their topics
	})
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err = errors.Join(err, p.Close(closing))
	}()

	user := uuid.NewString()
	var todos []*todov1.TodoCreated
	for _, title := range titles {
		todos = append(todos, &todov1.TodoCreated{TodoId: uuid.NewString(), UserId: user, Title: title})
	}
	for i, result := range p.PublishBatch(ctx, eventbus.Outs(todos...)...) {
		receipt, err := result.Receipt, result.Err
		if unknown := (*eventbus.PublishError)(nil); errors.As(err, &unknown) && errors.Is(err, eventbus.ErrIndeterminate) {
			// It may have been written. With the same id, readers know a duplicate.
			if receipt, err = p.Publish(ctx, todos[i], event.WithID(unknown.EventID)); err != nil {
				return errors.Join(unknown, err) // still unknown
			}
		}
		switch {
		case err == nil:
			fmt.Fprintf(out, "%q is at %s/%d/%d\n", todos[i].GetTitle(), receipt.Topic, receipt.Partition, receipt.Offset)
		case errors.Is(err, eventbus.ErrInvalid):
			fmt.Fprintf(out, "%q is no todo: %v\n", todos[i].GetTitle(), err) // the others go on
		default: // ErrRejected, ErrBackpressure, ErrClosed: it was not written
			return err
		}
	}
	return nil
}
