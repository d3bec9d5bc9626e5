package service_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/pkg/service"
)

// A consumer with its probes, until a signal: the event that is being handled then
// is finished, and its offset committed, while probes are still answered.
func ExampleServer_ServeWhile() {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	b, err := startWithATodo()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()
	addr, err := freeAddr() // elsewhere it is known, such as ":8080"
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, stop := service.SignalContext(context.Background())
	defer stop()
	consumer, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()},
		Group:      "notifier",
		Logger:     quiet,
		Handlers: []eventbus.Handler{eventbus.Handle(func(_ context.Context, e *todov1.TodoCreated) error {
			if err := terminate(); err != nil { // Kubernetes would
				return err
			}
			<-ctx.Done()
			fmt.Println("a probe during the drain:", ask("http://"+addr+"/healthz"))
			fmt.Println("handled:", e.GetTitle())
			return nil
		})},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	server := service.Server{Addr: addr, Handler: service.Probes(consumer.Health), Logger: quiet}
	err = server.ServeWhile(ctx, consumer.Run)
	fmt.Println("why:", context.Cause(ctx))
	fmt.Println("stopped:", err)
	// Output:
	// a probe during the drain: 200 OK
	// handled: Buy milk
	// why: got signal "terminated"
	// stopped: <nil>
}

// startWithATodo starts a broker with one event on it.
func startWithATodo() (*broker.Broker, error) {
	cfg := broker.Config{}
	for _, name := range []string{"todos", event.DeadLetterTopic("todos", "notifier"), event.RedriveTopic("todos", "notifier")} {
		cfg.Topics = append(cfg.Topics, broker.Topic{Name: name, Partitions: 1})
	}
	b, err := broker.Start(cfg)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: "todo-api"})
	if err == nil {
		_, err = p.Publish(ctx, &todov1.TodoCreated{
			TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", UserId: "0b7ee32c-1ccf-4d2f-8c5c-3f5f0f4d2b11", Title: "Buy milk",
		})
	}
	if err == nil {
		err = p.Close(ctx)
	}
	return b, err
}

// terminate sends this process SIGTERM.
func terminate() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(syscall.SIGTERM)
}

// freeAddr is an address that nobody listens on.
func freeAddr() (string, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// ask is the status of a URL, or why there is none.
func ask(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	if err := resp.Body.Close(); err != nil {
		return err.Error()
	}
	return resp.Status
}
