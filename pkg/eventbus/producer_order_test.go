package eventbus_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// producerInOrder checks that the log of a topic holds exactly the acknowledged
// events, each once, and each key's in the order of results. The event ids are
// producerID of a number that grows with the order.
func producerInOrder(t testing.TB, b *broker.Broker, topic string, results []eventbus.Result) {
	t.Helper()
	acked := map[string]bool{}
	for _, r := range results {
		if r.Err == nil {
			acked[r.Receipt.EventID] = true
		}
	}
	last := map[string]string{}
	where := map[string]int32{}
	for _, r := range producerLog(t, b, topic) {
		md, err := event.Head(producerEvent(r))
		if err != nil {
			t.Fatal(err)
		}
		if !acked[md.ID] {
			t.Errorf("event %s is in the log twice, or was not acknowledged", md.ID)
		}
		delete(acked, md.ID)
		key := string(r.Key)
		if before := last[key]; before >= md.ID {
			t.Errorf("key %s: %s comes after %s", key, md.ID, before)
		}
		if p, ok := where[key]; ok && p != r.Partition {
			t.Errorf("key %s is in partitions %d and %d", key, p, r.Partition)
		}
		last[key], where[key] = md.ID, r.Partition
	}
	if len(acked) > 0 {
		t.Errorf("%d acknowledged events are not in the log", len(acked))
	}
}

// producerOut is the n-th event of one of a few keys.
func producerOut(t testing.TB, n int) eventbus.Out {
	return eventbus.Out{
		Message: producerMessage(t, "OrderPlaced", "id", fmt.Sprint(n%5), "text", "x"),
		Options: []event.Option{event.WithID(producerID(n))},
	}
}

// Requests are refused, or applied and answered with an error, and sent again by
// the client meanwhile. (Both at once can make the client begin a new epoch,
// after which a record whose acknowledgement was lost may be written twice.)
func TestP5_PublishesOfAKeyStayInOrder(t *testing.T) {
	t.Parallel()
	const n = 2000
	ways := map[string]func(*testing.T, context.Context, *eventbus.Producer) []eventbus.Result{
		"PublishAsync": func(t *testing.T, ctx context.Context, p *eventbus.Producer) []eventbus.Result {
			var all []*eventbus.Pending
			for i := range n {
				out := producerOut(t, i)
				all = append(all, p.PublishAsync(ctx, out.Message, out.Options...))
			}
			results := make([]eventbus.Result, n)
			for i, pending := range all {
				results[i].Receipt, results[i].Err = pending.Wait(ctx)
			}
			return results
		},
		"PublishBatch": func(t *testing.T, ctx context.Context, p *eventbus.Producer) []eventbus.Result {
			outs := make([]eventbus.Out, n)
			for i := range outs {
				outs[i] = producerOut(t, i)
			}
			return p.PublishBatch(ctx, outs...)
		},
		"PublishAsync and PublishBatch": func(t *testing.T, ctx context.Context, p *eventbus.Producer) []eventbus.Result {
			var results []eventbus.Result
			var all []*eventbus.Pending
			for i := 0; i < n; i += 10 {
				for j := range 5 {
					out := producerOut(t, i+j)
					all = append(all, p.PublishAsync(ctx, out.Message, out.Options...))
				}
				var outs []eventbus.Out
				for j := 5; j < 10; j++ {
					outs = append(outs, producerOut(t, i+j))
				}
				results = append(results, p.PublishBatch(ctx, outs...)...)
			}
			for _, pending := range all {
				receipt, err := pending.Wait(ctx)
				results = append(results, eventbus.Result{Receipt: receipt, Err: err})
			}
			return results
		},
	}
	faults := map[string]*kerr.Error{
		"refused":                   kerr.NotEnoughReplicas,
		"applied, timed out":        kerr.RequestTimedOut,
		"applied, too few replicas": kerr.NotEnoughReplicasAfterAppend,
	}
	for name, way := range ways {
		for fault, code := range faults {
			t.Run(name+", "+fault, func(t *testing.T) {
				t.Parallel()
				b, p := producerShopOn(t, nil)
				b.Cluster().Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "orders", Partitions: []int32{2}, Err: code, Count: 3})
				results := way(t, producerCtx(t, time.Minute), p)
				if err := eventbus.FirstError(results); err != nil {
					t.Fatal(err)
				}
				producerInOrder(t, b, "orders", results)
			})
		}
	}
}

