package eventbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/headername"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// messages are the events of a batch.
type messages struct {
	p    *Producer
	outs []Out
}

func (m *messages) encode(ctx context.Context, i int) (encoded, error) {
	return m.p.encode(ctx, m.outs[i].Message, m.outs[i].Options)
}

func (m *messages) name(i int) encoded { return m.p.nameMessage(m.outs[i].Message) }

// nameMessage is what is known of an event before it is encoded.
func (p *Producer) nameMessage(msg proto.Message) (out encoded) {
	if c, err := p.registry.ContractOf(msg); err == nil {
		out.typ, out.rec.Topic = c.Type, c.Topic.Name
	}
	return out
}

// encodedRecord is a record that event.Encode made before.
type encodedRecord struct {
	p   *Producer
	rec event.Record
}

func (r *encodedRecord) encode(context.Context, int) (encoded, error) {
	rec := r.rec
	out := encoded{rec: rec}
	// Names first: what is not a valid topic must not be looked up.
	if err := topicname.Check(rec.Topic); err != nil {
		return out, err
	}
	if len(rec.Value) == 0 {
		return out, errors.New("the record has no value: use PublishTombstone")
	}
	for _, h := range rec.Headers {
		if headername.IsDeadLetter(h.Key) {
			return out, fmt.Errorf("header %.128q is reserved for dead letters and redriven records", h.Key)
		}
	}
	md, _, err := r.p.registry.CheckRecord(rec)
	out.id, out.typ = md.ID, md.Type
	// The caller's buffers are the caller's again when ctx ends, and a record may
	// have to be sent again after that.
	out.rec.Key, out.rec.Value = bytes.Clone(rec.Key), bytes.Clone(rec.Value)
	out.rec.Headers = slices.Clone(rec.Headers)
	for i, h := range out.rec.Headers {
		out.rec.Headers[i].Value = bytes.Clone(h.Value)
	}
	return out, err
}

func (r *encodedRecord) name(int) encoded {
	md, _ := event.Head(r.rec)
	return encoded{rec: event.Record{Topic: r.rec.Topic}, id: md.ID, typ: md.Type}
}

// tombstone is a record without value for the key of a message.
type tombstone struct {
	p   *Producer
	msg proto.Message
}

func (t *tombstone) encode(ctx context.Context, _ int) (encoded, error) {
	var out encoded
	c, err := t.p.registry.ContractOf(t.msg)
	if err != nil {
		return out, err
	}
	out.typ, out.rec = c.Type, event.Record{Topic: c.Topic.Name}
	if c.Unkeyed {
		return out, fmt.Errorf("%s is unkeyed: there is no key to delete", c.Type)
	}
	if !t.msg.ProtoReflect().IsValid() {
		return out, errors.New("the message is nil")
	}
	key, err := c.Key(t.msg)
	if err != nil {
		return out, err
	}
	if key == "" {
		return out, fmt.Errorf("key field %s is empty", c.KeyPath)
	}
	out.rec.Key = []byte(key)
	if trace, ok := event.TraceFrom(ctx); ok { // not an event, but something that happened
		out.rec.Headers = append(out.rec.Headers, event.Header{Key: headername.TraceParent, Value: []byte(trace.Parent)})
		if trace.State != "" {
			out.rec.Headers = append(out.rec.Headers, event.Header{Key: headername.TraceState, Value: []byte(trace.State)})
		}
	}
	return out, nil
}

func (t *tombstone) name(int) encoded { return t.p.nameMessage(t.msg) }
