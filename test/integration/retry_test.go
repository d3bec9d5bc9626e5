package integration_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// dlq is the dead-letter topic of todos for the tests' group.
const dlq = "todos." + group + ".dlq"

// soon is a policy that tests have time for.
var soon = eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxDelay: 5 * time.Millisecond, MaxAttempts: 3}

// attempts notes each call of a handler, and answers with what f says.
type attempts struct {
	mu    sync.Mutex
	calls []call
}

type call struct {
	title   string
	attempt int
	at      time.Time
}

func (a *attempts) handler(f func(ctx context.Context, title string, attempt int) error, opts ...eventbus.HandlerOption) eventbus.Handler {
	return eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
		d, _ := eventbus.DeliveryFrom(ctx)
		a.mu.Lock()
		a.calls = append(a.calls, call{e.GetTitle(), d.Attempt, time.Now()})
		a.mu.Unlock()
		return f(ctx, e.GetTitle(), d.Attempt)
	}, opts...)
}

// of lists the attempts at a title.
func (a *attempts) of(title string) (numbers []int, at []time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.calls {
		if c.title == title {
			numbers, at = append(numbers, c.attempt), append(at, c.at)
		}
	}
	return numbers, at
}

// header is a record's last header of a name.
func header(r *kgo.Record, name string) string {
	for _, h := range slices.Backward(r.Headers) {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

// read waits for n records of a topic and returns them by partition and offset.
// It is independent of the bus and its client.
func read(t *testing.T, brokers []string, topic string, n int) []*kgo.Record {
	t.Helper()
	c := client(t, brokers, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var out []*kgo.Record
	for len(out) < n {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read %s: %v with %d of %d records", topic, err, len(out), n)
		}
		out = append(out, fetches.Records()...)
	}
	slices.SortFunc(out, func(a, b *kgo.Record) int {
		if a.Partition != b.Partition {
			return int(a.Partition - b.Partition)
		}
		return int(a.Offset - b.Offset)
	})
	return out
}

func TestR1_WhatAHandlerReturnsDecides(t *testing.T) {
	t.Parallel()
	handlerOutcomes(t, startCluster(t))
}

func handlerOutcomes(t *testing.T, b *cluster) {
	t.Helper()
	titles := []string{"nil", "permanent", "skip", "other", "wrapped permanent"}
	for i, title := range titles {
		write(t, b, i, title)
	}
	var a attempts
	r := consume(t, b, eventbus.ConsumerConfig{Retry: soon, Handlers: []eventbus.Handler{
		a.handler(func(_ context.Context, title string, attempt int) error {
			switch title {
			case "permanent":
				return eventbus.Permanent(errors.New("no such user"))
			case "wrapped permanent":
				return errors.Join(errors.New("while saving"), eventbus.Permanent(errors.New("no such list")))
			case "skip":
				return eventbus.Skip("not for us")
			case "other":
				if attempt < 3 {
					return errors.New("the database is away")
				}
			}
			return nil
		}),
	}})
	b.WaitCommitted(group, "todos")
	got := map[string][]int{}
	for _, title := range titles {
		got[title], _ = a.of(title)
	}
	want := map[string][]int{"nil": {1}, "permanent": {1}, "wrapped permanent": {1}, "skip": {1}, "other": {1, 2, 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	s := r.Stats()
	if s.Handled != 2 || s.SkippedByHandler != 1 || s.Skipped != 1 || s.Retries != 2 {
		t.Errorf("%d handled, %d skipped, %d of them by the handler, %d retries", s.Handled, s.Skipped, s.SkippedByHandler, s.Retries)
	}
	if diff := cmp.Diff(map[event.Reason]uint64{event.ReasonPermanent: 2}, s.Dead); diff != "" {
		t.Errorf("dead (-want +got):\n%s", diff)
	}
	for _, letter := range read(t, b.Brokers(), dlq, 2) {
		if header(letter, "dlq-reason") != "permanent" || header(letter, "dlq-attempts") != "1" {
			t.Errorf("reason %q after %s attempts", header(letter, "dlq-reason"), header(letter, "dlq-attempts"))
		}
	}
}

// lateLog keeps what is logged, as a handler does that writes it later.
type lateLog struct {
	mu      sync.Mutex
	records []slog.Record
}

func (*lateLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *lateLog) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, r.Clone())
	return nil
}

func (l *lateLog) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *lateLog) WithGroup(string) slog.Handler      { return l }

// attrs are the values of an attribute, of the records with a message that begins so.
func (l *lateLog) attrs(message, key string) (values []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == key && strings.HasPrefix(r.Message, message) {
				values = append(values, a.Value.Resolve().String())
			}
			return true
		})
	}
	return values
}

