package eventbustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// Producer is a fake of an eventbus.Producer that keeps what is published, for unit
// tests of code that takes an interface with the methods that it calls:
//
//	type publisher interface {
//		Publish(ctx context.Context, msg proto.Message, opts ...event.Option) (eventbus.Receipt, error)
//	}
//
// Events are validated and encoded as by a real one, and refused with the same errors;
// correlation, causation and trace come from ctx. There is no broker, and no partitions: all
// records of a topic are in partition 0, in the order of the calls. Its zero value is usable, and
// it is safe for concurrent use.
type Producer struct {
	// Fail decides the outcome of an event that is valid: nil for an acknowledgement, or
	// one of eventbus.ErrBackpressure, ErrClosed, ErrRejected and ErrIndeterminate,
	// which the caller gets within a *eventbus.PublishError. What fails is not
	// kept. Defaults to acknowledging all.
	Fail func(Published) error

	// Registry holds the contracts. Defaults to event.Linked().
	Registry *event.Registry

	// Source is written into every event. Defaults to "test".
	Source string

	mu   sync.Mutex
	kept []Published
}

// Published is an event that was published.
type Published struct {
	Record   event.Record
	Metadata event.Metadata // zero for a tombstone
	Message  proto.Message  // as a reader decodes it, defaults filled in; nil for a tombstone
}

// Published is what was acknowledged, in the order of the calls.
func (p *Producer) Published() []Published {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.kept)
}

// PublishedOf are the messages of type M among what was acknowledged.
func PublishedOf[M proto.Message](p *Producer) []M {
	var out []M
	for _, one := range p.Published() {
		if m, ok := one.Message.(M); ok {
			out = append(out, m)
		}
	}
	return out
}

// Publish is eventbus.Producer's.
func (p *Producer) Publish(ctx context.Context, msg proto.Message, opts ...event.Option) (eventbus.Receipt, error) {
	source := p.Source
	if source == "" {
		source = "test"
	}
	rec, md, err := p.registry().EncodeMetadata(ctx, msg, append([]event.Option{event.WithSource(source)}, opts...)...)
	if err != nil {
		failed := &eventbus.PublishError{EventID: md.ID, Type: md.Type, Err: err, Outcome: eventbus.ErrInvalid}
		if k, err := p.registry().ContractOf(msg); err == nil {
			failed.Topic = k.Topic.Name
		}
		return eventbus.Receipt{}, failed
	}
	return p.keep(ctx, rec, md)
}

// PublishBatch is eventbus.Producer's.
func (p *Producer) PublishBatch(ctx context.Context, outs ...eventbus.Out) []eventbus.Result {
	results := make([]eventbus.Result, len(outs))
	for i, out := range outs {
		results[i].Receipt, results[i].Err = p.Publish(ctx, out.Message, out.Options...)
	}
	return results
}

// PublishAsync is eventbus.Producer's. The outcome is there when it returns.
func (p *Producer) PublishAsync(ctx context.Context, msg proto.Message, opts ...event.Option) *eventbus.Pending {
	return eventbus.SettledPending(p.Publish(ctx, msg, opts...))
}

// PublishRecord is eventbus.Producer's.
func (p *Producer) PublishRecord(ctx context.Context, rec event.Record) (eventbus.Receipt, error) {
	md, _, err := p.registry().CheckRecord(rec)
	if err != nil {
		return eventbus.Receipt{}, &eventbus.PublishError{EventID: md.ID, Type: md.Type, Topic: rec.Topic, Err: err, Outcome: eventbus.ErrInvalid}
	}
	return p.keep(ctx, rec, md)
}

// PublishTombstone is eventbus.Producer's.
func (p *Producer) PublishTombstone(ctx context.Context, msg proto.Message) (eventbus.Receipt, error) {
	k, err := p.registry().ContractOf(msg)
	if err != nil {
		return eventbus.Receipt{}, &eventbus.PublishError{Err: err, Outcome: eventbus.ErrInvalid}
	}
	key := ""
	switch {
	case k.Unkeyed:
		err = errors.New("the event is unkeyed: there is no key to delete")
	case !msg.ProtoReflect().IsValid():
		err = errors.New("the message is nil")
	default:
		if key, err = k.Key(msg); err == nil && key == "" {
			err = fmt.Errorf("key field %s is empty", k.KeyPath)
		}
	}
	if err != nil {
		return eventbus.Receipt{}, &eventbus.PublishError{Type: k.Type, Topic: k.Topic.Name, Err: err, Outcome: eventbus.ErrInvalid}
	}
	return p.keep(ctx, event.Record{Topic: k.Topic.Name, Key: []byte(key)}, event.Metadata{})
}

// Flush is eventbus.Producer's: nothing is outstanding.
func (p *Producer) Flush(context.Context) error { return nil }

// Close is eventbus.Producer's. The fake may be used after it.
func (p *Producer) Close(context.Context) error { return nil }

// Health is eventbus.Producer's: it is well.
func (p *Producer) Health() eventbus.Health { return eventbus.Health{Live: true, Ready: true} }

func (p *Producer) registry() *event.Registry {
	if p.Registry == nil {
		return event.Linked()
	}
	return p.Registry
}

// keep decides the outcome of a record.
func (p *Producer) keep(ctx context.Context, rec event.Record, md event.Metadata) (eventbus.Receipt, error) {
	failed := func(outcome, cause error) error {
		return &eventbus.PublishError{EventID: md.ID, Type: md.Type, Topic: rec.Topic, Err: cause, Outcome: outcome}
	}
	one := Published{Record: rec, Metadata: md}
	if rec.Value != nil {
		_, msg, err := p.registry().Decode(rec)
		if err != nil { // what is encoded can be read: a mistake of the fake's caller, with PublishRecord
			return eventbus.Receipt{}, failed(eventbus.ErrInvalid, err)
		}
		one.Message = msg
	}
	if err := ctx.Err(); err != nil {
		return eventbus.Receipt{}, failed(eventbus.ErrBackpressure, err)
	}
	if p.Fail != nil {
		if err := p.Fail(one); err != nil {
			return eventbus.Receipt{}, failed(err, nil)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	offset := int64(0)
	for _, before := range p.kept {
		if before.Record.Topic == rec.Topic {
			offset++
		}
	}
	p.kept = append(p.kept, one)
	return eventbus.Receipt{EventID: md.ID, Topic: rec.Topic, Offset: offset, Timestamp: time.Now().UTC().Truncate(time.Millisecond)}, nil
}
