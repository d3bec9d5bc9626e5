package scale

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// Task is what a process of the program is asked for.
type Task struct {
	Role    string
	Addr    string
	Group   string
	Types   []string // of events, which take turns; a consumer handles each
	Lines   int      // of each event of type Lines
	Keys    int
	Headers int
	Records int
	Warm    int
}

// What the program does.
const (
	RoleTopics  = "topics"  // tells which topics the consumer needs, beside that of the events
	RolePublish = "publish" // publishes Warm events, and measures Records more
	RoleConsume = "consume" // handles them
	RoleStart   = "start"   // makes a producer and a consumer, and ends
)

// Variable has the Task of a process, as JSON.
const Variable = "EVENTCONTRACTS_SCALE"

// Main is the program of the repository that Make makes.
func Main() {
	answer, err := play()
	if err == nil {
		err = measure.Answer(answer)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "scale: %v\n", err)
		os.Exit(1)
	}
}

func play() (any, error) {
	var t Task
	if err := json.Unmarshal([]byte(os.Getenv(Variable)), &t); err != nil {
		return nil, fmt.Errorf("read the task: %w", err)
	}
	switch t.Role {
	case RoleTopics:
		return t.topics()
	case RolePublish:
		return t.publish()
	case RoleConsume:
		return t.consume()
	case RoleStart:
		return nil, t.start()
	}
	return nil, fmt.Errorf("unknown role %q", t.Role)
}

func (t Task) messageTypes() (out []protoreflect.MessageType, err error) {
	for _, name := range t.Types {
		mt, err := protoregistry.GlobalTypes.FindMessageByName(protoPackage + "." + protoreflect.FullName(name))
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", name, err)
		}
		out = append(out, mt)
	}
	return out, nil
}

func (t Task) consumerConfig() (eventbus.ConsumerConfig, error) {
	cfg := eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Group: t.Group, Logger: slog.New(slog.DiscardHandler),
	}
	types, err := t.messageTypes()
	for _, mt := range types {
		cfg.Handlers = append(cfg.Handlers, eventbus.HandleMessage(mt.Zero().Interface(), func(context.Context, proto.Message) error { return nil }))
	}
	return cfg, err
}

func (t Task) producer() (*eventbus.Producer, error) {
	types, err := t.messageTypes()
	if err != nil {
		return nil, err
	}
	cfg := eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: []string{t.Addr}}, Source: "bench"}
	for _, mt := range types {
		cfg.Events = append(cfg.Events, mt.Zero().Interface())
	}
	return eventbus.NewProducer(cfg)
}

func (t Task) topics() (names []string, err error) {
	cfg, err := t.consumerConfig()
	if err != nil {
		return nil, err
	}
	required, err := eventbus.RequiredTopics(cfg)
	for _, r := range required {
		if r.Name != Topic {
			names = append(names, r.Name)
		}
	}
	return names, err
}

// start is a service that is ready to run.
func (t Task) start() error {
	producer, err := t.producer()
	if err != nil {
		return err
	}
	cfg, err := t.consumerConfig()
	if err != nil {
		return err
	}
	if _, err := eventbus.NewConsumer(cfg); err != nil {
		return err
	}
	fmt.Println("ready") // the clock of who waits stops here
	return producer.Close(context.Background())
}

// One call publishes as many events as make full batches of the client's for hundreds of
// partitions, but of large ones no more than so many bytes.
const (
	batchEvents = 10_000
	batchBytes  = 20 << 20
)

func (t Task) batch() int { return min(batchEvents, batchBytes/(t.Lines*LineSize+300)) }

// distinct is how many messages are made where keys do not matter: few, so that they are no
// headroom for the collector.
const distinct = 1000

// Of events with more lines than large there are fewer.
const (
	large         = 10
	largeDistinct = 10
)

// message is the n-th of a type.
func (t Task) message(mt protoreflect.MessageType, n int) proto.Message {
	m := mt.New()
	for i := range mt.Descriptor().Fields().Len() {
		switch fd := mt.Descriptor().Fields().Get(i); {
		case fd.IsList():
			lines := m.Mutable(fd).List()
			for range t.Lines {
				lines.Append(protoreflect.ValueOfString(fmt.Sprintf("%-*d", LineSize, n)))
			}
		case fd.Number() == 1:
			m.Set(fd, protoreflect.ValueOfString(measure.Key(n%t.Keys)))
		default:
			m.Set(fd, protoreflect.ValueOfString("supplier write report"))
		}
	}
	return m.Interface()
}

// publisher publishes batches of prepared events.
type publisher struct {
	producer *eventbus.Producer
	batch    int
	outs     []eventbus.Out
}

func (t Task) publish() (r measure.Result, err error) {
	types, err := t.messageTypes()
	if err != nil {
		return r, err
	}
	producer, err := t.producer()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, producer.Close(context.Background())) }()
	var options []event.Option
	for i := range t.Headers {
		options = append(options, event.WithHeader(fmt.Sprintf("header-%d", i), "a value of a header"))
	}
	p := &publisher{producer: producer, batch: t.batch()}
	few := max(t.Keys, distinct)
	if t.Lines > large {
		few = largeDistinct
	}
	calls := (max(t.Keys, p.batch) + p.batch - 1) / p.batch
	for n := range calls * p.batch {
		if n >= few {
			p.outs = append(p.outs, p.outs[n%few])
			continue
		}
		p.outs = append(p.outs, eventbus.Out{Message: t.message(types[n%len(types)], n), Options: options})
	}
	return measure.Publish(measure.Task{
		Records: t.Records, Warm: t.Warm, Series: measure.Series{Call: measure.CallBatch, Callers: 1, Batch: p.batch},
	}, p)
}

// Caller publishes a batch of what is prepared.
func (p *publisher) Caller() func(ctx context.Context, n int) error {
	return func(ctx context.Context, n int) error {
		from := n % len(p.outs)
		return eventbus.FirstError(p.producer.PublishBatch(ctx, p.outs[from:from+p.batch]...))
	}
}

// Settle waits for the outcomes.
func (p *publisher) Settle(ctx context.Context) error { return p.producer.Flush(ctx) }

func (t Task) consume() (r measure.Result, err error) {
	cfg, err := t.consumerConfig()
	if err != nil {
		return r, err
	}
	c, err := eventbus.NewConsumer(cfg)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	r, err = measure.Consume(measure.Task{Records: t.Records, Warm: t.Warm}, func() int { return int(c.Stats().Handled) })
	cancel()
	err = errors.Join(err, <-ended)
	stats := c.Stats()
	r.Done = int(stats.Handled)
	if n := stats.Retries + stats.Skipped + uint64(len(stats.Dead)); err == nil && n > 0 {
		err = fmt.Errorf("%d records were not simply handled", n)
	}
	return r, err
}
