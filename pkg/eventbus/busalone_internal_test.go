//go:build unix

package eventbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// The bus alone: codec and validation are replaced by a copy of bytes, so that
// what is left is the cost of this package. As a test it shows that records pass;
// as a process of test/bench it measures.
func TestBusAlone(t *testing.T) {
	t.Parallel()
	task, ok, err := measure.FromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if ok {
		result, err := task.Series.Measure(func() (measure.Result, error) { return measureAlone(task) })
		if err == nil {
			err = measure.Answer(result)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}

	if measure.Topic != copiedTopic {
		t.Fatalf("test/bench reads topic %q, and the records go to %q", measure.Topic, copiedTopic)
	}
	const numbers = 50 // published by each call twice, as warm-up and as measured
	task = measure.Task{Group: "alone", Warm: numbers, Records: numbers}
	required, err := RequiredTopics(aloneConsumerConfig(task))
	if err != nil {
		t.Fatal(err)
	}
	var topics []broker.Topic
	for _, r := range required {
		topics = append(topics, broker.Topic{Name: r.Name, Partitions: r.Partitions})
	}
	b, err := broker.Start(broker.Config{Topics: topics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	task.Addr = b.Addr()

	corpus := func(n int) (key, value []byte) {
		return fmt.Appendf(nil, "%036d", n), fmt.Appendf(nil, `{"n":%d}`, n)
	}
	for _, series := range []measure.Series{
		{Call: measure.CallBatch, Callers: 1, Batch: 10},
		{Call: measure.CallAsync, Callers: 2, Batch: 1},
		{Call: measure.CallPublish, Callers: 2, Batch: 1},
	} {
		task.Series = series
		if _, err := publishAlone(task, corpus); err != nil {
			t.Fatalf("%s: %v", series.Call, err)
		}
	}
	want := map[string]int{}
	for n := range numbers {
		_, value := corpus(n)
		want[string(value)] = 2 * 3
	}
	var mu sync.Mutex
	got, all := map[string]int{}, make(chan struct{})
	task.Warm, task.Records = 0, numbers
	count := func(rec event.Record) (event.Metadata, proto.Message, error) {
		md, msg, err := copyDecode(rec)
		mu.Lock()
		defer mu.Unlock()
		got[string(rec.Value)]++
		if maps.Equal(got, want) {
			close(all)
		}
		return md, msg, err
	}
	untilAll := func() {
		select {
		case <-all:
		case <-time.After(30 * time.Second): // the comparison below says what is missing
		}
	}
	if _, err := consumeAlone(task, count, untilAll); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(want, got); diff != "" { // a record more than once, after all were there
		t.Errorf("values, and how often each came: %s", diff)
	}
}

// measureAlone is a measurement for test/bench.
func measureAlone(t measure.Task) (measure.Result, error) {
	if t.Series.Consume {
		return consumeAlone(t, copyDecode, func() {})
	}
	c, err := measure.OpenCorpus(t.Corpus)
	if err != nil {
		return measure.Result{}, err
	}
	return publishAlone(t, c.Record)
}

// alonePublisher publishes as Producer's methods do, with the copying codec.
type alonePublisher struct {
	*Producer
	series measure.Series
	corpus func(n int) (key, value []byte)
}

func (p *alonePublisher) Caller() func(ctx context.Context, n int) error {
	enc := &copyEncoder{corpus: p.corpus}
	return func(ctx context.Context, n int) error {
		enc.from = n
		switch p.series.Call {
		case measure.CallBatch:
			return FirstError(p.batchOf(ctx, p.series.Batch, enc))
		case measure.CallAsync:
			p.asyncOf(ctx, enc)
			return nil
		case measure.CallPublish:
			var r [1]Result
			p.publish(ctx, newBatch(1), r[:], enc)
			return r[0].Err
		}
		return fmt.Errorf("there is no call %q", p.series.Call)
	}
}

// Settle waits for the outcomes.
func (p *alonePublisher) Settle(ctx context.Context) error {
	if err := p.Flush(ctx); err != nil {
		return err
	}
	if s := p.Stats(); s.Failed > 0 {
		return fmt.Errorf("%d events failed", s.Failed)
	}
	return nil
}

func publishAlone(t measure.Task, corpus func(n int) (key, value []byte)) (r measure.Result, err error) {
	p, err := NewProducer(ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Source: "bench", Linger: time.Duration(t.Series.LingerMs) * time.Millisecond,
		Events: []proto.Message{(*todov1.TodoCreated)(nil)},
	})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.Close(context.Background())) }()
	return measure.Publish(t, &alonePublisher{Producer: p, series: t.Series, corpus: corpus})
}

func aloneConsumerConfig(t measure.Task) ConsumerConfig {
	return ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Group: t.Group, Logger: slog.New(slog.DiscardHandler),
		Handlers: []Handler{Handle(func(context.Context, *todov1.TodoCreated) error { return nil })},
	}
}

// aTodo is what handlers get from the bus alone: making messages is the codec's
// work.
var aTodo = &todov1.TodoCreated{TodoId: "4f0f6d1c-9d5c-4f5e-8d2f-0a7f0f6f3b11"}

// copyDecode is the codec of the bus alone: a copy of bytes.
func copyDecode(rec event.Record) (event.Metadata, proto.Message, error) {
	var scratch [1024]byte
	copy(scratch[:], rec.Value)
	if scratch[0] != '{' || scratch[len(rec.Value)-1] != '}' { // also keeps the copy alive
		return event.Metadata{}, nil, errors.New("no object")
	}
	id := unsafe.String(unsafe.SliceData(rec.Key), len(rec.Key))
	return event.Metadata{ID: id, Type: "TodoCreated", Version: "1.0"}, aTodo, nil
}

// consumeAlone measures a consumer that stops when done returns.
func consumeAlone(t measure.Task, decode decodeFunc, done func()) (measure.Result, error) {
	c, err := NewConsumer(aloneConsumerConfig(t))
	if err != nil {
		return measure.Result{}, err
	}
	c.decode = decode
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	r, err := measure.Consume(t, func() int { return int(c.Stats().Handled) })
	if err == nil {
		done()
	}
	cancel()
	err = errors.Join(err, <-ended)
	stats := c.Stats()
	r.Done = int(stats.Handled)
	if n := stats.Retries + stats.Skipped + uint64(len(stats.Dead)); err == nil && n > 0 {
		err = fmt.Errorf("%d records were not simply handled", n)
	}
	return r, err
}
