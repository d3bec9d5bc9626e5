package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/seam"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// patience is how long a consumer may take to its last record.
const patience = 2 * time.Minute

// watch measures the records of a consumer between the t.Warm-th, when it is
// up to speed, and t.Records more.
func watch(t task, done func() int) (result, error) {
	deadline := time.Now().Add(patience)
	var m *meter
	first := 0
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		n := done()
		switch {
		case m == nil && n >= t.Warm:
			var err error
			if m, err = start(t.Profile); err != nil {
				return result{}, err
			}
			first = done()
		case m != nil && n >= first+t.Records:
			return m.stop(n - first)
		case time.Now().After(deadline):
			return result{}, fmt.Errorf("only %d records came within %s", n, patience)
		}
		<-look.C
	}
}

// rawConsume polls in a loop that does nothing.
func rawConsume(t task) (result, error) {
	client, err := kafka.NewConsumer(rawConsumerSettings(t.Addr, t.Group))
	if err != nil {
		return result{}, fmt.Errorf("start the raw consumer: %w", err)
	}
	if err := client.Subscribe(topicName, nil); err != nil {
		return result{}, fmt.Errorf("raw subscribe: %w", err)
	}
	var count atomic.Int64
	var stop atomic.Bool
	failed := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n := int64(0)
		for !stop.Load() {
			switch ev := client.Poll(100).(type) {
			case *kafka.Message:
				n++
				if n%64 == 0 {
					count.Store(n)
				}
			case kafka.Error:
				failed <- ev
				return
			}
		}
	}()
	r, err := watch(t, func() int { return int(count.Load()) })
	stop.Store(true)
	<-ended
	select {
	case err = <-failed:
	default:
	}
	if closeErr := client.Close(); err == nil {
		err = closeErr
	}
	return r, err
}

func consumerConfig(t task) eventbus.ConsumerConfig {
	cfg := eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Group: t.Group, Logger: slog.New(slog.DiscardHandler),
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { return nil })},
	}
	if t.Series.Headroom {
		cfg.GCHeadroom = headroom
	}
	return cfg
}

// anyTodo is what handlers get from the bus alone: making messages is the
// codec's work.
var anyTodo = newTodo(0)

// copyDecoder is the codec of the bus alone: a copy of bytes.
func copyDecoder(rec event.Record) (event.Metadata, proto.Message, error) {
	var scratch [slotSize]byte
	copy(scratch[:], rec.Value)
	if scratch[0] != '{' || scratch[len(rec.Value)-1] != '}' { // also keeps the copy alive
		return event.Metadata{}, nil, errors.New("no object")
	}
	id := unsafe.String(unsafe.SliceData(rec.Key), len(rec.Key))
	return event.Metadata{ID: id, Type: "TodoCreated", Version: "1.0"}, anyTodo, nil
}

// ourConsume runs a consumer with a handler that does nothing.
func ourConsume(t task) (result, error) {
	c, err := eventbus.NewConsumer(consumerConfig(t))
	if err != nil {
		return result{}, err
	}
	if t.Series.BusAlone {
		seam.ReplaceDecoder(c, copyDecoder)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	r, err := watch(t, func() int { return int(c.Stats().Handled) })
	stats := c.Stats()
	cancel()
	if runErr := <-ended; err == nil {
		err = runErr
	}
	if n := stats.Retries + stats.Skipped + uint64(len(stats.Dead)); err == nil && n > 0 {
		err = fmt.Errorf("%d records were not simply handled", n)
	}
	return r, err
}
