package event

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/headername"
)

// Option changes one encoded event. Options are for what differs from event to
// event; what a topic or a type has in common is in its contract.
type Option func(*encoding)

// encoding is one event on its way into a record.
type encoding struct {
	md      Metadata
	ours    bool // the id is new, made here: it needs no check
	headers []Header
}

// encodings are reused: options are functions, so that each would be allocated.
var encodings = sync.Pool{New: func() any { return new(encoding) }}

// WithID sets the event's id. By default it is a new UUIDv7. Give one where the
// same fact may be encoded twice, such as a request's idempotency key: readers
// tell events apart by it. The envelope and flat formats need a UUID.
func WithID(id string) Option { return func(e *encoding) { e.md.ID = id } }

// WithTime sets when the event happened. By default, and for the zero time, it
// is now. It is written in UTC and cut to the microsecond, the precision
// of Python's datetime.
func WithTime(t time.Time) Option { return func(e *encoding) { e.md.Time = t } }

// WithCorrelation sets the correlation id: up to 256 characters, a UUID in the
// flat format. By default it is that of ctx, or the event's own id. What ctx has of an
// event that is handled, and the format cannot carry, becomes a UUID; an id that is given
// here is refused.
func WithCorrelation(id string) Option { return func(e *encoding) { e.md.CorrelationID = id } }

// WithCausation sets the causation id, the id of the event whose handling made this
// one. By default it is that of the event that ctx is of, and otherwise there is none.
func WithCausation(id string) Option { return func(e *encoding) { e.md.CausationID = id } }

// WithSource sets the source, a URI-reference of the producing service. By
// default there is none; both CloudEvents formats need one.
func WithSource(uri string) Option { return func(e *encoding) { e.md.Source = uri } }

// WithHeader adds a Kafka header: may be given several times, in the order of
// the record, also for one name. A name has up to 128 letters, digits, '.', '_'
// and '-', and begins with a letter or digit. The names dlq-*, redrive-*, ce_*,
// content-type, traceparent and tracestate, in any case, are reserved: an event
// with such a header, or one that is named otherwise, is refused with
// [ErrInvalid]. By default there are none: headers are the costliest part of a
// produce call.
func WithHeader(key, value string) Option {
	return func(e *encoding) { e.headers = append(e.headers, Header{key, []byte(value)}) }
}

// Encode validates a linked message and writes it as its topic's contract
// says. It does not change msg. Correlation and causation come from ctx, and the
// trace (see [ContextWithTrace]). Its error matches [ErrInvalid], or [ErrContract] if
// the contract is wrong.
func Encode(ctx context.Context, msg proto.Message, opts ...Option) (Record, error) {
	return Linked().Encode(ctx, msg, opts...)
}

// Encode validates a message of the registry's contracts and writes it as its
// topic's contract says.
func (r *Registry) Encode(ctx context.Context, msg proto.Message, opts ...Option) (Record, error) {
	rec, _, err := r.EncodeMetadata(ctx, msg, opts...)
	return rec, err
}

// EncodeMetadata is Encode for those who need to know what it chose: the
// metadata are those of the record, or of the event that is refused.
func (r *Registry) EncodeMetadata(ctx context.Context, msg proto.Message, opts ...Option) (Record, Metadata, error) {
	c, err := r.ContractOf(msg)
	if err != nil {
		return Record{}, Metadata{}, err
	}
	e, _ := encodings.Get().(*encoding)
	defer func() {
		*e = encoding{}
		encodings.Put(e)
	}()
	for _, o := range opts {
		o(e)
	}
	e.md.Type, e.md.Version = c.Type, c.Version()
	now := time.Now()
	if e.md.ID == "" {
		if e.md.ID, err = newID(now); err != nil {
			return Record{}, e.md, err
		}
		e.ours = true
	}
	if e.md.Time.IsZero() {
		e.md.Time = now
	}
	e.md.Time = e.md.Time.UTC().Truncate(time.Microsecond)
	// ctx is for what is not said: an id that the call gives wins over it.
	e.md.inherit(ctx, c.Topic.Format)
	if e.md.CorrelationID == "" {
		e.md.CorrelationID = e.md.ID
	}
	rec, err := c.encode(ctx, msg, e)
	if err != nil {
		return Record{}, e.md, &InvalidError{Metadata: e.md, Violations: violationsOf(err), Err: err}
	}
	return rec, e.md, nil
}

