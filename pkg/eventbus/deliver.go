package eventbus

import (
	"context"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Deliver reads rec and calls its handler once, as a consumer of cfg does, without
// a broker and without a connection: for tests of handlers (see
// eventbustest.Deliver), and for programs that get records in another way, such as
// from an archive. It returns what the handler returned, or why the record did not
// reach it: event.ReasonOf tells that apart. Nothing is retried, dead-lettered or
// committed. The handler's ctx ends after HandlerTimeout, and with ctx.
func Deliver(ctx context.Context, cfg ConsumerConfig, rec event.Record) error {
	cfg = cfg.withDefaults()
	routes, problems := cfg.routes()
	if err := config.Join("deliver", problems); err != nil {
		return err
	}
	c := newConsumer(cfg, routes)
	md, msg, err := c.read(rec)
	if err != nil {
		return err
	}
	h := routes.handlers[msg.ProtoReflect().Descriptor().FullName()]
	attempt := &attemptContext{
		base: ctx, deadline: time.Now().Add(h.timeout), md: md, key: rec.Key,
		delivery: Delivery{Topic: rec.Topic, Attempt: 1},
	}
	return c.call(attempt, &delivery{}, h, msg).err
}
