package eventbustest

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// Deliver hands msg to the handlers of cfg as a consumer does at its first
// attempt, without a broker: msg is validated, written in its topic's format,
// read back, converted to the handler's major, validated again, and handled,
// middleware included. It returns the handler's error, or that of the step
// which failed. Of cfg only what concerns handlers counts.
//
// A ctx of eventbus.ContextWithDelivery says which attempt it is, that the event was
// redriven, and which headers its record has beside its format's:
//
//	ctx = eventbus.ContextWithDelivery(ctx, eventbus.Delivery{Attempt: 3})
//
// The same ctx is for tests that call a handler's function themselves.
func Deliver(ctx context.Context, cfg eventbus.ConsumerConfig, msg proto.Message, opts ...event.Option) error {
	registry := cfg.Registry
	if registry == nil {
		registry = event.Linked()
	}
	rec, err := registry.Encode(ctx, msg, opts...)
	if err != nil {
		return err
	}
	if given, ok := eventbus.DeliveryFrom(ctx); ok { // those of the format are the last of their names, which count
		rec.Headers = append(given.Headers, rec.Headers...)
	}
	return eventbus.Deliver(ctx, cfg, rec)
}