// encode makes the record: it checks metadata, which needs no look at the payload,
// then the payload, the key and the user's headers, and writes last.
func (c *Contract) encode(ctx context.Context, msg proto.Message, e *encoding) (Record, error) {
	if !msg.ProtoReflect().IsValid() {
		return Record{}, errors.New("the message is nil")
	}
	if err := e.md.check(c.Topic.Format, e.ours); err != nil {
		return Record{}, err
	}
	if g := c.codec.generated(); g != nil {
		if full := g.completed(c.codec, msg); c.codec.surelyValid(full) {
			if key, ok := g.Key(full); ok || c.Unkeyed {
				rec, err := c.record(ctx, full, key, e, g)
				if err == nil { // of several mistakes the reference says which is told
					return rec, nil
				}
			}
		}
	}
	if err := c.codec.lost(msg.ProtoReflect()); err != nil {
		return Record{}, err
	}
	// Defaults come before the rules, which may need them, and before the key.
	msg = c.codec.complete(msg)
	if err := c.codec.judge(msg); err != nil {
		return Record{}, err
	}
	key, err := c.Key(msg)
	if err != nil {
		return Record{}, err
	}
	return c.record(ctx, msg, key, e, nil)
}

// record makes the record of a message that is complete and valid. With generated code it
// may be unsure, which it says by errUnsure.
func (c *Contract) record(ctx context.Context, msg proto.Message, key string, e *encoding, g *generated) (rec Record, err error) {
	// check_key.go has asked the contract for rules that exclude it. An event
	// without a key would still be ordered after strangers, if they do not.
	if key == "" && !c.Unkeyed {
		return Record{}, fmt.Errorf("key field %s is empty", c.KeyPath)
	}
	if c.Topic.Format.cloudEvents() {
		if err := checkAttribute(key, false); err != nil {
			return Record{}, fmt.Errorf("key field %s, which is CloudEvents' partitionkey, %w", c.KeyPath, err)
		}
	}
	for _, h := range e.headers {
		if err := headername.CheckUser(h.Key); err != nil {
			return Record{}, err
		}
	}
	// The user's headers come first, so that what we write is the last of its name:
	// readers of Kafka headers take the last.
	rec = Record{Topic: c.Topic.Name, Headers: appendTrace(ctx, e.headers)}
	for _, h := range c.Topic.Options.GetHeaders() {
		switch h {
		case eventcontractsv1.HeaderCopy_HEADER_COPY_TYPE:
			rec.Headers = append(rec.Headers, Header{"event_type", []byte(e.md.Type)})
		case eventcontractsv1.HeaderCopy_HEADER_COPY_ID:
			rec.Headers = append(rec.Headers, Header{"event_id", []byte(e.md.ID)})
		}
	}
	if rec.Value, err = c.appendValue(&e.md, msg, key, g); err != nil {
		return Record{}, err
	}
	if !c.Unkeyed { // behind the value, in memory that was taken for both
		n := len(rec.Value)
		both := append(rec.Value, key...)
		rec.Value, rec.Key = both[:n:n], both[n:len(both):len(both)]
	}
	switch c.Topic.Format {
	case FormatCloudEvents:
		rec.Headers = append(rec.Headers, Header{headername.ContentType, []byte("application/cloudevents+json; charset=UTF-8")})
	case FormatCloudEventsBinary:
		rec.Headers = append(rec.Headers, cloudEventHeaders(&e.md, key)...)
	}
	return rec, nil
}

// appendValue writes the record's value in the topic's format.
func (c *Contract) appendValue(md *Metadata, msg proto.Message, key string, g *generated) (b []byte, err error) {
	hint := max(c.size.Load(), leastHint)
	b = make([]byte, 0, int(hint)+len(key))
	switch c.Topic.Format {
	case FormatFlat:
		b, err = c.appendFlat(appendMetadata(b, md), msg, g)
	case FormatCloudEvents:
		b, err = c.appendPayload(appendAttributes(b, md, key), msg, g)
		b = append(b, '}')
	case FormatCloudEventsBinary:
		b, err = c.appendPayload(b, msg, g)
	default:
		b, err = c.appendPayload(append(appendMetadata(b, md), `,"data":`...), msg, g)
		b = append(b, '}')
	}
	if err != nil {
		return nil, err
	}
	switch size := int64(len(b)); {
	case size > hint && size <= maxHint:
		c.size.Store(size)
	case hint > leastHint && 2*size < hint: // one large record does not make all later ones large
		c.size.Store(hint - hint/8)
	}
	return b, nil
}

// leastHint is the least memory that is taken for a record: metadata alone takes about 280
// bytes.
const leastHint = 512

// appendPayload writes the payload as an object of its own.
func (c *Contract) appendPayload(b []byte, msg proto.Message, g *generated) ([]byte, error) {
	if g != nil {
		return g.append(b, msg, false)
	}
	start := len(b)
	b, err := c.codec.append(b, msg)
	if err != nil {
		return nil, err
	}
	return b, c.codec.refuse(b[start:], false)
}

// appendFlat writes the payload behind the metadata, and ends the object.
func (c *Contract) appendFlat(b []byte, msg proto.Message, g *generated) ([]byte, error) {
	if g != nil {
		b, err := g.append(b, msg, true)
		return append(b, '}'), err
	}
	b, err := c.codec.appendFlat(b, msg)
	if err != nil {
		return nil, err
	}
	b = append(b, '}')
	return b, c.codec.refuse(b, true)
}
