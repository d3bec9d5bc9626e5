package eventbustest

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// Deliver runs a handler on an event without a broker: the event is validated
// and written as its producer would, then read, converted to the handler's
// major version and validated as its consumer would, and handed over once, with
// its metadata in ctx. The error is the handler's, or an *event.Error if the
// event does not get that far.
//
// The handler runs in the caller's goroutine, without retry; a panic is not
// recovered.
func Deliver(ctx context.Context, h eventbus.Handler, msg proto.Message, opts ...event.Option) error {
	rec, err := event.Encode(ctx, msg, opts...)
	if err != nil {
		return err
	}
	return h.Deliver(ctx, rec)
}