// What is logged of a failure can be written when its record is long forgotten.
func TestR1_TheLogOfAFailureOutlivesItsRecord(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "x")
	var log lateLog
	var a attempts
	consume(t, b, eventbus.ConsumerConfig{Retry: soon, Logger: slog.New(&log), Handlers: []eventbus.Handler{
		a.handler(func(_ context.Context, _ string, attempt int) error {
			if attempt == 1 {
				return errors.New("the database is away")
			}
			return nil
		}),
	}})
	b.WaitCommitted(group, "todos")
	if got := log.attrs("a handler failed", "error"); len(got) != 1 || got[0] != "the database is away" {
		t.Errorf("the log says %q", got)
	}
}

func TestR1_CancellationByShutdownIsNoAttemptAndSettlesNothing(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "interrupted")
	cause := make(chan error, 1)
	var a attempts
	r := consume(t, b, eventbus.ConsumerConfig{
		// An attempt more would be the last one, and make a dead letter.
		Retry: eventbus.RetryPolicy{MaxAttempts: 1}, ShutdownTimeout: 400 * time.Millisecond,
		Handlers: []eventbus.Handler{a.handler(func(ctx context.Context, _ string, _ int) error {
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return ctx.Err()
		})},
	})
	eventually(t, "the handler runs", func() bool { n, _ := a.of("interrupted"); return len(n) == 1 })
	if err := r.end(); !errors.Is(err, eventbus.ErrDrainTimeout) {
		t.Errorf("Run: %v, want ErrDrainTimeout", err)
	}
	if err := <-cause; !errors.Is(err, eventbus.ErrStopping) {
		t.Errorf("ctx ended because of %v, want ErrStopping", err)
	}
	eventually(t, "abandoned", func() bool { return r.Stats().Abandoned == 1 })
	if s := r.Stats(); s.Attempts != 0 || len(s.Dead) != 0 || s.Retries != 0 || s.Handled != 0 {
		t.Errorf("%d attempts, dead %v, %d retries, %d handled", s.Attempts, s.Dead, s.Retries, s.Handled)
	}
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "delivered again", func() bool { return j.len() == 1 })
	if got := j.all()[0].delivery.Attempt; got != 1 {
		t.Errorf("the next consumer's first attempt is number %d", got)
	}
	b.WaitCommitted(group, "todos")
	if records := b.Records(dlq); len(records) != 0 {
		t.Errorf("%d dead letters", len(records))
	}
}

