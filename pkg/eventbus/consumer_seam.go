package eventbus

import (
	"context"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/seam"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

func init() {
	// The benchmarks measure the bus alone with this, codec and validation
	// replaced.
	seam.ReplaceDecoder = func(consumer any, decode seam.Decoder) {
		consumer.(*Consumer).decode = decodeFunc(decode)
	}
	seam.Deliver = func(ctx context.Context, cfg any, rec event.Record) error {
		return deliver(ctx, cfg.(ConsumerConfig), rec)
	}
}

// deliver makes one attempt at a record, without a broker.
func deliver(ctx context.Context, cfg ConsumerConfig, rec event.Record) error {
	cfg = cfg.withDefaults()
	routes, problems := cfg.routes()
	if err := joinConfig("deliver", problems); err != nil {
		return err
	}
	c := newConsumer(cfg, routes)
	md, msg, err := c.read(rec)
	if err != nil {
		return err
	}
	h := routes.handlers[msg.ProtoReflect().Descriptor().FullName()]
	attempt := &handling{
		base: ctx, deadline: time.Now().Add(h.timeout), md: md, key: rec.Key,
		delivery: Delivery{Topic: rec.Topic, Attempt: 1},
	}
	return c.call(attempt, &delivery{}, h, msg).err
}
