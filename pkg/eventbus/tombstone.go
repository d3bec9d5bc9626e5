package eventbus

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// PublishTombstone sends a record without value for the key of msg, of which
// only the key field needs to be set: on a compacted topic it deletes the key's
// records. A tombstone is no event: it has no id and no metadata, and readers
// get it through HandleTombstone.
func (p *Producer) PublishTombstone(ctx context.Context, msg proto.Message) (Receipt, error) {
	var r [1]Result
	p.publish(ctx, r[:], publishing{
		encode: func(int) (encoded, error) { return p.encodeTombstone(msg) },
		name:   func(int) encoded { return p.nameMessage(msg) },
	})
	return r[0].Receipt, r[0].Err
}

func (p *Producer) encodeTombstone(msg proto.Message) (encoded, error) {
	var out encoded
	c, err := p.registry.ContractOf(msg)
	if err != nil {
		return out, err
	}
	out.typ, out.rec = c.Type, event.Record{Topic: c.Topic.Name}
	if c.Unkeyed {
		return out, fmt.Errorf("%s is unkeyed: there is no key to delete", c.Type)
	}
	if !msg.ProtoReflect().IsValid() {
		return out, errors.New("the message is nil")
	}
	key, err := c.Key(msg)
	if err != nil {
		return out, err
	}
	if key == "" {
		return out, fmt.Errorf("key field %s is empty", c.KeyPath)
	}
	out.rec.Key = []byte(key)
	return out, nil
}
