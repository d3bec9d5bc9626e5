package eventbus

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// copiedTopic is where the copying codec's records go.
const copiedTopic = "todos"

// copyEncoder is the codec of one caller for which codec and validation are a copy
// of bytes.
type copyEncoder struct {
	corpus func(n int) (key, value []byte)
	from   int // number of the call's first event
}

func (e *copyEncoder) encode(_ context.Context, i int) (encoded, error) {
	key, value := e.corpus(e.from + i)
	buf := make([]byte, len(key)+len(value))
	copy(buf, key)
	copy(buf[len(key):], value)
	rec := event.Record{Topic: copiedTopic, Key: buf[:len(key):len(key)], Value: buf[len(key):]}
	return encoded{rec: rec, id: unsafe.String(unsafe.SliceData(key), len(key))}, nil
}

func (e *copyEncoder) name(int) encoded { return encoded{rec: event.Record{Topic: copiedTopic}} }

// batchOf is PublishBatch of n events, with another codec.
func (p *Producer) batchOf(ctx context.Context, n int, src encoder) []Result {
	results := make([]Result, n)
	p.publish(ctx, newBatch(n), results, src)
	return results
}

// asyncOf is PublishAsync, with another codec.
func (p *Producer) asyncOf(ctx context.Context, src encoder) {
	pending := &Pending{}
	pending.send[0].from, pending.send[0].async = p, pending
	scratch := scratches.Get().(*kafka.Message)
	failed := p.enqueue(ctx, pending.send[:], nil, scratch, src)
	scratch.Opaque = nil
	scratches.Put(scratch)
	if failed > 0 {
		pending.settle()
	}
}

// Copies publish n events of this value with a key each: for tests that need so
// many that the codec, which they are not about, would take most of their time.
type Copies struct {
	Producer *Producer
	Value    []byte
}

func (c Copies) encoder() *copyEncoder {
	return &copyEncoder{corpus: func(n int) (key, value []byte) { return fmt.Appendf(nil, "%036d", n), c.Value }}
}

// Batch publishes n events, as PublishBatch does.
func (c Copies) Batch(ctx context.Context, n int) []Result {
	return c.Producer.batchOf(ctx, n, c.encoder())
}

// Async publishes n events, one by one, as PublishAsync does.
func (c Copies) Async(ctx context.Context, n int) {
	enc := c.encoder()
	for enc.from = range n {
		c.Producer.asyncOf(ctx, enc)
	}
}
