package eventbus

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// startOwner starts a consumer's owner on an embedded broker of its own, and polls
// until it has all partitions of todos. The test is the owner's goroutine from then on.
func startOwner(ctx context.Context, t *testing.T, handle func(context.Context, *todov1.TodoCreated) error) *owner {
	t.Helper()
	const group = "owner"
	var topics []broker.Topic
	for _, name := range []string{"todos", topicname.DeadLetter("todos", group), topicname.Redrive("todos", group)} {
		topics = append(topics, broker.Topic{Name: name, Partitions: 2})
	}
	b, err := broker.Start(broker.Config{Topics: topics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	c, err := NewConsumer(ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Group: group, Logger: slog.New(slog.DiscardHandler),
		Handlers: []Handler{Handle(handle)},
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.newOwner(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c.run.Store(o.runState)
	t.Cleanup(func() {
		if err := o.shutdown(nil, time.Now()); err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(time.Minute); len(o.assignments.list) < 4; { // todos, and its redrive topic
		if time.Now().After(deadline) {
			t.Fatal("the partitions are not assigned in time")
		}
		o.poll(10)
	}
	return o
}

func ignore(context.Context, *todov1.TodoCreated) error { return nil }

// The client refuses to store an offset of a partition that it has lost, while it
// stores the others of the same call.
func TestC12_AnOffsetThatTheClientRefusesIsNotStored(t *testing.T) {
	t.Parallel()
	o := startOwner(t.Context(), t, ignore)
	mine := o.assignments.find("todos", 0)
	gone := o.newAssignment(mine.source, 7, 0, -1) // the client knows no such partition
	for _, a := range []*assignment{mine, gone} {
		a.flow.EOF(5) // a log of five markers: the watermark is its end
	}
	o.confirmNow([]*assignment{mine}) // it is of the log that was read
	o.store([]*assignment{gone, mine})
	if gone.stored != 0 || mine.stored != 5 {
		t.Errorf("stored %d and %d, want 0 of the partition that is gone, and 5", gone.stored, mine.stored)
	}
	if got := o.c.counts.storeErrors.Load(); got != 1 {
		t.Errorf("%d errors of storing are counted, want 1", got)
	}
	mine.stored = 0 // nothing was there to commit
	gone.flow.Release()
}

// A group may assign partitions to a member whose Run has ended already. They are
// taken, so that they can be given back, and nothing of them starts.
func TestS1_WhatIsAssignedDuringAStopDoesNotStart(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	o := startOwner(ctx, t, ignore)
	var again []kafka.TopicPartition
	for _, a := range o.assignments.list {
		again = append(again, a.at(int64(kafka.OffsetInvalid)))
	}
	o.revoke(again)
	stop()
	o.assign(again)
	for _, a := range o.assignments.list {
		if got := a.flow.Admit(100, "k", 1, delivery{in: a}); got != flow.Refused {
			t.Errorf("%s takes a record although Run has ended: %v", a.flowName(), got)
		}
	}
}

// Each resumption has the client fetch again what the pause threw away: intake that
// resumed as soon as a record was done fetched and dropped the same batch over and over.
func TestC8_AfterAStallOfAllIntakeResumesOnceASecond(t *testing.T) {
	t.Parallel()
	o := startOwner(t.Context(), t, ignore)
	a, first := o.assignments.find("todos", 0), time.Now()
	for _, row := range []struct {
		after time.Duration
		full  bool
	}{{0, false}, {resumeEvery / 2, true}, {resumeEvery - 1, true}, {resumeEvery, false}, {2*resumeEvery - 1, true}, {2 * resumeEvery, false}} {
		o.atLimit(a)
		if o.pause(first.Add(row.after)); (o.phase == phaseFull) != row.full {
			t.Errorf("%s after the first resumption intake stands still: %t, want %t", row.after, o.phase == phaseFull, row.full)
		}
	}
}

// A drain asks by a commit whether the group still has this member, also when the topic
// was made again meanwhile: then its old offset came over the new log.
func TestC23_ADrainAsksByLogsThatAreStillThere(t *testing.T) {
	t.Parallel()
	o := startOwner(t.Context(), t, ignore)
	todos, redrive := o.assignments.find("todos", 1), o.assignments.find(topicname.Redrive("todos", "owner"), 0)
	was := todos.topicID
	for _, row := range []struct {
		log  string
		want string // of todos and its redrive topic
	}{{was, "both"}, {"another log", "redrive"}} {
		offsets := []kafka.TopicPartition{todos.at(1), redrive.at(1)}
		logs := map[string]string{todos.source.name: row.log, redrive.source.name: redrive.topicID}
		if err := ofLogs(t.Context(), o.admin, logs, &offsets); err != nil {
			t.Fatal(err)
		}
		if got := len(offsets); got != map[string]int{"both": 2, "redrive": 1}[row.want] || *offsets[got-1].Topic != redrive.source.name {
			t.Errorf("todos being of %q: asks by %v, want %s", row.log, offsets, row.want)
		}
	}
	gone := []kafka.TopicPartition{todos.at(1)}
	if err := ofLogs(t.Context(), o.admin, map[string]string{todos.source.name: "another log"}, &gone); !errors.Is(err, errNoLog) {
		t.Errorf("without any log that is still there: %v", err)
	}
	// Nothing of it is an answer about the member.
	probe := o.newMembership()
	heard := probe.heard
	todos.topicID = "another log"
	probe.ask([]*assignment{todos})
	for probe.asking {
		if !probe.holds([]*assignment{todos}) {
			t.Fatal("a topic that was made again counts as a lost member")
		}
		probe.next = time.Now().Add(time.Hour)
	}
	todos.topicID = was
	if probe.heard != heard {
		t.Error("a question that was not put counts as confirmed")
	}
}

func TestD5_HealthTellsOfADeadLetterThatFailsForLong(t *testing.T) {
	t.Parallel()
	o := startOwner(t.Context(), t, ignore)
	a := o.assignments.find("todos", 0)
	for _, row := range []struct {
		name  string
		since time.Duration
		final bool
		ready bool
	}{
		{"for a moment", 29 * time.Second, false, true},
		{"for long", 31 * time.Second, false, false},
		{"for good", 0, true, false},
	} {
		a.unblock(7)
		a.block(7, blockage{code: HealthDeadLetter, detail: "the topic is full", final: row.final})
		a.mu.Lock()
		b := a.blocked[7]
		b.since = time.Now().Add(-row.since)
		a.blocked[7] = b
		a.mu.Unlock()
		if h := o.c.Health(); h.Ready != row.ready || !h.Live {
			t.Errorf("a letter that fails %s: %+v, want ready %t", row.name, h, row.ready)
		}
	}
	a.unblock(7)
}

func TestR2_DelaysAreSpreadByTheJitter(t *testing.T) {
	t.Parallel()
	p := RetryPolicy{InitialDelay: time.Second, Jitter: 0.5}.withDefaults()
	const least, most = 500 * time.Millisecond, 1500 * time.Millisecond
	low, high := most, least
	for range 1000 {
		d := p.delay(1)
		if d < least || d > most {
			t.Fatalf("a delay of %s, want %s to %s", d, least, most)
		}
		low, high = min(low, d), max(high, d)
	}
	if low > 600*time.Millisecond || high < 1400*time.Millisecond { // one in 10^45
		t.Errorf("1000 delays are between %s and %s", low, high)
	}
	p.Jitter = -1
	if d := p.delay(2); d != 2*time.Second {
		t.Errorf("without jitter the second delay is %s, want 2s", d)
	}
}
