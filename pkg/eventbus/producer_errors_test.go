package eventbus_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func TestG3_TheBrokersAnswersAreClassified(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		answer *kerr.Error
		want   error
	}{
		"record too large":       {kerr.MessageTooLarge, eventbus.ErrRejected},
		"invalid record":         {kerr.InvalidRecord, eventbus.ErrRejected},
		"topic not authorized":   {kerr.TopicAuthorizationFailed, eventbus.ErrRejected},
		"cluster not authorized": {kerr.ClusterAuthorizationFailed, eventbus.ErrRejected},
		"server error":           {kerr.UnknownServerError, eventbus.ErrIndeterminate},
		"policy violation":       {kerr.PolicyViolation, eventbus.ErrIndeterminate},
		"invalid timestamp":      {kerr.InvalidTimestamp, eventbus.ErrIndeterminate},
		"unsupported format":     {kerr.UnsupportedForMessageFormat, eventbus.ErrIndeterminate},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := producerLinked(t)
			b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "todos", Err: row.answer, Count: -1})
			ctx := producerCtx(t, time.Minute)
			_, err := p.Publish(ctx, producerTodo(1), event.WithID(producerID(7)))
			if pe := producerWant(t, err, row.want); pe.EventID != producerID(7) || pe.Type != "TodoCreated" || pe.Topic != "todos" {
				t.Errorf("the error names %q %q of topic %q", pe.Type, pe.EventID, pe.Topic)
			}
			_, err = p.PublishAsync(ctx, producerTodo(1)).Wait(ctx)
			producerWant(t, err, row.want)
			producerWant(t, p.PublishBatch(ctx, eventbus.Outs(producerTodo(1))...)[0].Err, row.want)
		})
	}
}

// A request was lost before the rejection, so it may have been the first
// attempt that wrote the record.
func TestG3_ARejectionAfterALostConnectionProvesNothing(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	ctx := producerCtx(t, time.Minute)
	// The broker hangs up on the first attempt and rejects the second.
	b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.TopicAuthorizationFailed, Count: -1})
		return nil, io.ErrUnexpectedEOF, true
	})
	_, err := p.Publish(ctx, producerTodo(1))
	producerWant(t, err, eventbus.ErrIndeterminate)
	if !strings.Contains(err.Error(), "authorization") {
		t.Errorf("%v does not tell the cause", err)
	}
	if p.Stats().ConnectionErrors == 0 {
		t.Error("the lost connection was not counted")
	}
}

// The client makes some attempts again without a word: the one before the refusal
// may have written the record of a topic that took others.
func TestG3_ARightThatIsLostProvesNothing(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	ctx := producerCtx(t, time.Minute)
	if _, err := p.Publish(ctx, producerTodo(0)); err != nil {
		t.Fatal(err)
	}
	b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	_, err := p.Publish(ctx, producerTodo(1))
	producerWant(t, err, eventbus.ErrIndeterminate)
	if !strings.Contains(err.Error(), "no right to write") {
		t.Errorf("%v does not name the right", err)
	}
}

