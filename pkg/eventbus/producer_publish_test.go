package eventbus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func TestP2_AReceiptTellsWhereTheEventIs(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	ctx := producerCtx(t, time.Minute)
	before := time.Now().Add(-time.Second)
	for n := range 5 {
		msg := producerTodo(n)
		got, err := p.Publish(ctx, msg)
		if err != nil {
			t.Fatal(err)
		}
		var at *kgo.Record
		for _, r := range producerLog(t, b, "todos") {
			if r.Partition == got.Partition && r.Offset == got.Offset {
				at = r
			}
		}
		if at == nil {
			t.Fatalf("nothing is at %+v", got)
		}
		md, read, err := event.Decode(producerEvent(at))
		if err != nil {
			t.Fatal(err)
		}
		msg.Priority = proto.String("medium") // its default
		if diff := cmp.Diff(msg, read, protocmp.Transform()); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
		if got.EventID != md.ID || md.Source != producerSource || got.Topic != "todos" || string(at.Key) != msg.TodoId {
			t.Errorf("receipt %+v of metadata %+v with key %q", got, md, at.Key)
		}
		if !got.Timestamp.Equal(at.Timestamp) || got.Timestamp.Before(before) {
			t.Errorf("receipt's time is %s, the record's %s", got.Timestamp, at.Timestamp)
		}
	}
}

func TestG2_SuccessIsNotToldBeforeTheAcknowledgement(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	answer := make(chan struct{})
	asked := make(chan struct{})
	b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		close(asked)
		b.Cluster().DropControl()
		b.Cluster().SleepControl(func() { <-answer })
		return nil, nil, false
	})
	pending := p.PublishAsync(producerCtx(t, time.Minute), producerTodo(1))
	published := make(chan error, 1)
	flushed := make(chan error, 1)
	ctx := producerCtx(t, time.Minute)
	go func() {
		_, err := pending.Wait(ctx)
		published <- err
	}()
	go func() { flushed <- p.Flush(ctx) }()
	<-asked
	select {
	case err := <-published:
		t.Errorf("Wait returned %v before the broker had answered", err)
	case err := <-flushed:
		t.Errorf("Flush returned %v before the broker had answered", err)
	case <-time.After(100 * time.Millisecond): // the time that a wrong answer would need
	}
	close(answer)
	if err := <-published; err != nil {
		t.Error(err)
	}
	if err := <-flushed; err != nil {
		t.Error(err)
	}
	if ids := producerIDs(t, b, "todos"); len(ids) != 1 {
		t.Errorf("%d records are in the log, want 1", len(ids))
	}
}

// A broker that has the record already answers with an error which the client
// takes for success, without an offset.
func TestP2_ADuplicateOfOursHasNoOffset(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		return producerAnswer(req, kerr.DuplicateSequenceNumber), nil, true
	})
	got, err := p.Publish(producerCtx(t, time.Minute), producerTodo(1))
	if err != nil {
		t.Fatal(err)
	}
	if got.Offset != -1 || got.EventID == "" {
		t.Errorf("receipt %+v, want offset -1", got)
	}
}

// The broker appends, and says that it did not: the client sends again.
func TestP8_TheEventIDIsTheSameOnEveryAttempt(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]*kerr.Error{
		"applied, answered with a timeout": kerr.RequestTimedOut,
		"applied, too few replicas":        kerr.NotEnoughReplicasAfterAppend,
		"refused, to be tried again":       kerr.NotEnoughReplicas,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := producerLinked(t)
			b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "todos", Err: fault, Count: 2})
			got, err := p.Publish(producerCtx(t, time.Minute), producerTodo(1))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{got.EventID}, producerIDs(t, b, "todos")); diff != "" {
				t.Errorf("ids in the log (-want +got):\n%s", diff)
			}
		})
	}
}

