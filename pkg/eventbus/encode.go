package eventbus

import (
	"context"
	"fmt"
	"sync/atomic"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// encoded is an event as it will be sent, and what its errors and its receipt
// tell. On a failure it holds what is known.
type encoded struct {
	rec   event.Record
	id    string
	typ   string
	topic *producerTopic
}

// size is what the record takes in Kafka, at most.
func (e *encoded) size() int64 {
	n := len(e.rec.Key) + len(e.rec.Value) + kafkaclient.RecordOverhead
	for i := range e.rec.Headers {
		n += len(e.rec.Headers[i].Key) + len(e.rec.Headers[i].Value)
	}
	return int64(n)
}

// producerTopic is what the producer knows of one topic.
type producerTopic struct {
	name  string
	limit int64 // of a record's size
	used  atomic.Bool
	err   error // the name is not valid
}

func (p *Producer) topic(name string) *producerTopic {
	if t, ok := p.topics.Load(name); ok {
		return t.(*producerTopic)
	}
	if err := topicname.Check(name); err != nil {
		return &producerTopic{name: name, err: err}
	}
	t := &producerTopic{name: name, limit: int64(p.maxRecordBytes)}
	if declared, ok := p.registry.Topic(name); ok && declared.MaxBytes > 0 {
		t.limit = min(t.limit, int64(declared.MaxBytes))
	}
	known, there := p.topics.LoadOrStore(name, t)
	if !there {
		p.client.UseTopic(name)
	}
	return known.(*producerTopic)
}

// encode validates msg and writes it as its contract says. The event id
// is fixed here, once, whatever happens to the record later.
func (p *Producer) encode(ctx context.Context, msg proto.Message, opts []event.Option) (encoded, error) {
	var out encoded
	c, err := p.registry.ContractOf(msg)
	if err != nil {
		return out, err
	}
	out.typ, out.rec.Topic = c.Type, c.Topic.Name
	all := p.source
	if len(opts) > 0 {
		all = append(p.source[:len(p.source):len(p.source)], opts...)
	}
	rec, md, err := p.registry.EncodeMetadata(ctx, msg, all...)
	out.id = md.ID
	if err != nil {
		return out, err
	}
	out.rec = rec
	return out, nil
}

// check refuses what must not reach the client.
func (p *Producer) check(out *encoded, last *producerTopic) error {
	if last != nil && last.name == out.rec.Topic {
		out.topic = last
	} else {
		out.topic = p.topic(out.rec.Topic)
	}
	if out.topic.err != nil {
		return out.topic.err
	}
	if size := out.size(); size > out.topic.limit {
		return fmt.Errorf("the record takes %d bytes, above the limit of %d: keep large data elsewhere and publish a reference, or raise (topic).max_bytes and ProducerConfig.MaxRecordBytes", size, out.topic.limit)
	}
	return nil
}
