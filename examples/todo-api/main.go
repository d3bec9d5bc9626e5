// Todo-api is a complete service that publishes: each request becomes an event.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/pkg/service"
)

const (
	publishTimeout = 5 * time.Second  // then the outcome is unknown
	requestGrace   = 10 * time.Second // after SIGTERM, for requests under way
	closeGrace     = 10 * time.Second // after them, for the last acknowledgements
	probeGrace     = 1 * time.Second  // then, for a probe that is being answered
)

func main() {
	ctx, stop := service.SignalContext(context.Background())
	defer stop()
	env, err := kafkaconn.FromEnv() // KAFKA_BROKERS, KAFKA_TLS_CA, …
	if err == nil {
		err = run(ctx, env, os.Getenv("HTTP_ADDR"), os.Getenv("PROBE_ADDR"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "todo-api:", err)
		os.Exit(1)
	}
}

func producerConfig(env kafkaconn.Connection) eventbus.ProducerConfig {
	return eventbus.ProducerConfig{
		Connection: env,
		Source:     "todo-api",
		Events: []proto.Message{ // checked at the start, with their topics
			(*todov2.TodoCreated)(nil),
			(*todov1.TodoCompleted)(nil),
			(*todov1.TodoDeleted)(nil),
		},
	}
}

// run serves until ctx ends, answers the requests that are under way, and only
// then closes the producer. Probes have a port of their own, which the public
// does not reach: they name topics and offsets.
func run(ctx context.Context, env kafkaconn.Connection, addr, probeAddr string) error {
	p, err := eventbus.NewProducer(producerConfig(env))
	if err != nil {
		return err
	}
	routes := (&api{p}).routes()
	server := service.Server{Addr: addr, Grace: requestGrace, Handler: routes}
	probes := service.ProbeServer(probeAddr, p.Health)
	probes.Grace = probeGrace
	err = probes.ServeWhile(ctx, server.Serve)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
	defer cancel()
	return errors.Join(err, p.Close(closing))
}

type api struct{ producer *eventbus.Producer }

// publish makes a request's event, and answers with what became of it.
func (a *api) publish(w http.ResponseWriter, r *http.Request, q request, msg proto.Message) {
	ctx, cancel := context.WithTimeout(r.Context(), publishTimeout)
	defer cancel()
	// Handlers of the event hand this id on to what they publish.
	ctx = event.WithCorrelationID(ctx, q.correlation)
	// A request that is repeated is the same event, by whose id readers know the
	// duplicate.
	receipt, err := a.producer.Publish(ctx, msg, event.WithID(q.id))
	code, body := http.StatusCreated, answer{EventID: q.id}
	var invalid *event.InvalidError
	switch {
	case err == nil: // all in-sync replicas have it
		body.TodoID = q.todo
		body.At = fmt.Sprintf("%s/%d/%d", receipt.Topic, receipt.Partition, receipt.Offset)
	case errors.As(err, &invalid) && len(invalid.Violations) > 0:
		code, body.Problem = http.StatusUnprocessableEntity, "this breaks the event's rules"
		body.Violations = invalid.Violations
	case errors.Is(err, eventbus.ErrInvalid):
		code = http.StatusUnprocessableEntity
		body.Problem = "this cannot be an event, such as for its size"
	case errors.Is(err, eventbus.ErrBackpressure), errors.Is(err, eventbus.ErrClosed):
		w.Header().Set("Retry-After", "1")
		code, body.Problem = http.StatusServiceUnavailable, "nothing was done: try again"
	case errors.Is(err, eventbus.ErrIndeterminate):
		w.Header().Set("Retry-After", "1")
		code = http.StatusGatewayTimeout
		body.Problem = "it is not known whether this was done: " +
			"try again with Idempotency-Key: " + q.id
	default: // ErrRejected: only an operator can help, whom the log tells what to do
		code = http.StatusBadGateway
		body.Problem = "nothing was done, and trying again will not help"
	}
	if err != nil && code >= http.StatusInternalServerError {
		slog.Error("a request failed", "event_id", q.id,
			"correlation_id", q.correlation, "error", err)
	}
	body.write(w, code)
}
