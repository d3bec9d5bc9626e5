package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

const (
	callers   = 4 // of a producer, each with keys of its own
	batchSize = 25
)

// produce publishes until ctx ends.
func (r role) produce(ctx context.Context, j *journal) error {
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: r.Brokers}, Source: "/faults/" + r.Name,
		Logger: logger(os.Stderr, nil),
	})
	if err != nil {
		return err
	}
	fmt.Println(ready)
	var running sync.WaitGroup
	for i := range callers {
		running.Go(func() { r.call(ctx, j, p, i) })
	}
	running.Wait()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return p.Close(closing)
}

// call publishes batches at its share of the rate, of every callers-th key.
func (r role) call(ctx context.Context, j *journal, p *eventbus.Producer, caller int) {
	random := rand.New(rand.NewPCG(r.Seed, uint64(r.Keys[0]*callers+caller)))
	var keys []int
	for k := r.Keys[0] + caller; k < r.Keys[1]; k += callers {
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return
	}
	numbers := map[int]int{} // of each key's events
	tick := time.NewTicker(time.Duration(float64(time.Second) * batchSize * callers / float64(r.Rate)))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var outs []eventbus.Out
		var ids []string
		for range batchSize {
			key := keys[random.IntN(len(keys))]
			numbers[key]++
			id := newID(random)
			msg := &todov1.TodoCreated{TodoId: entity(key), UserId: entity(0), Title: fmt.Sprintf("number %d %s", numbers[key], canary)}
			outs, ids = append(outs, eventbus.Out{Message: msg, Options: []event.Option{event.WithID(id)}}), append(ids, id)
			j.write(account.Entry{Kind: account.Intended, EventID: id, Key: msg.GetTodoId(), Fate: planOf(id, r.Stubborn).fate})
		}
		// A publish under way is waited for when the run ends.
		for i, result := range p.PublishBatch(context.WithoutCancel(ctx), outs...) {
			j.write(outcome(ids[i], result))
		}
	}
}

// outcome is what the account is told of a publish.
func outcome(id string, r eventbus.Result) account.Entry {
	e := account.Entry{EventID: id}
	switch {
	case r.Err == nil:
		e.Kind, e.Position = account.Acked, position(r.Receipt.Topic, r.Receipt.Partition, r.Receipt.Offset)
	case errors.Is(r.Err, eventbus.ErrIndeterminate):
		e.Kind, e.Text = account.Unknown, r.Err.Error()
	default:
		e.Kind, e.Text = account.Refused, r.Err.Error()
	}
	return e
}

// newID is a UUID of version 4 that follows from the seed.
func newID(random *rand.Rand) string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], random.Uint64())
	binary.BigEndian.PutUint64(id[8:], random.Uint64())
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}

// entity is the id of one todo, and the key of its events.
func entity(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
