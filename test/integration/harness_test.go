package integration_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

const group = "notifier"

// runner is a consumer whose Run is under way.
type runner struct {
	*eventbus.Consumer
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

// brokers is what a consumer connects to.
type brokers interface{ Brokers() []string }

// consume starts a consumer. At the test's end it must have stopped cleanly,
// unless end was called.
func consume(t *testing.T, b brokers, cfg eventbus.ConsumerConfig) *runner {
	t.Helper()
	cfg = quiet(t, b, cfg)
	c, err := eventbus.NewConsumer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &runner{Consumer: c, t: t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- c.Run(ctx) }()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%+v\n%+v", c.Health(), c.Stats())
		}
		cancel()
		select {
		case err, ok := <-r.done:
			if ok && err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(40 * time.Second):
			t.Error("Run does not end")
		}
	})
	return r
}

// quiet fills in what every test's consumer has.
func quiet(t *testing.T, b brokers, cfg eventbus.ConsumerConfig) eventbus.ConsumerConfig {
	if b != nil {
		cfg.Connection.Brokers = b.Brokers()
	}
	if cfg.Group == "" {
		cfg.Group = group
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	config := map[string]string{"heartbeat.interval.ms": "200", "session.timeout.ms": "6000"}
	if cfg.Config["group.protocol"] == "consumer" { // the broker decides them
		config = map[string]string{}
	}
	for k, v := range cfg.Config {
		config[k] = v
	}
	cfg.Config = config
	return cfg
}

// testWriter writes to a test's log as long as the test runs.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	select {
	case <-w.t.Context().Done(): // logging after the end would panic
	default:
		w.t.Logf("%s", b)
	}
	return len(b), nil
}

// end stops the consumer and returns Run's error.
func (r *runner) end() error {
	r.t.Helper()
	r.stop()
	select {
	case err := <-r.done:
		close(r.done)
		return err
	case <-time.After(40 * time.Second):
		r.t.Fatal("Run does not end")
		return nil
	}
}

// eventually waits until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	const patience = time.Minute // of a machine that does other things too
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, patience)
		}
		time.Sleep(2 * time.Millisecond) //nolint:forbidigo // between two looks at a state
	}
}

// journal collects what handlers saw.
type journal struct {
	mu      sync.Mutex
	entries []entry
}

type entry struct {
	title    string
	key      string
	delivery eventbus.Delivery
	md       event.Metadata
}

func (j *journal) add(ctx context.Context, e *todov1.TodoCreated) entry {
	d, _ := eventbus.DeliveryFrom(ctx)
	md, _ := event.MetadataFrom(ctx)
	one := entry{title: e.GetTitle(), key: e.GetTodoId(), delivery: d, md: md}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, one)
	return one
}

// titles lists what was handled, in order of the calls.
func (j *journal) titles() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]string, len(j.entries))
	for i, e := range j.entries {
		out[i] = e.title
	}
	return out
}

func (j *journal) all() []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}

func (j *journal) len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.entries)
}

// handler notes every event and handles it.
func (j *journal) handler(opts ...eventbus.HandlerOption) eventbus.Handler {
	return eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
		j.add(ctx, e)
		return nil
	}, opts...)
}

// todoID is a key.
func todoID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func created(key int, title string) *todov1.TodoCreated {
	return &todov1.TodoCreated{TodoId: todoID(key), UserId: todoID(9), Title: title}
}

// encode makes a record of an event.
func encode(t testing.TB, msg proto.Message, opts ...event.Option) event.Record {
	t.Helper()
	rec, err := event.Encode(context.Background(), msg, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// write writes one TodoCreated for each title, of key n.
func write(t testing.TB, b *cluster, key int, titles ...string) []eventbustest.Record {
	t.Helper()
	var recs []event.Record
	for _, title := range titles {
		recs = append(recs, encode(t, created(key, title)))
	}
	return b.Write(recs...)
}
