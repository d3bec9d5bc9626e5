// Hidden is a service that handles events: handlers.go says what becomes of each.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	_ "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/pkg/service"
)

// probeGrace is for a probe that is being answered when the consumer has ended. Before
// that the consumer takes up to its ShutdownTimeout, 25 s: both together have to fit
// into the time that an orchestrator grants (Kubernetes: 30 s).
const probeGrace = 1 * time.Second

func main() {
	ctx, stop := service.SignalContext(context.Background())
	defer stop()
	env, err := kafkaconn.FromEnv() // KAFKA_BROKERS, KAFKA_TLS_CA, …
	if err == nil {
		err = run(ctx, consumerConfig(env), os.Getenv("PROBE_ADDR"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hidden:", err)
		os.Exit(1)
	}
}

// consumerConfig says which handler an event goes to. Topics follow from the events'
// contracts. services.yaml names the group and its events, too: keep the two alike.
func consumerConfig(env kafkaconn.Connection) eventbus.ConsumerConfig {
	h := &handlers{log: slog.Default()}
	return eventbus.ConsumerConfig{
		Connection: env,
		Group:      "hidden",
		Handlers: []eventbus.Handler{
			eventbus.Handle(h.onEmailNotificationSent),
			eventbus.Handle(h.onTodoDeleted),
			eventbus.Handle(h.onTodoCreated),
		},
	}
}

// run handles events and answers probes until ctx ends, and finishes what it has begun.
func run(ctx context.Context, cfg eventbus.ConsumerConfig, addr string) error {
	c, err := eventbus.NewConsumer(cfg)
	if err != nil {
		return err
	}
	probes := service.ProbeServer(addr, c.Health)
	probes.Grace = probeGrace
	return probes.ServeWhile(ctx, c.Run)
}