// The records of a batch that is too large are sent again, one by one, while
// others of the same keys are published. One that a later one of its key has
// overtaken meanwhile must be rejected.
func TestP5_OrderHoldsWhileRecordsAreSentAgain(t *testing.T) {
	t.Parallel()
	b, p := producerShopOn(t, map[string]string{"orders/max.message.bytes": "1200"})
	ctx := producerCtx(t, 60*time.Second)
	const n = 1500
	all := make([]*eventbus.Pending, n)
	for i := range all {
		msg := producerMessage(t, "OrderPlaced", "id", fmt.Sprint(i%5), "text", producerNoise(i, 200+i%300))
		all[i] = p.PublishAsync(ctx, msg, event.WithID(producerID(i)))
	}
	results := make([]eventbus.Result, n)
	rejected := 0
	for i, pending := range all {
		results[i].Receipt, results[i].Err = pending.Wait(ctx)
		if results[i].Err != nil {
			producerWant(t, results[i].Err, eventbus.ErrRejected)
			rejected++
		}
	}
	producerInOrder(t, b, "orders", results)
	if p.Stats().Resent == 0 {
		t.Error("nothing was sent again")
	}
	if rejected == n {
		t.Error("every event was rejected, though each is below the limit")
	}
	if err := p.Flush(ctx); err != nil {
		t.Error(err)
	}
	if s := p.Stats(); s.Outstanding != 0 || s.OutstandingBytes != 0 {
		t.Errorf("%d records, %d bytes are outstanding after Flush", s.Outstanding, s.OutstandingBytes)
	}
}

// Nothing is enqueued while a record is sent again: it could be written first.
func TestP5_NothingOvertakesARecordThatIsSentAgain(t *testing.T) {
	t.Parallel()
	b, p := producerShopOn(t, nil)
	again, answer := make(chan struct{}), make(chan struct{})
	b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		return producerAnswer(req, kerr.MessageTooLarge), nil, true
	})
	b.Cluster().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Cluster().DropControl()
		close(again)
		b.Cluster().SleepControl(func() { <-answer })
		return nil, nil, false
	})
	ctx := producerCtx(t, time.Minute)
	msg := func(text string) proto.Message { return producerMessage(t, "OrderPlaced", "id", "k", "text", text) }
	first := p.PublishAsync(ctx, msg("first"))
	<-again
	_, err := p.PublishAsync(producerCtx(t, 100*time.Millisecond), msg("overtakes")).Wait(ctx)
	producerWant(t, err, eventbus.ErrBackpressure)
	close(answer)
	if _, err := first.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Publish(ctx, msg("last")); err != nil {
		t.Fatal(err)
	}
	log := producerLog(t, b, "orders")
	if len(log) != 2 || !strings.Contains(string(log[0].Value), "first") || !strings.Contains(string(log[1].Value), "last") {
		t.Errorf("the log has %v, want first and last", log)
	}
}

// More is published at once than may be outstanding: callers wait inside, and
// go on when there is room.
func TestP4_AFullQueueIsWaitedOut(t *testing.T) {
	t.Parallel()
	b, p := producerLinked(t)
	ctx := producerCtx(t, 60*time.Second)
	copies := producerCopies(t, p)
	const callers, each = 4, 10_000
	failed := make([]error, callers)
	var most int64
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			failed[c] = eventbus.FirstError(copies.Batch(ctx, each))
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for {
		s := p.Stats()
		most = max(most, s.Outstanding)
		select {
		case <-done:
			for _, err := range failed {
				if err != nil {
					t.Error(err)
				}
			}
			// A taker may add its lot for a moment before it sees that there is no room.
			if most > s.OutstandingLimit+callers*64 {
				t.Errorf("%d records were outstanding, above %d", most, s.OutstandingLimit)
			}
			if ids := producerIDs(t, b, "todos"); len(ids) != callers*each {
				t.Errorf("%d records are in the log, want %d", len(ids), callers*each)
			}
			return
		case <-time.After(time.Millisecond): // a sample
		}
	}
}