func TestR2_AttemptsStartAtOneAndEndInADeadLetter(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "never")
	var a attempts
	consume(t, b, eventbus.ConsumerConfig{Retry: eventbus.RetryPolicy{MaxAttempts: 99}, Handlers: []eventbus.Handler{
		a.handler(func(context.Context, string, int) error { return errors.New("the mail server is away") },
			eventbus.WithRetry(eventbus.RetryPolicy{InitialDelay: time.Millisecond, MaxAttempts: 4})),
	}})
	letter := read(t, b.Brokers(), dlq, 1)[0]
	numbers, _ := a.of("never")
	if diff := cmp.Diff([]int{1, 2, 3, 4}, numbers); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"dlq-reason": "retries_exhausted", "dlq-attempts": "4", "dlq-error": "the mail server is away",
		"dlq-handler": "events.todo.v1.TodoCreated",
	} {
		if got := header(letter, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	first, err1 := time.Parse(time.RFC3339Nano, header(letter, "dlq-first-failed-at"))
	last, err2 := time.Parse(time.RFC3339Nano, header(letter, "dlq-failed-at"))
	if err := errors.Join(err1, err2); err != nil || last.Sub(first) < 2*time.Millisecond {
		t.Errorf("first failed at %v, last at %v: %v", first, last, err)
	}
}

func TestR2_DelaysGrowToTheirLimit(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "never")
	var a attempts
	consume(t, b, eventbus.ConsumerConfig{
		// Without MaxDelay the last delays would be 5 s and 50 s.
		Retry: eventbus.RetryPolicy{InitialDelay: 50 * time.Millisecond, Multiplier: 10, MaxDelay: 200 * time.Millisecond, MaxAttempts: 5},
		Handlers: []eventbus.Handler{
			a.handler(func(context.Context, string, int) error { return errors.New("away") }),
		},
	})
	b.WaitDeadLetters("todos", group, 1)
	_, at := a.of("never")
	if len(at) != 5 {
		t.Fatalf("%d attempts", len(at))
	}
	for i, least := range []int64{40, 160, 160, 160} { // less 20 % jitter
		if got := at[i+1].Sub(at[i]); got.Milliseconds() < least {
			t.Errorf("attempt %d came %s after the one before, want at least %d ms", i+2, got, least)
		}
	}
}

func TestR2_RetryAfterReplacesTheDelay(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "busy")
	var a attempts
	consume(t, b, eventbus.ConsumerConfig{
		Retry: eventbus.RetryPolicy{InitialDelay: time.Hour, MaxDelay: time.Hour, MaxElapsed: 2 * time.Hour},
		Handlers: []eventbus.Handler{a.handler(func(_ context.Context, _ string, attempt int) error {
			if attempt == 1 {
				return eventbus.RetryAfter(120*time.Millisecond, errors.New("too many requests"))
			}
			return nil
		})},
	})
	b.WaitCommitted(group, "todos")
	numbers, at := a.of("busy")
	if diff := cmp.Diff([]int{1, 2}, numbers); diff != "" {
		t.Fatalf("attempts (-want +got):\n%s", diff)
	}
	if got := at[1].Sub(at[0]); got < 120*time.Millisecond {
		t.Errorf("the next attempt came after %s", got)
	}
}

func TestR2_MaxElapsedEndsTheAttempts(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "away")
	write(t, b, 2, "far")
	var a attempts
	consume(t, b, eventbus.ConsumerConfig{
		Retry: eventbus.RetryPolicy{InitialDelay: 30 * time.Millisecond, Multiplier: 1, MaxAttempts: 10_000, MaxElapsed: 300 * time.Millisecond},
		Handlers: []eventbus.Handler{a.handler(func(_ context.Context, title string, _ int) error {
			if title == "far" { // no attempt can come in time
				return eventbus.RetryAfter(math.MaxInt64, errors.New("closed for renovation"))
			}
			return errors.New("away")
		})},
	})
	letters := read(t, b.Brokers(), dlq, 2)
	for _, letter := range letters {
		if got := header(letter, "dlq-reason"); got != "retries_exhausted" {
			t.Errorf("reason %q", got)
		}
	}
	if n, _ := a.of("away"); len(n) < 2 || len(n) > 13 { // at least 24 ms apart
		t.Errorf("%d attempts in 300 ms", len(n))
	}
	if n, _ := a.of("far"); len(n) != 1 {
		t.Errorf("attempts %v at what could not come in time", n)
	}
}

