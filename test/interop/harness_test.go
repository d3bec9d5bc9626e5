//go:build interop

package interop_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

const (
	todoID = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"
	userID = "16d3ef8c-6b9f-477e-963a-647678e081ce"
	noteID = "3bef3d62-1869-4156-912c-d74879a3549f"

	ids  = `"todo_id": "` + todoID + `", "user_id": "` + userID + `"`
	note = `"reminder_id": "` + noteID + `", ` + ids
)

// payload is a message from its JSON.
func payload[M proto.Message](t *testing.T, text string) M {
	t.Helper()
	var none M
	m := none.ProtoReflect().New().Interface().(M)
	if err := protojson.Unmarshal([]byte("{"+text+"}"), m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

// producer is one of the bus on the package's cluster.
func producer(t *testing.T) *eventbus.Producer {
	t.Helper()
	return producerWith(t, nil)
}

func producerWith(t *testing.T, config map[string]string) *eventbus.Producer {
	t.Helper()
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: interop.Brokers()}, Source: "todo-api", Config: config, Logger: logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

func publish(t *testing.T, p *eventbus.Producer, msg proto.Message, opts ...event.Option) eventbus.Receipt {
	t.Helper()
	receipt, err := p.Publish(t.Context(), msg, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// handled is what handlers of a consumer got, by event id.
type handled struct {
	mu     sync.Mutex
	events map[string][]got
}

type got struct {
	msg       proto.Message
	md        event.Metadata
	partition int32
	offset    int64
}

func newHandled() *handled { return &handled{events: map[string][]got{}} }

func (h *handled) add(ctx context.Context, msg proto.Message) error {
	md, _ := event.MetadataFrom(ctx)
	d, _ := eventbus.DeliveryFrom(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events[md.ID] = append(h.events[md.ID], got{msg, md, d.Partition, d.Offset})
	return nil
}

// of waits for the event of an id.
func (h *handled) of(t *testing.T, id string) got {
	t.Helper()
	var out got
	eventually(t, "event "+id+" is handled", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		if list := h.events[id]; len(list) > 0 {
			out = list[0]
			return true
		}
		return false
	})
	return out
}

func (h *handled) has(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.events[id]) > 0
}

// on makes a handler that notes every M.
func on[M proto.Message](h *handled) eventbus.Handler {
	return eventbus.Handle(func(ctx context.Context, m M) error { return h.add(ctx, m) })
}

// rest are handlers of all events of the shared topics but TodoCreated.
func rest(h *handled) []eventbus.Handler {
	return []eventbus.Handler{
		on[*todov1.TodoUpdated](h),
		on[*todov1.TodoCompleted](h),
		on[*todov1.TodoUncompleted](h),
		on[*todov1.TodoDeleted](h),
		on[*todov1.TodoPrioritized](h),
		on[*reminderv1.ReminderCreated](h),
		on[*reminderv1.ReminderTriggered](h),
		on[*reminderv1.ReminderSnoozed](h),
		on[*reminderv1.ReminderDismissed](h),
		on[*reminderv1.ReminderCancelled](h),
	}
}

// shared are groups that read all of them.
func shared(names ...string) []interop.Group {
	var out []interop.Group
	for _, name := range names {
		out = append(out, interop.Group{Name: name, Handles: []string{
			"TodoCreated", "TodoUpdated", "TodoCompleted", "TodoUncompleted", "TodoDeleted", "TodoPrioritized",
			"ReminderCreated", "ReminderTriggered", "ReminderSnoozed", "ReminderDismissed", "ReminderCancelled",
		}})
	}
	return out
}

// running is a consumer whose Run is under way.
type running struct {
	*eventbus.Consumer
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

// consume runs a consumer. At the test's end it must have stopped cleanly,
// unless its end was asked for.
func consume(t *testing.T, cfg eventbus.ConsumerConfig) *running {
	t.Helper()
	cfg.Connection.Brokers, cfg.Logger = interop.Brokers(), logger(t)
	c, err := eventbus.NewConsumer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Consumer: c, t: t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- c.Run(ctx) }()
	t.Cleanup(func() {
		if err := r.end(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return r
}

// end stops the consumer and returns Run's error. A second call returns nil.
func (r *running) end() error {
	r.t.Helper()
	r.stop()
	return r.ended()
}

// ended waits for the end of Run.
func (r *running) ended() error {
	r.t.Helper()
	select {
	case err, first := <-r.done:
		if first {
			close(r.done)
		}
		return err
	case <-time.After(40 * time.Second):
		r.t.Fatal("Run does not end")
		return nil
	}
}

func logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(testWriter{t}, nil))
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

// eventually waits until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 s", what)
		}
		time.Sleep(5 * time.Millisecond) //nolint:forbidigo // between two looks at a state
	}
}

// times makes two ways to print one time equal.
var times = cmp.Transformer("times", func(s string) any {
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at.UnixNano()
	}
	return []byte(s)
})

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}
