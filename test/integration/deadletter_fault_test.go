package integration_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// answerLetters asks f at each request that writes dead letters what to answer:
// nil lets it pass. f may wait within SleepControl.
func answerLetters(b *faulty, f func() *kerr.Error) {
	b.fake.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.fake.Cluster().KeepControl()
		r := req.(*kmsg.ProduceRequest)
		if len(r.Topics) == 0 || r.Topics[0].Topic != dlq {
			return nil, nil, false
		}
		refusal := f()
		if refusal == nil {
			return nil, nil, false
		}
		resp := r.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range r.Topics {
			rt := kmsg.NewProduceResponseTopic()
			rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				rp := kmsg.NewProduceResponseTopicPartition()
				rp.Partition, rp.ErrorCode, rp.BaseOffset = p.Partition, refusal.Code, -1
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
}

// refuseDead refuses the events that are called dead, and notes the others.
func refuseDead(j *journal) eventbus.Handler {
	return eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
		if strings.HasPrefix(e.GetTitle(), "dead") {
			return eventbus.Permanent(errors.New("refused"))
		}
		j.add(ctx, e)
		return nil
	})
}

func TestD4_NoCommitCoversADeadLetterThatIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var held, opened atomic.Bool
	gate := make(chan struct{})
	answerLetters(b, func() *kerr.Error {
		held.Store(true)
		b.fake.Cluster().SleepControl(func() { <-gate })
		return nil
	})
	watchCommits(b, func(c commit) {
		if c.topic == "todos" && c.partition == 0 && c.offset > 0 && !opened.Load() {
			t.Errorf("offset %d was committed before the dead letter of 0 was acknowledged", c.offset)
		}
	})
	c := client(t, b.Brokers())
	produce(t, c, raw(t, 0, 1, "dead"), raw(t, 0, 1, "behind it"), raw(t, 0, 2, "other key"), raw(t, 1, 3, "other partition"))
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{refuseDead(&j)}})
	eventually(t, "the dead letter is on its way, others are handled and committed", func() bool {
		return held.Load() && j.len() == 2 && b.Committed(group, "todos")[1] == 1
	})
	// A further commit leaves it out too.
	produce(t, c, raw(t, 1, 3, "later"))
	eventually(t, "another commit", func() bool { return b.Committed(group, "todos")[1] == 2 })
	if got := b.Committed(group, "todos")[0]; got != 0 {
		t.Errorf("committed %d", got)
	}
	opened.Store(true)
	close(gate)
	eventually(t, "committed", func() bool { return b.Committed(group, "todos")[0] == 3 })
	read(t, b.Brokers(), dlq, 1)
	if got := j.titles(); len(got) != 4 {
		t.Errorf("handled %v", got)
	}
}

// A batch that is too large fails as a whole, and those in it are tried again as
// they are: once each of them lost its error.
func TestD3_ALetterInABatchThatIsTooLargeKeepsItsDetails(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var refused atomic.Bool
	answerLetters(b, func() *kerr.Error {
		if refused.CompareAndSwap(false, true) {
			return kerr.MessageTooLarge
		}
		return nil
	})
	produce(t, client(t, b.Brokers()), raw(t, 0, 1, "dead"))
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{refuseDead(&j)}})
	letter := read(t, b.Brokers(), dlq, 1)[0]
	if !refused.Load() || !strings.Contains(header(letter, "dlq-error"), "refused") {
		t.Errorf("refused: %v; the letter's error is %q", refused.Load(), header(letter, "dlq-error"))
	}
}

