package eventbus

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Delivery says where the handled event came from, and what its record has beside
// the event.
type Delivery struct {
	Topic     string // as subscribed: the redrive topic for a redriven event
	Partition int32
	Offset    int64

	// Key is the record's key; "" if it has none. A foreign writer's may differ from
	// the event's key field.
	Key string

	// Headers are the record's headers, in its order: those of the format, of the
	// dead letter that a redriven event was, and of tracing included. A nil value is
	// Kafka's null.
	Headers []event.Header

	// Timestamp is the record's, in milliseconds: its producer's time, or the
	// broker's on a topic with LogAppendTime (message.timestamp.type). It is zero if
	// the record has none. When the event happened is Metadata.Time.
	Timestamp time.Time

	// Attempt counts the handler's calls for this record in this process, from
	// 1.
	Attempt int

	// Redriven says that the event comes back from the dead letters: it is late,
	// and newer events of its key may have been handled.
	Redriven bool
}

// Header is the value of the last header of that name, which is the one that counts
// in Kafka's clients too. ok is false if there is none, or if it is null.
func (d Delivery) Header(name string) (value string, ok bool) {
	for _, h := range slices.Backward(d.Headers) {
		if h.Key == name {
			return string(h.Value), h.Value != nil
		}
	}
	return "", false
}

// DeliveryFrom returns the delivery of the event being handled. What it returns is
// the caller's own: headers are copied by each call. A handler that does not ask pays
// nothing.
func DeliveryFrom(ctx context.Context) (Delivery, bool) {
	d := deliveryOf(ctx)
	if d == nil {
		return Delivery{}, false
	}
	return d.clone(), true
}

// ContextWithDelivery returns a context from which [DeliveryFrom] takes d: for tests
// that call a handler's function, and for [Deliver], which takes from it what a record
// does not say.
func ContextWithDelivery(ctx context.Context, d Delivery) context.Context {
	d = d.clone()
	return context.WithValue(ctx, deliveryKey{}, &d)
}

type deliveryKey struct{}

// deliveryOf is not a copy: a dead letter may be made of its headers.
func deliveryOf(ctx context.Context) *Delivery {
	d, _ := ctx.Value(deliveryKey{}).(*Delivery)
	return d
}

func (d Delivery) clone() Delivery {
	d.Headers = slices.Clone(d.Headers)
	for i := range d.Headers {
		d.Headers[i].Value = bytes.Clone(d.Headers[i].Value)
	}
	return d
}
