package eventbustest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// walkGroup is the consumer group of the walk.
const walkGroup = "eventbustest-walk"

// walkBroker publishes and handles the payloads. Each major is handled by itself: how
// one becomes another is Go code of services, which contracts alone do not have.
func walkBroker(t *testing.T, files *protoregistry.Files, payloads []payload) {
	majors := map[int][]payload{}
	for _, p := range payloads {
		majors[p.contract.Major] = append(majors[p.contract.Major], p)
	}
	for _, major := range slices.Sorted(maps.Keys(majors)) {
		t.Run(fmt.Sprintf("major %d", major), func(t *testing.T) {
			t.Parallel()
			of := map[protoreflect.FullName]bool{}
			for _, p := range majors[major] {
				of[p.event()] = true
			}
			changed, err := descriptor.Variant(files, func(*eventcontractsv1.TopicOptions) {}, func(name protoreflect.FullName, o *eventcontractsv1.EventOptions) bool {
				o.FromPrevious = eventcontractsv1.Conversion_CONVERSION_UNSPECIFIED
				return of[name]
			})
			if err != nil {
				t.Fatal(err)
			}
			r, err := event.NewRegistry(changed)
			if err != nil {
				t.Fatal(err)
			}
			walkMajor(t, r, majors[major])
		})
	}
}

// handled collects what handlers get, by event id.
type handled struct {
	mu     sync.Mutex
	events map[string]proto.Message
}

func (h *handled) handle(ctx context.Context, msg proto.Message) error {
	md, _ := event.MetadataFrom(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events[md.ID] = proto.Clone(msg)
	return nil
}

func (h *handled) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.events)
}

// walkMajor publishes the payloads of one registry and waits until all are handled.
func walkMajor(t *testing.T, r *event.Registry, payloads []payload) {
	b := brokerOf(t, r)
	got := &handled{events: map[string]proto.Message{}}
	var outs []eventbus.Out
	var sent []payload
	targets := map[protoreflect.FullName]proto.Message{}
	for _, p := range payloads {
		if msg := p.in(t, r); msg != nil {
			outs, sent = append(outs, eventbus.Out{Message: msg}), append(sent, p)
			targets[p.event()] = msg
		}
	}
	if len(outs) == 0 {
		return
	}
	var handlers []eventbus.Handler
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		handlers = append(handlers, eventbus.HandleMessage(targets[name], got.handle))
	}
	conn := kafkaconn.Connection{Brokers: b.Brokers(), Insecure: true}
	consumer, err := eventbus.NewConsumer(eventbus.ConsumerConfig{
		Connection: conn, Group: walkGroup, Registry: r, Handlers: handlers, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- consumer.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the consumer ended: %v", err)
		}
	}()
	results := publishAll(t, conn, r, outs)
	if t.Failed() {
		return
	}
	b.WaitFor(fmt.Sprintf("%d events to be handled", len(outs)), func() bool {
		return got.count() == len(outs) || len(b.deadLetters(r)) > 0
	})
	for _, letter := range b.deadLetters(r) {
		why, _ := letter.Header("dlq-error")
		typ, _ := letter.Header("dlq-event-type")
		t.Errorf("an event %s became a dead letter: %s", typ, why)
	}
	got.mu.Lock()
	defer got.mu.Unlock()
	for i, res := range results {
		switch back := got.events[res.Receipt.EventID]; {
		case back == nil:
			t.Errorf("%s of %s was not handled", sent[i].name, sent[i].event())
		case !proto.Equal(outs[i].Message, back):
			t.Errorf("%s of %s was handled as another event:\n%v\n%v", sent[i].name, sent[i].event(), outs[i].Message, back)
		}
	}
}

// publishAll publishes one after the other, as a service does, but in one batch.
func publishAll(t *testing.T, conn kafkaconn.Connection, r *event.Registry, outs []eventbus.Out) []eventbus.Result {
	largest := 0
	for _, topic := range r.Topics() {
		largest = max(largest, topic.MaxBytes)
	}
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: conn, Registry: r, Source: "/walk", MaxRecordBytes: max(1<<20, largest), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("close the producer: %v", err)
		}
	}()
	results := p.PublishBatch(t.Context(), outs...)
	for _, res := range results {
		if res.Err != nil {
			t.Errorf("publish: %v", res.Err)
		}
	}
	return results
}

// brokerOf starts a broker with the topics of a registry and of the walk's group.
func brokerOf(t *testing.T, r *event.Registry) *Broker {
	var topics []broker.Topic
	for _, topic := range r.Topics() {
		for _, planned := range append(topicplan.ForGroup(topic, walkGroup), topicplan.ForSource(topic)) {
			topics = append(topics, broker.Topic{Name: planned.Name, Partitions: planned.Partitions, Config: planned.Config})
		}
	}
	b, err := broker.Start(broker.Config{Topics: topics})
	if err != nil {
		t.Fatalf("eventbustest: %v", err)
	}
	t.Cleanup(b.Close)
	return &Broker{t: t, broker: b, timeout: defaultTimeout}
}

// deadLetters are those of the walk's group.
func (b *Broker) deadLetters(r *event.Registry) []Record {
	var out []Record
	for _, topic := range r.Topics() {
		if name := event.DeadLetterTopic(topic.Name, walkGroup); b.count(name) > 0 {
			out = append(out, b.Records(name)...)
		}
	}
	return out
}
