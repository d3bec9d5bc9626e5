package eventbus

import (
	"cmp"
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/breaker"
	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Deliver reads rec and calls its handler once, as a consumer of cfg does, without
// a broker and without a connection: for tests of handlers (see
// eventbustest.Deliver), and for programs that get records in another way, such as
// from an archive. It returns what the handler returned, or why the record did not
// reach it: event.ReasonOf tells that apart. Nothing is retried, dead-lettered or
// committed. The handler's ctx ends after HandlerTimeout, and with ctx.
//
// The attempt is the first one, of a record at offset 0 of partition 0, unless ctx has
// a Delivery that says otherwise (see [ContextWithDelivery]): all of that counts but its
// Key and Headers, which are the record's. A handler that refuses redriven events gives
// a [Permanent] error then.
func Deliver(ctx context.Context, cfg ConsumerConfig, rec event.Record) error {
	cfg = cfg.withDefaults()
	routes, problems := cfg.routes()
	if err := config.Join("deliver", problems); err != nil {
		return err
	}
	c := newConsumer(cfg, routes)
	attempt := &attemptContext{base: ctx}
	if given := deliveryOf(ctx); given != nil {
		attempt.delivery = *given
	}
	d := &attempt.delivery
	d.Topic, d.Attempt = cmp.Or(d.Topic, rec.Topic), max(d.Attempt, 1)
	d.Key, d.Headers = string(rec.Key), rec.Headers

	h, md, msg, err := c.deliverTo(rec)
	switch {
	case err != nil:
		return err
	case d.Redriven && h.redriven == RefuseRedriven:
		return Permanent(errRefusesRedriven)
	}
	attempt.md, attempt.deadline = md, time.Now().Add(h.timeout)
	return c.call(attempt, &delivery{}, h, msg, breaker.Call{}).err
}

// deliverTo reads a record, and finds its handler.
func (c *Consumer) deliverTo(rec event.Record) (*boundHandler, event.Metadata, proto.Message, error) {
	if rec.Value == nil {
		if s := c.routes.sources[rec.Topic]; s != nil && s.tombstone != nil {
			return s.tombstone, event.Metadata{}, nil, nil
		}
		return nil, event.Metadata{}, nil, &event.Error{Reason: event.ReasonUnknownType, Err: errors.New("no handler of tombstones reads it")}
	}
	md, msg, err := c.read(rec)
	if err != nil {
		return nil, md, nil, err
	}
	return c.routes.handlers[msg.ProtoReflect().Descriptor().FullName()], md, msg, nil
}
