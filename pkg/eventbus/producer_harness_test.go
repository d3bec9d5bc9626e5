package eventbus_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// producerSource is the source of every event of these tests.
const producerSource = "producer-test"

// producerBroker starts a broker with the registry's topics. Settings override
// topic configurations: "topic/setting" → value.
func producerBroker(t testing.TB, r *event.Registry, settings map[string]string, opts ...kfake.Opt) *broker.Broker {
	t.Helper()
	cfg := broker.Config{Options: opts}
	for _, declared := range r.Topics() {
		plan := topicplan.ForSource(declared)
		for setting, value := range settings {
			if dir, name := filepath.Split(setting); dir == declared.Name+"/" {
				plan.Config[name] = value
			}
		}
		cfg.Topics = append(cfg.Topics, broker.Topic{Name: plan.Name, Partitions: plan.Partitions, Config: plan.Config})
	}
	b, err := broker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// producerConfig is a configuration that works on b.
func producerConfig(b *broker.Broker) eventbus.ProducerConfig {
	return eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: producerSource, Logger: slog.New(slog.DiscardHandler)}
}

// producerOn makes a producer that is closed at the end of the test.
func producerOn(t testing.TB, b *broker.Broker, change ...func(*eventbus.ProducerConfig)) *eventbus.Producer {
	t.Helper()
	cfg := producerConfig(b)
	for _, c := range change {
		c(&cfg)
	}
	p, err := eventbus.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		_ = p.Close(ctx) // a test that needs its error closes itself
	})
	return p
}

func producerCtx(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// producerLinked is a broker and a producer for the linked contracts.
func producerLinked(t testing.TB, change ...func(*eventbus.ProducerConfig)) (*broker.Broker, *eventbus.Producer) {
	t.Helper()
	b := producerBroker(t, event.Linked(), nil)
	return b, producerOn(t, b, change...)
}

// producerID is a UUID that shows its number.
func producerID(n int) string { return fmt.Sprintf("75c3a7cf-305a-4632-99f7-%012x", n) }

// producerTodo is a valid event with its own key.
func producerTodo(n int) *todov1.TodoCreated {
	return &todov1.TodoCreated{TodoId: producerID(n), UserId: producerID(0), Title: fmt.Sprintf("todo %d", n)}
}

// producerCopies publishes many copies of a valid event cheaply.
func producerCopies(t testing.TB, p *eventbus.Producer) eventbus.Copies {
	t.Helper()
	rec, err := event.Encode(t.Context(), producerTodo(0), event.WithSource(producerSource))
	if err != nil {
		t.Fatal(err)
	}
	return eventbus.Copies{Producer: p, Value: rec.Value}
}

// producerLog reads a whole topic without the bus, by partition and offset.
func producerLog(t testing.TB, b *broker.Broker, topic string) []*kgo.Record {
	t.Helper()
	info, ok := b.Topic(topic)
	if !ok {
		t.Fatalf("topic %q does not exist", topic)
	}
	want := 0
	for _, p := range info.Partitions {
		want += int(p.End - p.Start)
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.ConsumeTopics(topic), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := producerCtx(t, time.Minute)
	var out []*kgo.Record
	for len(out) < want {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read topic %q: %v", topic, err)
		}
		out = append(out, fetches.Records()...)
	}
	slices.SortFunc(out, func(a, b *kgo.Record) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return out
}

// producerEvent is a record as the codec sees it.
func producerEvent(r *kgo.Record) event.Record {
	out := event.Record{Topic: r.Topic, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return out
}

// producerIDs are the event ids of a topic, in the order of producerLog.
func producerIDs(t testing.TB, b *broker.Broker, topic string) []string {
	t.Helper()
	var out []string
	for _, r := range producerLog(t, b, topic) {
		md, err := event.Head(producerEvent(r))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, md.ID)
	}
	return out
}

// producerKinds are the sentinels of which each publish error matches one.
var producerKinds = []error{
	eventbus.ErrInvalid, eventbus.ErrBackpressure, eventbus.ErrClosed, eventbus.ErrRejected, eventbus.ErrIndeterminate,
}

// producerWant checks that err is a *PublishError that matches want and no other
// sentinel.
func producerWant(t testing.TB, err, want error) *eventbus.PublishError {
	t.Helper()
	var pe *eventbus.PublishError
	if !errors.As(err, &pe) {
		t.Fatalf("error %v is no *PublishError", err)
	}
	for _, kind := range producerKinds {
		if got := errors.Is(err, kind); got != (kind == want) { //nolint:errorlint // that very sentinel
			t.Errorf("errors.Is(%q, %q) = %v", err, kind, got)
		}
	}
	return pe
}

// producerWaitFor waits until cond holds.
func producerWaitFor(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); !cond(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting for %s", what)
		}
	}
}

