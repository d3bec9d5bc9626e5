package eventbus

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"google.golang.org/protobuf/proto"

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

func (e *encoded) failed(kind, cause error) *PublishError {
	return &PublishError{EventID: e.id, Type: e.typ, Topic: e.rec.Topic, Err: cause, kind: kind}
}

// size is what the record takes in Kafka, at most.
func (e *encoded) size() int64 {
	n := len(e.rec.Key) + len(e.rec.Value) + recordOverhead
	for i := range e.rec.Headers {
		n += len(e.rec.Headers[i].Key) + len(e.rec.Headers[i].Value)
	}
	return int64(n)
}

// encodeFunc makes a record of a message. Its error matches ErrInvalid.
type encodeFunc func(ctx context.Context, msg proto.Message, opts []event.Option) (encoded, error)

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
	known, _ := p.topics.LoadOrStore(name, t)
	return known.(*producerTopic)
}

// nameMessage is what is known of an event before it is encoded.
func (p *Producer) nameMessage(msg proto.Message) (out encoded) {
	if c, err := p.registry.ContractOf(msg); err == nil {
		out.typ, out.rec.Topic = c.Type, c.Topic.Name
	}
	return out
}

// encodeMessage validates msg and writes it as its contract says. The event id
// is fixed here, once, whatever happens to the record later.
func (p *Producer) encodeMessage(ctx context.Context, msg proto.Message, opts []event.Option) (encoded, error) {
	var out encoded
	c, err := p.registry.ContractOf(msg)
	if err != nil {
		return out, err
	}
	out.typ, out.rec.Topic = c.Type, c.Topic.Name
	rec, md, err := p.registry.EncodeMetadata(ctx, msg, append([]event.Option{p.source}, opts...)...)
	out.id = md.ID
	if err != nil {
		return out, err
	}
	out.rec = rec
	if len(opts) > 0 {
		if err := checkHeaders(userHeaders(rec, c.Topic)); err != nil {
			return out, err
		}
	}
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

// userHeaders are those that WithHeader added: they come before what the
// topic's options and format add.
func userHeaders(rec event.Record, t *event.Topic) []event.Header {
	n := len(rec.Headers)
	if t.Format == event.FormatCloudEvents || t.Format == event.FormatCloudEventsBinary {
		for n--; n > 0 && rec.Headers[n].Key != "content-type"; n-- {
		}
	}
	n -= len(t.Options.GetHeaders())
	return rec.Headers[:max(n, 0)]
}

// checkHeaders refuses names that would be misread.
func checkHeaders(headers []event.Header) error {
	for _, h := range headers {
		switch {
		case ownedHeader(h.Key):
			return fmt.Errorf("header %.128q is reserved: choose another name", h.Key)
		case !headerName(h.Key):
			return fmt.Errorf("header %.128q: a name has up to 128 letters, digits, '.', '_' and '-', and begins with a letter or digit", h.Key)
		}
	}
	return nil
}

func headerName(s string) bool {
	return len(s) <= 128 && topicname.HasOnlyAllowed(s) && s[0] != '.' && s[0] != '_' && s[0] != '-'
}

// ownedHeader reports whether a header is written by the bus, the formats or
// tracing. Case is ignored: some readers do.
func ownedHeader(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "content-type", "traceparent", "tracestate":
		return true
	}
	return deadLetterHeader(name) || strings.HasPrefix(name, "ce_")
}

// deadLetterHeader reports whether a header belongs to a dead letter's or a
// redriven record's history.
func deadLetterHeader(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "dlq-") || strings.HasPrefix(name, "redrive-")
}