func TestP9_IndeterminateIsNotRetriedUnlessAsked(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	rec, err := event.Encode(t.Context(), producerTodo(1), event.WithSource("outbox"))
	if err != nil {
		t.Fatal(err)
	}
	md, err := event.Head(rec)
	if err != nil {
		t.Fatal(err)
	}
	// A server error may come after the append, and is not retried by the client.
	b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "todos", Err: kerr.UnknownServerError, Count: 1})
	_, err = p.PublishRecord(producerCtx(t, time.Minute), rec)
	if pe := producerWant(t, err, eventbus.ErrIndeterminate); pe.EventID != md.ID || pe.Type != "TodoCreated" || pe.Topic != "todos" {
		t.Errorf("the error names %q %q of topic %q, want %q TodoCreated of todos", pe.EventID, pe.Type, pe.Topic, md.ID)
	}
	if ids := producerIDs(t, b, "todos"); len(ids) != 0 {
		t.Fatalf("the log has %v: it was sent again by itself", ids)
	}
	got, err := p.PublishRecord(producerCtx(t, time.Minute), rec)
	if err != nil {
		t.Fatal(err)
	}
	if got.EventID != md.ID {
		t.Errorf("published again as %q, want %q", got.EventID, md.ID)
	}
	if diff := cmp.Diff([]string{md.ID}, producerIDs(t, b, "todos")); diff != "" {
		t.Errorf("ids in the log (-want +got):\n%s", diff)
	}
}

func TestP13_PublishBatchReturnsOneResultPerMessage(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	bad := map[int]bool{0: true, 63: true, 64: true, 500: true, 999: true}
	outs := make([]eventbus.Out, 1000)
	for n := range outs {
		msg := producerTodo(n)
		if bad[n] {
			msg.Title = "" // breaks a rule
		}
		outs[n] = eventbus.Out{Message: msg, Options: []event.Option{event.WithID(producerID(n))}}
	}
	results := p.PublishBatch(producerCtx(t, time.Minute), outs...)
	if len(results) != len(outs) {
		t.Fatalf("%d results of %d messages", len(results), len(outs))
	}
	var want []string
	for n, r := range results {
		if bad[n] {
			if pe := producerWant(t, r.Err, eventbus.ErrInvalid); pe.EventID != producerID(n) || pe.Type != "TodoCreated" {
				t.Errorf("the error of message %d names %q %q", n, pe.Type, pe.EventID)
			}
			continue
		}
		want = append(want, producerID(n))
		if r.Err != nil || r.Receipt.EventID != producerID(n) {
			t.Errorf("result %d: %+v", n, r)
		}
	}
	got := producerIDs(t, b, "todos")
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ids in the log (-want +got):\n%s", diff)
	}
	producerWant(t, eventbus.FirstError(results), eventbus.ErrInvalid)
	if err := eventbus.FirstError(results[1:63]); err != nil {
		t.Errorf("FirstError of acknowledged events = %v", err)
	}
	if none := p.PublishBatch(t.Context()); len(none) != 0 {
		t.Errorf("an empty batch has the results %v", none)
	}
}

// The broker refuses a whole batch that is too large for it. The client's batches
// are therefore below the limit, where it is known, and else the records of a
// refused batch are sent again alone.
func TestP13_OneRecordTooLargeForTheClusterFailsAlone(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		events bool
		resent uint64
	}{
		"limit read at start":   {events: true, resent: 1},
		"limit met by refusals": {events: false, resent: 300},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p := producerShopOn(t, map[string]string{"orders/max.message.bytes": "1200"}, func(c *eventbus.ProducerConfig) {
				if row.events {
					c.Events = []proto.Message{producerMessage(t, "OrderPlaced")}
				}
			})
			const n, large = 300, 150
			outs := make([]eventbus.Out, n)
			for i := range outs {
				size := 600
				if i == large {
					size = 20_000
				}
				outs[i] = eventbus.Out{
					Message: producerMessage(t, "OrderPlaced", "id", fmt.Sprint(i), "text", producerNoise(i, size)),
					Options: []event.Option{event.WithID(producerID(i))},
				}
			}
			results := p.PublishBatch(producerCtx(t, time.Minute), outs...)
			for i, r := range results {
				if i == large {
					producerWant(t, r.Err, eventbus.ErrRejected)
				} else if r.Err != nil {
					t.Errorf("event %d: %v", i, r.Err)
				}
			}
			// The large one is sent again alone too: that it alone is too large is not known.
			if got := p.Stats().Resent; got == 0 || got > row.resent || (!row.events && got == 1) {
				t.Errorf("%d records were sent again", got)
			}
			producerInOrder(t, b, "orders", results)
		})
	}
}