// producerAnswer answers a produce request with an error for every partition.
func producerAnswer(req kmsg.Request, code *kerr.Error) *kmsg.ProduceResponse {
	in := req.(*kmsg.ProduceRequest)
	out := in.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range in.Topics {
		t := kmsg.NewProduceResponseTopic()
		t.Topic, t.TopicID = topic.Topic, topic.TopicID
		for _, partition := range topic.Partitions {
			p := kmsg.NewProduceResponseTopicPartition()
			p.Partition, p.BaseOffset, p.ErrorCode = partition.Partition, -1, code.Code
			t.Partitions = append(t.Partitions, p)
		}
		out.Topics = append(out.Topics, t)
	}
	return out
}

// producerStall is a broker that does not answer produce requests any more.
type producerStall struct {
	on   atomic.Bool
	seen atomic.Int64 // requests left without an answer
}

// producerStallOn makes b swallow produce requests while the stall is on.
func producerStallOn(b *broker.Broker) *producerStall {
	s := &producerStall{}
	b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().KeepControl()
		if !s.on.Load() {
			return nil, nil, false
		}
		s.seen.Add(1)
		return nil, nil, true
	})
	return s
}

// producerMachine measures how late this machine lets a goroutine go on that
// only sleeps: with more to run than processors, no call can return in time.
type producerMachine struct {
	mu    sync.Mutex
	stops []producerStop
}

// producerStop is a time during which a sleeper could not go on.
type producerStop struct{ from, to time.Time }

// producerOnMachine measures until the end of the test.
func producerOnMachine(t testing.TB) *producerMachine {
	t.Helper()
	const nap = 5 * time.Millisecond
	m := &producerMachine{}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			due := time.Now().Add(nap)
			select {
			case <-time.After(nap):
			case <-end:
				return
			}
			if now := time.Now(); now.Sub(due) > time.Millisecond {
				m.mu.Lock()
				m.stops = append(m.stops, producerStop{due, now})
				m.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() { close(end); <-ended })
	return m
}