// Without an answer from the broker the queue fills: what then waits for room
// returns at its context's end, was not sent, and costs no processor meanwhile.
func TestP4_NoRoomUntilTheContextEndsIsBackpressure(t *testing.T) {
	t.Parallel()
	machine := producerOnMachine(t)
	b, p := producerLinked(t)
	stall := producerStallOn(b)
	stall.on.Store(true)
	ctx := producerCtx(t, time.Minute)
	limit := int(p.Stats().OutstandingLimit)
	producerCopies(t, p).Async(ctx, limit)
	short := producerCtx(t, 300*time.Millisecond)
	end, _ := short.Deadline()
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			if i%2 == 0 {
				_, errs[i] = p.Publish(short, producerTodo(limit+i))
			} else {
				_, errs[i] = p.PublishAsync(short, producerTodo(limit+i)).Wait(t.Context())
			}
		})
	}
	wg.Wait()
	machine.late(t, "Publish", end)
	for _, err := range errs {
		if pe := producerWant(t, err, eventbus.ErrBackpressure); pe.EventID == "" || pe.Type != "TodoCreated" {
			t.Errorf("the error %v does not name its event", err)
		}
		if !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
			t.Errorf("the error %v does not say that its context ended", err)
		}
	}
	if got := p.Stats().Backpressure; got != uint64(len(errs)) {
		t.Errorf("stats count %d, want %d", got, len(errs))
	}
}

func TestP11_PlacementIsThatOfOtherClients(t *testing.T) {
	t.Parallel()
	// Computed with Java's org.apache.kafka.common.utils.Utils.murmur2, as
	// toPositive(murmur2(key)) % partitions.
	java := map[string]int32{"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "a-little-bit-longer-string": -1486304829, "abc": 479470107}
	b, p := producerShopOn(t, nil)
	ctx := producerCtx(t, time.Minute)
	keys := make([]string, 0, 300)
	for k := range java {
		keys = append(keys, k)
	}
	for i := range 200 {
		keys = append(keys, fmt.Sprintf("key-%d-%s", i, strings.Repeat("é", i%9)))
	}
	got := map[string]int32{}
	for _, key := range keys {
		receipt, err := p.Publish(ctx, producerMessage(t, "OrderPlaced", "id", key))
		if err != nil {
			t.Fatal(err)
		}
		got[key] = receipt.Partition
	}
	for key, hash := range java {
		if want := (hash & 0x7fffffff) % 3; got[key] != want {
			t.Errorf("key %q is in partition %d, Java's client puts it into %d", key, got[key], want)
		}
	}
	other, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	want := map[string]int32{}
	for _, key := range keys {
		r, err := other.ProduceSync(ctx, &kgo.Record{Topic: "orders", Key: []byte(key), Value: []byte("{}")}).First()
		if err != nil {
			t.Fatal(err)
		}
		want[key] = r.Partition
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("partitions (-franz-go +ours):\n%s", diff)
	}
}

func TestP11_AKeyedContractNeedsAKey(t *testing.T) {
	t.Parallel()
	b, p := producerShopOn(t, nil)
	ctx := producerCtx(t, time.Minute)
	_, err := p.Publish(ctx, producerMessage(t, "OrderPlaced", "text", "x"))
	producerWant(t, err, eventbus.ErrInvalid)
	if !strings.Contains(err.Error(), "id") {
		t.Errorf("%v does not name the key's field", err)
	}
	if _, err := p.Publish(ctx, producerMessage(t, "Ping", "text", "x")); err != nil {
		t.Fatal(err)
	}
	if log := producerLog(t, b, "pings"); len(log) != 1 || log[0].Key != nil {
		t.Errorf("an unkeyed event is %v, want one record without key", log)
	}
	if log := producerLog(t, b, "orders"); len(log) != 0 {
		t.Errorf("%d records without key were sent", len(log))
	}
}