func TestG3_NotSentMatchesOneSentinelAndNamesTheEvent(t *testing.T) {
	t.Parallel()
	b := producerBroker(t, event.Linked(), nil)
	open, closed := producerOn(t, b), producerOn(t, b)
	if err := closed.Close(producerCtx(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	rec, err := event.Encode(t.Context(), producerTodo(1), event.WithID(producerID(9)))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]struct {
		p    *eventbus.Producer
		ctx  context.Context
		msg  proto.Message
		want error
	}{
		"context ended": {open, ended, producerTodo(1), eventbus.ErrBackpressure},
		"closed":        {closed, t.Context(), producerTodo(1), eventbus.ErrClosed},
		"both":          {closed, ended, producerTodo(1), eventbus.ErrClosed},
		"invalid":       {open, t.Context(), &todov1.TodoCreated{TodoId: "x"}, eventbus.ErrInvalid},
		"typed nil":     {open, t.Context(), (*todov1.TodoCreated)(nil), eventbus.ErrInvalid},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			named := func(err error) {
				if pe := producerWant(t, err, row.want); pe.Type != "TodoCreated" || pe.Topic != "todos" {
					t.Errorf("%v names type %q, topic %q", err, pe.Type, pe.Topic)
				}
			}
			_, err := row.p.Publish(row.ctx, row.msg)
			named(err)
			_, err = row.p.PublishAsync(row.ctx, row.msg).Wait(row.ctx)
			named(err)
			for _, r := range row.p.PublishBatch(row.ctx, eventbus.Outs(row.msg, row.msg)...) {
				named(r.Err)
			}
			if errors.Is(row.want, eventbus.ErrInvalid) {
				return // the record is a valid one
			}
			_, err = row.p.PublishTombstone(row.ctx, row.msg)
			named(err)
			_, err = row.p.PublishRecord(row.ctx, rec)
			named(err)
			if pe := producerWant(t, err, row.want); pe.EventID != producerID(9) {
				t.Errorf("the error of a record names event %q", pe.EventID)
			}
		})
	}
	for _, msg := range []proto.Message{nil, &todov1.TodoCreated{}, producerMessage(t, "Ping")} {
		_, err := open.Publish(t.Context(), msg)
		producerWant(t, err, eventbus.ErrInvalid)
	}
	t.Run("nothing was sent", func(t *testing.T) {
		if ids := producerIDs(t, b, "todos"); len(ids) != 0 {
			t.Errorf("the log has %v", ids)
		}
	})
}

func TestG4_CallsReturnWithTheirContext(t *testing.T) {
	t.Parallel()
	machine := producerOnMachine(t)
	rows := map[string]func(context.Context, *eventbus.Producer) []error{
		"Publish": func(ctx context.Context, p *eventbus.Producer) []error {
			_, err := p.Publish(ctx, producerMessage(t, "OrderPlaced", "id", "1"))
			return []error{err}
		},
		"PublishBatch": func(ctx context.Context, p *eventbus.Producer) (errs []error) {
			// More bytes than may be outstanding.
			large := producerMessage(t, "OrderPlaced", "id", "1", "text", strings.Repeat("x", 900_000))
			for _, r := range p.PublishBatch(ctx, eventbus.Outs(slices.Repeat([]proto.Message{large}, 200)...)...) {
				errs = append(errs, r.Err)
			}
			return errs
		},
		"Wait": func(ctx context.Context, p *eventbus.Producer) []error {
			_, err := p.PublishAsync(ctx, producerMessage(t, "OrderPlaced", "id", "1")).Wait(ctx)
			return []error{err}
		},
	}
	for name, call := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := producerShopOn(t, nil)
			producerStallOn(b).on.Store(true)
			ctx := producerCtx(t, time.Second)
			end, _ := ctx.Deadline()
			errs := call(ctx, p)
			machine.late(t, name, end)
			sent, unsent := 0, 0
			for _, err := range errs {
				if errors.Is(err, eventbus.ErrBackpressure) {
					unsent++
					producerWant(t, err, eventbus.ErrBackpressure)
					continue
				}
				sent++
				if unsent > 0 {
					t.Fatal("an event was sent after one that was not")
				}
				producerWant(t, err, eventbus.ErrIndeterminate)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("%v does not tell that its context ended", err)
				}
			}
			if sent == 0 || len(errs) > 1 && unsent == 0 {
				t.Errorf("%d events are indeterminate, %d were not sent", sent, unsent)
			}
		})
	}
}