func TestR3_WaitingHoldsNoWorkerAndOnlyItsKey(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	produce(t, client(t, b.Brokers()),
		raw(t, 0, 1, "waits"), raw(t, 0, 1, "behind it"), raw(t, 0, 2, "second"), raw(t, 0, 3, "third"), raw(t, 0, 2, "fourth"))
	var a attempts
	cfg := eventbus.ConsumerConfig{
		Concurrency: 1,
		Retry:       eventbus.RetryPolicy{MaxElapsed: 10 * time.Hour},
		Handlers: []eventbus.Handler{a.handler(func(_ context.Context, title string, _ int) error {
			if title == "waits" {
				return eventbus.RetryAfter(time.Hour, errors.New("later"))
			}
			return nil
		})},
	}
	r := consume(t, b, cfg)
	eventually(t, "the others handled", func() bool { return r.Stats().Handled == 3 })
	if n, _ := a.of("behind it"); len(n) != 0 {
		t.Error("the next event of a waiting key started")
	}
	if s := r.Stats(); s.Waiting != 1 {
		t.Errorf("%d keys wait", s.Waiting)
	}
	// A retry that is not due in time is left to the next owner, who counts
	// from 1 and keeps the order.
	began := time.Now()
	if err := r.end(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Run waited %s for a retry that is due in an hour", took)
	}
	if got := b.Committed(group, "todos")[0]; got != 0 {
		t.Errorf("committed %d beyond a record that waits", got)
	}
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "delivered again", func() bool { return j.len() == 5 })
	var key1 []string
	for _, e := range j.all() {
		if e.key == todoID(1) {
			key1 = append(key1, e.title)
		}
		if e.delivery.Attempt != 1 {
			t.Errorf("%s: attempt %d", e.title, e.delivery.Attempt)
		}
	}
	if diff := cmp.Diff([]string{"waits", "behind it"}, key1); diff != "" {
		t.Errorf("order of the key (-want +got):\n%s", diff)
	}
}

// brokenError is an error whose method panics on a nil pointer, which a handler
// returns by mistake.
type brokenError struct{ text string }

func (e *brokenError) Error() string { return e.text }

func nothing() map[string]int { return nil }

func TestC13_PanicAndGoexitAreFailedAttempts(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	kinds := map[string]string{
		"panic": "panic", "nil map": "panic", "Goexit": "panic", "nil pointer error": "retries_exhausted", "once": "",
	}
	for i, title := range slices.Sorted(maps.Keys(kinds)) {
		write(t, b, i, title)
	}
	var log logBook
	var a attempts
	r := consume(t, b, eventbus.ConsumerConfig{Concurrency: 1, Retry: soon, Logger: log.logger(), Handlers: []eventbus.Handler{
		a.handler(func(_ context.Context, title string, attempt int) error {
			switch title {
			case "panic":
				panic("the payload is 4711")
			case "nil map":
				nothing()["x"]++
			case "Goexit":
				runtime.Goexit()
			case "nil pointer error":
				var err *brokenError
				return err
			case "once":
				if attempt == 1 {
					runtime.Goexit()
				}
			}
			return nil
		}),
	}})
	got := map[string]string{"once": ""}
	for _, letter := range read(t, b.Brokers(), dlq, 4) {
		_, msg, err := event.Decode(event.Record{Topic: "todos", Key: letter.Key, Value: letter.Value})
		if err != nil {
			t.Fatal(err)
		}
		got[msg.(*todov1.TodoCreated).GetTitle()] = header(letter, "dlq-reason")
		if text := header(letter, "dlq-error"); strings.Contains(text, ".go:") {
			t.Errorf("the stack is in a header: %s", text)
		}
	}
	if diff := cmp.Diff(kinds, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	b.WaitCommitted(group, "todos")
	for title := range kinds {
		want := []int{1, 2, 3}
		if title == "once" {
			want = []int{1, 2}
		}
		n, _ := a.of(title)
		if diff := cmp.Diff(want, n); diff != "" {
			t.Errorf("attempts at %s (-want +got):\n%s", title, diff)
		}
	}
	if s := r.Stats(); s.Panics != 10 || s.Handled != 1 {
		t.Errorf("%d panics, %d handled", s.Panics, s.Handled)
	}
	if text := log.text(); !strings.Contains(text, "retry_test.go") {
		t.Errorf("the log has no stack:\n%s", text)
	}
}

func TestC14_TheTimeoutEndsCtxAndCountsAsAnAttempt(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "slow")
	var a attempts
	const timeout = 20 * time.Millisecond
	r := consume(t, b, eventbus.ConsumerConfig{Retry: soon, HandlerTimeout: timeout, Handlers: []eventbus.Handler{
		a.handler(func(ctx context.Context, _ string, _ int) error {
			if end, ok := ctx.Deadline(); !ok || time.Until(end) > timeout {
				t.Errorf("the attempt ends in %s, %v", time.Until(end), ok)
			}
			<-ctx.Done()
			return context.Cause(ctx)
		}),
	}})
	letter := read(t, b.Brokers(), dlq, 1)[0]
	if got := header(letter, "dlq-reason") + " " + header(letter, "dlq-attempts") + " " + header(letter, "dlq-error"); got != "retries_exhausted 3 context deadline exceeded" {
		t.Errorf("dead letter: %s", got)
	}
	if s := r.Stats(); s.Timeouts != 3 {
		t.Errorf("%d timeouts", s.Timeouts)
	}
}

