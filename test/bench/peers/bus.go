package peers

import (
	"context"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// bus is what a service gets from package eventbus: validated and read into its message,
// each key in order.
var bus = Peer{
	Name:    "eventbus",
	Source:  "the defaults of ProducerConfig and ConsumerConfig",
	Publish: busPublish,
	Consume: busConsume,
}

// busFormat is what the contract of TodoCreated says.
var busFormat = Format{Encode: func(n int) ([]byte, error) {
	rec, err := event.Encode(context.Background(), NewTodo(n), event.WithSource(source))
	return rec.Value, err
}}