func TestG4_CloseReturnsWithItsContext(t *testing.T) {
	t.Parallel()
	machine := producerOnMachine(t)
	b, p := producerLinked(t)
	producerStallOn(b).on.Store(true)
	var pending []*eventbus.Pending
	for i := range 100 {
		pending = append(pending, p.PublishAsync(t.Context(), producerTodo(i)))
	}
	blocked := make(chan error, 1)
	go func() {
		_, err := p.Publish(context.Background(), producerTodo(100))
		blocked <- err
	}()
	producerWaitFor(t, "everything to be enqueued", func() bool { return p.Stats().Outstanding == 101 })
	ctx := producerCtx(t, 200*time.Millisecond)
	end, _ := ctx.Deadline()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			err := p.Close(ctx)
			machine.late(t, "Close", end)
			if !errors.Is(err, eventbus.ErrCloseTimeout) {
				t.Errorf("Close = %v, want ErrCloseTimeout", err)
			}
		})
	}
	wg.Wait()
	for _, one := range pending {
		_, err := one.Wait(producerCtx(t, time.Minute))
		producerWant(t, err, eventbus.ErrIndeterminate)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v: the outcome was not told by Close", err)
		}
	}
	producerWant(t, <-blocked, eventbus.ErrIndeterminate)
	_, err := p.Publish(t.Context(), producerTodo(1))
	producerWant(t, err, eventbus.ErrClosed)
}

// The client ends only when its log was written, and the log's writer blocks.
func TestG4_CloseReturnsThoughTheClientCannotEnd(t *testing.T) {
	t.Parallel()
	machine := producerOnMachine(t)
	log := producerBlocking{Handler: slog.DiscardHandler, entered: make(chan struct{}), free: make(chan struct{}), once: &sync.Once{}}
	_, p := producerLinked(t, func(c *eventbus.ProducerConfig) {
		c.Config = map[string]string{"debug": "msg"}
		c.Logger = slog.New(log)
	})
	t.Cleanup(func() { close(log.free) }) // before the producer is closed again
	<-log.entered
	if _, err := p.Publish(producerCtx(t, time.Minute), producerTodo(1)); err != nil {
		t.Fatal(err)
	}
	ctx := producerCtx(t, 50*time.Millisecond)
	end, _ := ctx.Deadline()
	err := p.Close(ctx)
	machine.late(t, "Close", end)
	if !errors.Is(err, eventbus.ErrCloseTimeout) {
		t.Errorf("Close = %v, want ErrCloseTimeout", err)
	}
	_, err = p.Publish(t.Context(), producerTodo(1))
	producerWant(t, err, eventbus.ErrClosed)
}

func TestP3_WhatMayHaveBeenWrittenIsIndeterminate(t *testing.T) {
	t.Parallel()
	t.Run("message timeout", func(t *testing.T) {
		t.Parallel()
		b, p := producerLinked(t, func(c *eventbus.ProducerConfig) { c.MessageTimeout = 500 * time.Millisecond })
		producerStallOn(b).on.Store(true)
		_, err := p.Publish(producerCtx(t, time.Minute), producerTodo(1))
		producerWant(t, err, eventbus.ErrIndeterminate)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v: the message timeout did not end it", err)
		}
	})
	t.Run("broker gone", func(t *testing.T) {
		t.Parallel()
		b, p := producerLinked(t, func(c *eventbus.ProducerConfig) { c.MessageTimeout = 2 * time.Second })
		ctx := producerCtx(t, time.Minute)
		if _, err := p.Publish(ctx, producerTodo(0)); err != nil {
			t.Fatal(err)
		}
		b.Close()
		results := p.PublishBatch(ctx, eventbus.Outs(producerTodo(1), producerTodo(2))...)
		for _, r := range results {
			producerWant(t, r.Err, eventbus.ErrIndeterminate)
		}
	})
	t.Run("every attempt loses its connection", func(t *testing.T) {
		t.Parallel()
		b, p := producerLinked(t, func(c *eventbus.ProducerConfig) { c.MessageTimeout = 2 * time.Second })
		b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
			b.Cluster().KeepControl()
			return nil, io.ErrUnexpectedEOF, true
		})
		_, err := p.Publish(producerCtx(t, time.Minute), producerTodo(1))
		producerWant(t, err, eventbus.ErrIndeterminate)
	})
	t.Run("context end", func(t *testing.T) {
		t.Parallel()
		b, p := producerLinked(t)
		stall := producerStallOn(b)
		stall.on.Store(true)
		ctx, cancel := context.WithCancel(t.Context())
		pending := p.PublishAsync(ctx, producerTodo(1))
		cancel()
		_, err := pending.Wait(ctx)
		producerWant(t, err, eventbus.ErrIndeterminate)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not tell that its context was canceled", err)
		}
	})
}