func TestC14_HealthNamesAHandlerThatGoesOnBeyondItsTimeout(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	place := write(t, b, 1, "stuck", "behind it")[0]
	write(t, b, 2, "other")
	gate := make(chan struct{})
	var a attempts
	r := consume(t, b, eventbus.ConsumerConfig{
		StuckLimit: 100 * time.Millisecond,
		Handlers: []eventbus.Handler{
			a.handler(func(_ context.Context, title string, _ int) error {
				if title == "stuck" {
					<-gate
				}
				return nil
			}, eventbus.WithHandlerTimeout(20*time.Millisecond)),
			// Its timeout is another one.
			eventbus.Handle(func(context.Context, *todov1.TodoCompleted) error { return nil }),
		},
	})
	eventually(t, "not live", func() bool { return !r.Health().Live })
	h := r.Health()
	if h.Ready || len(h.Reasons) != 1 || h.Reasons[0].Code != eventbus.HealthStuck ||
		h.Reasons[0].Topic != "todos" || int(h.Reasons[0].Partition) != place.Partition || h.Reasons[0].Offset != place.Offset {
		t.Errorf("health %+v, want stuck at %d/%d", h, place.Partition, place.Offset)
	}
	eventually(t, "another key handled", func() bool { n, _ := a.of("other"); return len(n) == 1 })
	if n, _ := a.of("behind it"); len(n) != 0 {
		t.Error("the next event of the key started beside a stuck handler")
	}
	close(gate)
	b.WaitCommitted(group, "todos")
	eventually(t, "ready again", func() bool { return r.Health().Ready })
	if n, _ := a.of("stuck"); len(n) != 1 {
		t.Errorf("attempts %v", n)
	}
}

// Skip settles a record at any attempt, and what the attempts before it said is over.
func TestR1_ALaterAttemptMaySkip(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "x")
	var a attempts
	r := consume(t, b, eventbus.ConsumerConfig{Retry: soon, Handlers: []eventbus.Handler{
		a.handler(func(_ context.Context, _ string, attempt int) error {
			if attempt < 3 {
				return errors.New("the database is away")
			}
			return eventbus.Skip("the user is gone")
		}),
	}})
	b.WaitCommitted(group, "todos")
	if s := r.Stats(); s.SkippedByHandler != 1 || s.Retries != 2 || len(s.Dead) != 0 {
		t.Errorf("%d skipped by the handler, %d retries, dead %v; want 1, 2 and none", s.SkippedByHandler, s.Retries, s.Dead)
	}
	if h := r.Health(); !h.Ready {
		t.Errorf("health %+v", h)
	}
}

// MaxElapsed counts from the first attempt's start, so that slow attempts use it up.
func TestR2_TheTimeInHandlersCountsForMaxElapsed(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "slow")
	var a attempts
	consume(t, b, eventbus.ConsumerConfig{
		Retry: eventbus.RetryPolicy{InitialDelay: time.Millisecond, Jitter: -1, MaxElapsed: 2 * time.Second},
		Handlers: []eventbus.Handler{a.handler(func(context.Context, string, int) error {
			time.Sleep(1200 * time.Millisecond) //nolint:forbidigo // a slow handler
			return errors.New("the mail server is slow")
		})},
	})
	read(t, b.Brokers(), dlq, 1)
	if numbers, _ := a.of("slow"); len(numbers) != 2 {
		t.Errorf("attempts %v, want two: the second one ends after 2.4 s", numbers)
	}
}