func TestD5_AFailingDeadLetterIsTriedUntilItIsWritten(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var tries atomic.Int32
	var open atomic.Bool
	answerLetters(b, func() *kerr.Error {
		tries.Add(1)
		if open.Load() {
			return nil
		}
		return kerr.InvalidRecord
	})
	produce(t, client(t, b.Brokers()), raw(t, 0, 1, "dead"), raw(t, 0, 1, "behind it"), raw(t, 0, 2, "other key"))
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{refuseDead(&j)}})
	eventually(t, "refused twice", func() bool { return tries.Load() >= 2 })
	if diff := cmp.Diff([]string{"other key"}, j.titles()); diff != "" {
		t.Errorf("handled meanwhile (-want +got):\n%s", diff)
	}
	if s := r.Stats(); s.DeadLetterRetries == 0 || len(s.Dead) != 0 || s.Waiting != 1 {
		t.Errorf("%d retries, dead %v, %d waiting", s.DeadLetterRetries, s.Dead, s.Waiting)
	}
	if got := b.Committed(group, "todos")[0]; got != 0 {
		t.Errorf("committed %d", got)
	}
	open.Store(true)
	eventually(t, "everything settled", func() bool { return b.Committed(group, "todos")[0] == 3 })
	if diff := cmp.Diff([]string{"other key", "behind it"}, j.titles()); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	if letters := read(t, b.Brokers(), dlq, 1); len(letters) != 1 {
		t.Errorf("%d dead letters", len(letters))
	}
	if h := r.Health(); !h.Ready {
		t.Errorf("health %+v", h)
	}
}