// late fails the test if a call that has just returned did so more than 250 ms
// after end, the time that the machine took for itself not counted.
func (m *producerMachine) late(t testing.TB, what string, end time.Time) {
	t.Helper()
	now := time.Now()
	late := now.Sub(end)
	if late <= 250*time.Millisecond {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var lost time.Duration
	for _, s := range m.stops {
		if s.from.Before(end) {
			s.from = end
		}
		if s.to.After(now) {
			s.to = now
		}
		lost += max(0, s.to.Sub(s.from))
	}
	if late-lost > 250*time.Millisecond {
		t.Errorf("%s returned %s after its context's end, above 250 ms (the machine took %s)", what, late, lost)
	}
}

// producerShop are contracts with the options that the todo product's lack.
var producerShop = sync.OnceValues(func() (*event.Registry, error) {
	dir, err := os.MkdirTemp("", "producer-shop")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	shop := filepath.Join(dir, "shop", "v1")
	if err := os.MkdirAll(shop, 0o755); err != nil {
		return nil, err
	}
	const header = "syntax = \"proto3\";\npackage shop.v1;\nimport \"buf/validate/validate.proto\";\nimport \"eventcontracts/v1/options.proto\";\n"
	for name, text := range producerShopProtos {
		if err := os.WriteFile(filepath.Join(shop, name+".proto"), []byte(header+text), 0o600); err != nil {
			return nil, err
		}
	}
	c, err := catalog.Load(context.Background(), catalog.Options{Dir: dir, Contracts: dir})
	if err != nil {
		return nil, err
	}
	return c.Registry, nil
})

var producerShopProtos = map[string]string{
	"orderplaced": `option (eventcontracts.v1.topic) = {name: "orders" partitions: 3 replicas: 1 retention: "7d"};
// OrderPlaced is an event.
message OrderPlaced {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "shop"};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  string text = 2;
}
`,
	"smallthing": `option (eventcontracts.v1.topic) = {name: "small" partitions: 2 replicas: 1 retention: "7d" max_bytes: 4096};
// SmallThing is an event.
message SmallThing {
  option (eventcontracts.v1.event) = {topic: "small" key: "id" owner: "shop"};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  string text = 2;
}
`,
	"cloud": `option (eventcontracts.v1.topic) = {name: "clouds" partitions: 1 replicas: 1 retention: "7d" format: FORMAT_CLOUDEVENTS_BINARY};
// Cloud is an event.
message Cloud {
  option (eventcontracts.v1.event) = {topic: "clouds" key: "id" owner: "shop"};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  string text = 2;
}
`,
	"structured": `option (eventcontracts.v1.topic) = {name: "structured" partitions: 1 replicas: 1 retention: "7d" format: FORMAT_CLOUDEVENTS headers: [HEADER_COPY_TYPE, HEADER_COPY_ID]};
// Structured is an event.
message Structured {
  option (eventcontracts.v1.event) = {topic: "structured" key: "id" owner: "shop"};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  string text = 2;
}
`,
	"cartstate": `option (eventcontracts.v1.topic) = {name: "state" partitions: 3 replicas: 1 cleanup: CLEANUP_COMPACT};
// CartState is an event.
message CartState {
  option (eventcontracts.v1.event) = {topic: "state" key: "id" owner: "shop"};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  string text = 2;
}
`,
	"ping": `option (eventcontracts.v1.topic) = {name: "pings" partitions: 1 replicas: 1 retention: "7d"};
// Ping is an event.
message Ping {
  option (eventcontracts.v1.event) = {topic: "pings" unkeyed: true owner: "shop"};
  string id = 1;
  string text = 2;
}
`,
}

// producerContracts are the shop's.
func producerContracts(t testing.TB) *event.Registry {
	t.Helper()
	r, err := producerShop()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// producerMessage makes a message of the shop: "OrderPlaced", "id", "1", ….
func producerMessage(t testing.TB, name string, fields ...string) proto.Message {
	t.Helper()
	for _, c := range producerContracts(t).Contracts() {
		if string(c.Descriptor.Name()) != name {
			continue
		}
		msg := dynamicpb.NewMessage(c.Descriptor)
		for i := 0; i < len(fields); i += 2 {
			msg.Set(c.Descriptor.Fields().ByName(protoreflect.Name(fields[i])), protoreflect.ValueOfString(fields[i+1]))
		}
		return msg
	}
	t.Fatalf("the shop has no %s", name)
	return nil
}

// producerShopOn is a broker and a producer for the shop.
func producerShopOn(t testing.TB, settings map[string]string, change ...func(*eventbus.ProducerConfig)) (*broker.Broker, *eventbus.Producer) {
	t.Helper()
	r := producerContracts(t)
	b := producerBroker(t, r, settings)
	change = append([]func(*eventbus.ProducerConfig){func(c *eventbus.ProducerConfig) { c.Registry = r }}, change...)
	return b, producerOn(t, b, change...)
}

// producerCertificate makes an authority and a server's certificate of it for
// 127.0.0.1.
func producerCertificate(t testing.TB) (authority []byte, server *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "producer test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		&tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func producerWrite(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