// unknownSoon has the client give up on a topic that it does not know within
// moments, instead of 30 s: see TestP14_TheClientGivesUpOnATopicInTime.
func unknownSoon(c *eventbus.ProducerConfig) {
	c.Config = map[string]string{"topic.metadata.propagation.max.ms": "300"}
}

func TestP14_AnUnknownTopicIsRejectedAndNeverCreated(t *testing.T) {
	t.Parallel()
	b, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: "reminders", Partitions: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	p := producerOn(t, b, unknownSoon)
	ctx := producerCtx(t, 60*time.Second)
	start := time.Now()
	_, err = p.Publish(ctx, producerTodo(1))
	if took := time.Since(start); took > 35*time.Second {
		t.Errorf("told after %s, above 35 s", took)
	}
	producerWant(t, err, eventbus.ErrRejected)
	if !strings.Contains(err.Error(), `topic "todos" does not exist: create it with eventctl topics apply`) {
		t.Errorf("%v does not name the command that creates the topic", err)
	}
	_, err = p.PublishAsync(ctx, producerTodo(2)).Wait(ctx) // the client refuses it at once
	producerWant(t, err, eventbus.ErrRejected)
	if !strings.Contains(err.Error(), "eventctl topics apply") {
		t.Errorf("%v does not name the command that creates the topic", err)
	}
	if _, ok := b.Topic("todos"); ok {
		t.Error("the topic was created by use")
	}
	// Room that refusals kept would run out, and publishes to other topics with it (P4).
	for start := time.Now(); p.Stats().Outstanding != 0 || p.Stats().OutstandingBytes != 0; time.Sleep(time.Millisecond) { //nolint:forbidigo // between two looks at a state
		if time.Since(start) > 10*time.Second {
			t.Fatalf("what was refused is still outstanding: %+v", p.Stats())
		}
	}
	// It can be used once it is there.
	plan := topicplan.ForSource(producerTopic(t, "todos"))
	if err := b.CreateTopic(broker.Topic{Name: plan.Name, Partitions: plan.Partitions}); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err = p.Publish(ctx, producerTodo(3)); err == nil {
			return
		}
		if !errors.Is(err, eventbus.ErrRejected) {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("after the topic was created: %v", err)
		case <-time.After(50 * time.Millisecond): // the client asks for metadata in its own time
		}
	}
}

func producerTopic(t testing.TB, name string) *event.Topic {
	t.Helper()
	topic, ok := event.Linked().Topic(name)
	if !ok {
		t.Fatalf("no contract declares topic %q", name)
	}
	return topic
}

// The message timeout, if it is short, must not hide that the topic is missing.
func TestP14_AnUnknownTopicIsToldBeforeAShortMessageTimeout(t *testing.T) {
	t.Parallel()
	b, err := broker.Start(broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	p := producerOn(t, b, func(c *eventbus.ProducerConfig) { c.MessageTimeout = 4 * time.Second })
	_, err = p.Publish(producerCtx(t, time.Minute), producerTodo(1))
	producerWant(t, err, eventbus.ErrRejected)
}

// A topic that existed may hold the record, and be gone since.
func TestP14_ATopicThatIsGoneIsIndeterminate(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t, unknownSoon)
	ctx := producerCtx(t, time.Minute)
	if _, err := p.Publish(ctx, producerTodo(1)); err != nil {
		t.Fatal(err)
	}
	if err := b.Cluster().DeleteTopic("todos"); err != nil {
		t.Fatal(err)
	}
	for {
		_, err := p.Publish(ctx, producerTodo(1))
		producerWant(t, err, eventbus.ErrIndeterminate)
		if strings.Contains(err.Error(), `topic "todos" does not exist`) {
			return
		}
		// The client's connection to the address that it began with may end just now, and
		// fails what is under way with an error of its own.
		if !strings.Contains(err.Error(), "Broker handle destroyed") || ctx.Err() != nil {
			t.Fatalf("%v does not tell the cause", err)
		}
	}
}