// producerNoise is text that hardly compresses.
func producerNoise(seed, n int) string {
	out := make([]byte, n)
	x := uint64(88172645463325252 + seed)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[x%64]
	}
	return string(out)
}

func TestPublishAsync_WaitTellsTheOutcomeAgain(t *testing.T) {
	t.Parallel()
	_, p := producerLinked(t)
	ctx := producerCtx(t, time.Minute)
	pending := p.PublishAsync(ctx, producerTodo(1))
	first, err := pending.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	again, err := pending.Wait(ended)
	if err != nil || again != first {
		t.Errorf("the second Wait = %+v, %v, want %+v", again, err, first)
	}
	bad := p.PublishAsync(ctx, &todov1.TodoCreated{})
	for range 2 {
		_, err = bad.Wait(ended)
		producerWant(t, err, eventbus.ErrInvalid)
	}
}

func TestFlush_WaitsForEverythingOutstanding(t *testing.T) {
	t.Parallel()
	machine := producerOnMachine(t)
	b, p := producerLinked(t)
	ctx := producerCtx(t, time.Minute)
	const n = 3000
	for i := range n {
		p.PublishAsync(ctx, producerTodo(i))
	}
	if err := p.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if ids := producerIDs(t, b, "todos"); len(ids) != n {
		t.Errorf("%d records are in the log after Flush, want %d", len(ids), n)
	}
	if s := p.Stats(); s.Outstanding != 0 || s.Acknowledged != n {
		t.Errorf("stats after Flush: %+v", s)
	}

	stall := producerStallOn(b)
	stall.on.Store(true)
	p.PublishAsync(ctx, producerTodo(n))
	short := producerCtx(t, 50*time.Millisecond)
	err := p.Flush(short)
	end, _ := short.Deadline()
	machine.late(t, "Flush", end)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Flush with an outstanding record = %v, want its context's error", err)
	}
}

func TestPublishTombstone(t *testing.T) {
	t.Parallel()
	b, p := producerShopOn(t, nil)
	ctx := producerCtx(t, time.Minute)
	if _, err := p.Publish(ctx, producerMessage(t, "CartState", "id", "a")); err != nil {
		t.Fatal(err)
	}
	got, err := p.PublishTombstone(ctx, producerMessage(t, "CartState", "id", "a"))
	if err != nil {
		t.Fatal(err)
	}
	log := producerLog(t, b, "state")
	if len(log) != 2 {
		t.Fatalf("%d records, want 2", len(log))
	}
	last := log[1]
	if last.Partition != log[0].Partition || last.Value != nil || string(last.Key) != "a" || len(last.Headers) != 0 {
		t.Errorf("the tombstone is key %q value %q headers %v in partition %d, the event in %d", last.Key, last.Value, last.Headers, last.Partition, log[0].Partition)
	}
	if got.EventID != "" || got.Topic != "state" || got.Offset != last.Offset {
		t.Errorf("receipt %+v", got)
	}
	for name, msg := range map[string]proto.Message{
		"no key":      producerMessage(t, "CartState"),
		"unkeyed":     producerMessage(t, "Ping"),
		"nil":         nil,
		"typed nil":   (*todov1.TodoCreated)(nil),
		"no contract": &todov1.TodoCreated{},
	} {
		_, err := p.PublishTombstone(ctx, msg)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		producerWant(t, err, eventbus.ErrInvalid)
	}
}