// noise is text that no compression shortens much.
func noise(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('#' + rand.IntN(90))
	}
	return strings.ReplaceAll(string(b), `\`, "/")
}

func TestD6_ADeadLetterThatIsTooLargeLosesItsDetailsAndThenWaitsWithAReason(t *testing.T) {
	t.Parallel()
	b := startCluster(t, withTopicConfig(dlq, "max.message.bytes", "1500"))
	record := func(key int, description string) *kgo.Record {
		e := created(key, "dead")
		e.Description = proto.String(description)
		rec := encode(t, e)
		return &kgo.Record{Topic: rec.Topic, Key: rec.Key, Value: rec.Value}
	}
	small, large := record(1, noise(600)), record(2, noise(2000))
	produce(t, client(t, b.Brokers()), small, large, raw(t, 0, 2, "behind it"), raw(t, 0, 3, "other key"))
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{ShutdownTimeout: 400 * time.Millisecond, Handlers: []eventbus.Handler{
		eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if e.Description != nil {
				return eventbus.Permanent(errors.New(noise(1024)))
			}
			j.add(ctx, e)
			return nil
		}),
	}})
	letter := read(t, b.Brokers(), dlq, 1)[0]
	if string(letter.Value) != string(small.Value) || header(letter, "dlq-reason") != "permanent" || header(letter, "dlq-id") == "" {
		t.Errorf("dead letter %.80s of %s: %s", letter.Value, header(letter, "dlq-id"), header(letter, "dlq-reason"))
	}
	for _, h := range letter.Headers {
		if h.Key == "dlq-error" || h.Key == "dlq-violations" {
			t.Errorf("%s is there: the letter should not have fit", h.Key)
		}
	}
	var h eventbus.Health
	began := time.Now()
	eventually(t, "health tells", func() bool { h = r.Health(); return len(h.Reasons) == 1 })
	// A letter that may yet be written is told of after 30 s: this one never will be.
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("health told after %s", took)
	}
	why := h.Reasons[0]
	if h.Ready || !h.Live || why.Code != eventbus.HealthDeadLetter || why.Topic != "todos" || why.Partition != 0 || why.Offset != large.Offset ||
		!strings.Contains(why.Detail, "--entity-name "+dlq+" --add-config max.message.bytes=") {
		t.Errorf("health %+v, want the record at offset %d and the command", h, large.Offset)
	}
	eventually(t, "other key handled", func() bool { return j.len() == 1 })
	if diff := cmp.Diff([]string{"other key"}, j.titles()); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	if err := r.end(); !errors.Is(err, eventbus.ErrDrainTimeout) {
		t.Errorf("Run: %v, want ErrDrainTimeout", err)
	}
	if got := b.Committed(group, "todos")[0]; got > large.Offset {
		t.Errorf("committed %d beyond %d, which is not settled", got, large.Offset)
	}
}

func TestD8_AConsumerOfDeadLettersNeverDeadLetters(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	letter := func(key int, title string) event.Record {
		rec := encode(t, created(key, title))
		rec.Topic = dlq
		return rec
	}
	b.Write(letter(1, "refused"), letter(2, "fails"), event.Record{Topic: dlq, Key: []byte("foreign"), Value: []byte("no event")}, letter(3, "fine"))
	ends := b.EndOffsets(dlq)
	var a attempts
	r := consume(t, b, eventbus.ConsumerConfig{
		Group: "repair", DeadLettersOf: group, ShutdownTimeout: 4 * time.Second,
		Retry: eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond, MaxAttempts: 2},
		Handlers: []eventbus.Handler{a.handler(func(_ context.Context, title string, attempt int) error {
			switch {
			case title == "refused" && attempt < 6:
				return eventbus.Permanent(errors.New("no"))
			case title == "fails" && attempt < 6:
				return errors.New("away")
			}
			return nil
		})},
	})
	eventually(t, "handled", func() bool { return r.Stats().Handled == 3 })
	for title, want := range map[string]int{"refused": 6, "fails": 6, "fine": 1} {
		if n, _ := a.of(title); len(n) != want || n[want-1] != want {
			t.Errorf("attempts at %s: %v, want %d", title, n, want)
		}
	}
	// What is no event blocks its key alone, and is never lost.
	eventually(t, "tried again and again", func() bool { return r.Stats().Retries > 20 })
	if err := r.end(); err != nil && !errors.Is(err, eventbus.ErrDrainTimeout) {
		t.Errorf("Run: %v", err)
	}
	if s := r.Stats(); len(s.Dead) != 0 || s.Skipped != 0 {
		t.Errorf("dead %v, skipped %d", s.Dead, s.Skipped)
	}
	if diff := cmp.Diff(ends, b.EndOffsets(dlq)); diff != "" {
		t.Errorf("the dead-letter topic has changed (-before +after):\n%s", diff)
	}
	open := 0
	committed := b.Committed("repair", dlq)
	for p, end := range ends {
		if committed[p] < end {
			open++
		}
	}
	if open != 1 {
		t.Errorf("%d partitions are not committed, want the one of the foreign record: %v of %v", open, committed, ends)
	}
}

func TestD9_RedrivenRecordsFailBackToTheSameTopicAndForeignOnesAreSkipped(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	const redrive = "todos." + group + ".redrive"
	redriven := func(title string, headers ...string) *kgo.Record {
		rec := raw(t, 2, 1, title)
		rec.Topic = redrive
		for i := 0; i < len(headers); i += 2 {
			rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: headers[i], Value: []byte(headers[i+1])})
		}
		return rec
	}
	first := []string{"dlq-origin-topic", "todos", "dlq-origin-partition", "1", "dlq-origin-offset", "42", "dlq-origin-timestamp", "1700000000000"}
	ours := append([]string{"redrive-group", group, "redrive-topic", "todos"}, first...)
	forged := []string{"redrive-group", group, "redrive-topic", "todos", "dlq-origin-topic", strings.Repeat("x", 5000), "dlq-origin-partition", "1", "dlq-origin-offset", "2", "dlq-origin-timestamp", "3"}
	recs := []*kgo.Record{
		redriven("dead again", ours...),
		redriven("fine", ours...),
		redriven("of another group", "redrive-group", "other", "redrive-topic", "todos"),
		redriven("of another topic", "redrive-group", group, "redrive-topic", "reminders"),
		redriven("by hand"),
		redriven("dead forged", forged...),
		{Topic: redrive, Partition: 2, Key: []byte("k"), Value: []byte("foreign")},
		// A type without a handler: a person sent it here, so it is not skipped.
		{
			Topic: redrive, Partition: 2, Key: []byte("k"), Value: []byte(strings.Replace(string(raw(t, 0, 1, "x").Value), "TodoCreated", "TodoArchived", 1)),
			Headers: redriven("x", ours...).Headers,
		},
	}
	produce(t, client(t, b.Brokers()), recs...)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{refuseDead(&j)}})
	eventually(t, "settled", func() bool { return b.Committed(group, redrive)[2] == int64(len(recs)) })
	if diff := cmp.Diff([]string{"fine"}, j.titles()); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	if !j.all()[0].delivery.Redriven || j.all()[0].delivery.Topic != redrive {
		t.Errorf("delivery %+v", j.all()[0].delivery)
	}
	if s := r.Stats(); s.SkippedForeign != 4 || s.Skipped != 4 {
		t.Errorf("%d skipped as foreign, %d in all", s.SkippedForeign, s.Skipped)
	}
	type trip struct{ id, topic, reason, origin string }
	got := map[string]trip{}
	for _, l := range read(t, b.Brokers(), dlq, 3) {
		got[header(l, "dlq-offset")] = trip{header(l, "dlq-id"), header(l, "dlq-topic"), header(l, "dlq-reason"), header(l, "dlq-origin-topic") +
			"/" + header(l, "dlq-origin-partition") + "/" + header(l, "dlq-origin-offset") + "@" + header(l, "dlq-origin-timestamp")}
	}
	want := map[string]trip{
		"0": {group + "/" + redrive + "/2/0", "todos", "permanent", "todos/1/42@1700000000000"},
		"5": {group + "/" + redrive + "/2/5", "todos", "permanent", got["5"].origin},
		"7": {group + "/" + redrive + "/2/7", "todos", "unknown_type", "todos/1/42@1700000000000"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(trip{})); diff != "" {
		t.Errorf("dead letters by offset (-want +got):\n%s", diff)
	}
	if origin := got["5"].origin; !strings.HasPrefix(origin, "todos/2/5@") {
		t.Errorf("a forged origin was trusted: %.80s", origin)
	}
}

func TestD9_AHandlerMayRefuseRedrivenEvents(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	rec := encode(t, created(1, "late"))
	rec.Topic = "todos." + group + ".redrive"
	rec.Headers = append(rec.Headers, event.Header{Key: "redrive-group", Value: []byte(group)}, event.Header{Key: "redrive-topic", Value: []byte("todos")})
	b.Write(rec)
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler(eventbus.WithRedriven(eventbus.RefuseRedriven))}})
	letter := read(t, b.Brokers(), dlq, 1)[0]
	if got := header(letter, "dlq-error"); header(letter, "dlq-reason") != "permanent" || !strings.Contains(got, "redriven") {
		t.Errorf("%s: %s", header(letter, "dlq-reason"), got)
	}
	if j.len() != 0 {
		t.Error("it was handled")
	}
}

// blockingHandler is a log handler that waits at one message.
type blockingHandler struct {
	slog.Handler
	at   string
	gate <-chan struct{}
}

func (h blockingHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == h.at {
		<-h.gate
	}
	return h.Handler.Handle(ctx, r)
}

// A logger that blocked once kept every dead letter from being acknowledged.
func TestD5_ALoggerThatBlocksHoldsUpNoDeadLetter(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var recs []*kgo.Record
	for i := range 20 {
		recs = append(recs, raw(t, 0, i, "dead"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	gate := make(chan struct{})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		Logger:   slog.New(blockingHandler{slog.NewTextHandler(io.Discard, nil), "a record is now a dead letter", gate}),
		Handlers: []eventbus.Handler{refuseDead(&j)},
	})
	eventually(t, "all acknowledged", func() bool { return r.Stats().Dead[event.ReasonPermanent] == 20 })
	close(gate)
	eventually(t, "committed", func() bool { return b.Committed(group, "todos")[0] == 20 })
}

// A client whose idempotent session is broken fails for good.
// A dead-letter topic that was made again with fewer partitions: letters without a
// key were sent to one that is gone, for ever.
func TestD7_LettersWithoutAKeyFollowTheTopicsPartitions(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	keyless := func(partition int32) *kgo.Record {
		rec := raw(t, partition, 1, "dead")
		rec.Key = nil
		return rec
	}
	produce(t, c, keyless(2))
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{refuseDead(&j)}})
	eventually(t, "committed", func() bool { return b.Committed(group, "todos")[2] == 1 })
	b.recreate(dlq, 2)
	produce(t, c, keyless(2))
	eventually(t, "committed", func() bool { return b.Committed(group, "todos")[2] == 2 })
	if letters := read(t, b.Brokers(), dlq, 1); letters[0].Partition != 0 {
		t.Errorf("the letter is in partition %d", letters[0].Partition)
	}
}

func TestD5_DeadLettersGoOnAfterTheirTopicWasMadeAgain(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	produce(t, c, raw(t, 0, 1, "dead"))
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{refuseDead(&j)}})
	eventually(t, "committed", func() bool { return b.Committed(group, "todos")[0] == 1 })
	b.recreate(dlq, 3)
	produce(t, c, raw(t, 0, 1, "dead"), raw(t, 0, 1, "behind it"))
	eventually(t, "committed", func() bool { return b.Committed(group, "todos")[0] == 3 })
	read(t, b.Brokers(), dlq, 1)
	if diff := cmp.Diff([]string{"behind it"}, j.titles()); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
}
