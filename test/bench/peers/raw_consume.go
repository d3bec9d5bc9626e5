package peers

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// rawConsume polls in a loop that does nothing.
func rawConsume(t measure.Task) (measure.Result, error) {
	return pollLoop(t, func(*kafka.Message) error { return nil })
}

// pollLoop measures confluent-kafka-go with a handler in its loop.
func pollLoop(t measure.Task, handle func(*kafka.Message) error) (measure.Result, error) {
	client, err := kafka.NewConsumer(rawConsumerSettings(t.Addr, t.Group))
	if err != nil {
		return measure.Result{}, fmt.Errorf("start the raw consumer: %w", err)
	}
	if err := client.Subscribe(t.Topic, nil); err != nil {
		return measure.Result{}, fmt.Errorf("raw subscribe: %w", err)
	}
	var count atomic.Int64
	var stop atomic.Bool
	failed := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n := int64(0)
		defer func() { count.Store(n) }()
		for !stop.Load() {
			switch ev := client.Poll(100).(type) {
			case *kafka.Message:
				if err := handle(ev); err != nil {
					failed <- err
					return
				}
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
	r, err := measure.Consume(t, func() int { return int(count.Load()) })
	stop.Store(true)
	<-ended
	r.Done = int(count.Load())
	select {
	case err = <-failed:
	default:
	}
	return r, errors.Join(err, closeRaw(client))
}

// closeRaw closes a consumer that stores the offset of what it polls. Close polls, too, and
// drops what comes: without a pause, records would be committed that nobody has seen.
func closeRaw(client *kafka.Consumer) error {
	parts, err := client.Assignment()
	if err == nil {
		err = client.Pause(parts)
	}
	return errors.Join(err, client.Close())
}
