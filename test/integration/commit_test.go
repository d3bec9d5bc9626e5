package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// settledSet is what handlers have settled, noted before they return.
type settledSet struct {
	mu  sync.Mutex
	set map[int32]map[int64]bool
}

func (s *settledSet) add(ctx context.Context) {
	d, _ := eventbus.DeliveryFrom(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		s.set = map[int32]map[int64]bool{}
	}
	if s.set[d.Partition] == nil {
		s.set[d.Partition] = map[int64]bool{}
	}
	s.set[d.Partition][d.Offset] = true
}

// firstOpen is the lowest offset of a partition that is not settled.
func (s *settledSet) firstOpen(partition int32) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for offset := int64(0); ; offset++ {
		if !s.set[partition][offset] {
			return offset
		}
	}
}

// However handlers finish, no commit covers a record that is not settled, and
// within an assignment commits only rise.
func TestC4_C5_CommitsCoverSettledRecordsOnlyAndRise(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var settled settledSet
	last := map[int32]int64{}
	watched := watchCommits(b, func(c commit) {
		if c.topic != "todos" {
			return
		}
		if open := settled.firstOpen(c.partition); c.offset > open {
			t.Errorf("partition %d: %d is committed while %d is not settled", c.partition, c.offset, open)
		}
		if c.offset < last[c.partition] {
			t.Errorf("partition %d: the commit falls from %d to %d", c.partition, last[c.partition], c.offset)
		}
		last[c.partition] = c.offset
	})
	var recs []*kgo.Record
	for i := range 3000 {
		recs = append(recs, raw(t, int32(i%3), i%97, fmt.Sprint(i)))
	}
	produce(t, client(t, b.Brokers()), recs...)
	var handled atomic.Int64
	r := consume(t, b, eventbus.ConsumerConfig{
		Config: map[string]string{"auto.commit.interval.ms": "20"},
		Retry:  eventbus.RetryPolicy{InitialDelay: 5 * time.Millisecond, MaxDelay: 50 * time.Millisecond, MaxAttempts: 50},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			switch dice := rand.IntN(100); {
			case dice < 5:
				return errors.New("not now")
			case dice < 20:
				time.Sleep(time.Duration(dice) * time.Millisecond / 2) //nolint:forbidigo // an uneven handler
			}
			settled.add(ctx)
			handled.Add(1)
			return nil
		})},
	})
	eventually(t, "all handled", func() bool { return handled.Load() == 3000 })
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	if got := b.Committed(group, "todos"); got[0] != 1000 || got[1] != 1000 || got[2] != 1000 {
		t.Errorf("committed %v at the end", got)
	}
	if len(watched.all()) < 5 {
		t.Errorf("only %d commits were seen", len(watched.all()))
	}
}

// A commit that comes while a record is handled, or waits for its next attempt, ends at
// it, however long that takes.
func TestC4_ACommitEndsAtTheRecordThatIsHandled(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var released atomic.Bool
	watched := watchCommits(b, func(c commit) {
		if c.topic == "todos" && (c.partition == 0 && c.offset > 3 && !released.Load() || c.partition == 1 && c.offset > 5) {
			t.Errorf("partition %d: %d is committed", c.partition, c.offset)
		}
	})
	c := client(t, b.Brokers())
	for i := range 8 {
		produce(t, c, raw(t, 0, i, fmt.Sprint(i)), raw(t, 1, i, fmt.Sprint(i)))
	}
	busy := make(chan struct{})
	var calls atomic.Int32
	r := consume(t, b, eventbus.ConsumerConfig{
		Config: map[string]string{"auto.commit.interval.ms": "20"},
		Retry:  eventbus.RetryPolicy{InitialDelay: time.Hour, MaxDelay: time.Hour, MaxAttempts: 2, MaxElapsed: 24 * time.Hour},
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			calls.Add(1)
			switch d, _ := eventbus.DeliveryFrom(ctx); {
			case d.Partition == 0 && d.Offset == 3:
				<-busy
			case d.Partition == 1 && d.Offset == 5:
				return errors.New("not now")
			}
			return nil
		})},
	})
	eventually(t, "all have been tried", func() bool { return calls.Load() == 16 })
	eventually(t, "what is before them is committed", func() bool { return cmp.Equal(b.Committed(group, "todos"), map[int]int64{0: 3, 1: 5}) })
	// Records elsewhere move the commits of a whole interval and more.
	for i := range 20 {
		produce(t, c, raw(t, 2, i, fmt.Sprint(i)))
		eventually(t, "partition 2 is committed", func() bool { return b.Committed(group, "todos")[2] == int64(i+1) })
	}
	released.Store(true)
	close(busy)
	if err := r.end(); err != nil {
		t.Log(err) // the record that waits for its next attempt is given up
	}
	if len(watched.all()) < 10 {
		t.Errorf("only %d commits were seen", len(watched.all()))
	}
}

// The commit reaches the end of the log over markers of transactions and
// records of aborted ones, none of which a handler sees.
func TestC6_C17_IdleCommitReachesTheEndOverTransactions(t *testing.T) {
	t.Parallel()
	transactions(t, startCluster(t))
}

func transactions(t *testing.T, b *cluster) {
	t.Helper()
	c := client(t, b.Brokers(), kgo.TransactionalID("test"))
	want := 0
	for i := range 12 {
		if err := c.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		title := "aborted"
		if i%2 == 0 {
			title = "committed"
			want++
		}
		produce(t, c, raw(t, int32(i%3), i, title))
		if err := c.EndTransaction(t.Context(), kgo.TransactionEndTry(i%2 == 0)); err != nil {
			t.Fatal(err)
		}
	}
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	b.WaitCommitted(group, "todos")
	for _, title := range j.titles() {
		if title != "committed" {
			t.Errorf("a handler got %q", title)
		}
	}
	if j.len() != want {
		t.Errorf("%d handled, want %d", j.len(), want)
	}
	// The last offset of each log is a marker.
	holes := uint64(0)
	for _, end := range b.EndOffsets("todos") {
		holes += uint64(end)
	}
	if holes -= uint64(want); r.Stats().OffsetGaps != holes || r.Stats().LostRecords != 0 {
		t.Errorf("%d gaps and %d lost are counted, want %d markers and aborted records, and 0", r.Stats().OffsetGaps, r.Stats().LostRecords, holes)
	}
	for p, end := range b.EndOffsets("todos") {
		if got := b.Committed(group, "todos")[p]; got != end {
			t.Errorf("partition %d: committed %d of %d", p, got, end)
		}
	}
}

// answerCommits lets the broker refuse commits while fail says so.
func answerCommits(b *faulty, code int16, fail func() bool) {
	b.fake.Cluster().ControlKey(int16(kmsg.OffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.fake.Cluster().KeepControl()
		if !fail() {
			return nil, nil, false
		}
		r := req.(*kmsg.OffsetCommitRequest)
		resp := r.ResponseKind().(*kmsg.OffsetCommitResponse)
		for _, topic := range r.Topics {
			rt := kmsg.NewOffsetCommitResponseTopic()
			rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
			for _, p := range topic.Partitions {
				rp := kmsg.NewOffsetCommitResponseTopicPartition()
				rp.Partition, rp.ErrorCode = p.Partition, code
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
}

// An error of one partition within a commit is noticed, although the commit
// itself was answered; handling goes on, the age shows, and it recovers.
func TestC12_C18_FailingCommitsAreSeenAndDoNotStopHandling(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var failing atomic.Bool
	failing.Store(true)
	answerCommits(b, kerr.TopicAuthorizationFailed.Code, failing.Load)
	kafka := client(t, b.Brokers())
	produce(t, kafka, raw(t, 0, 1, "first"))
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		Config:   map[string]string{"auto.commit.interval.ms": "50"},
		Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "the failure is counted and its age shows", func() bool {
		s := r.Stats()
		return s.CommitErrors > 0 && s.CommitAge > 0
	})
	produce(t, kafka, raw(t, 0, 1, "second"))
	eventually(t, "handling goes on", func() bool { return j.len() == 2 })
	failing.Store(false)
	produce(t, kafka, raw(t, 0, 1, "third"))
	eventually(t, "commits recover", func() bool { return b.Committed(group, "todos")[0] == 3 && r.Stats().CommitAge == 0 })
}

// A group that has committed nothing begins at the first record.
func TestC17_ANewGroupBeginsAtTheEarliestRecord(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	write(t, b, 1, "before the group was there")
	var j journal
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "handled", func() bool { return j.len() == 1 })
}

func deleteRecords(t *testing.T, c *kgo.Client, partition int32, before int64) {
	t.Helper()
	req := kmsg.NewPtrDeleteRecordsRequest()
	topic := kmsg.NewDeleteRecordsRequestTopic()
	topic.Topic = "todos"
	p := kmsg.NewDeleteRecordsRequestTopicPartition()
	p.Partition, p.Offset = partition, before
	topic.Partitions = append(topic.Partitions, p)
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode); err != nil {
		t.Fatal(err)
	}
}

// Records that were deleted before the group had read them are counted.
func TestC17_ALostRangeIsSeen(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	produce(t, c, raw(t, 0, 1, "0"), raw(t, 0, 1, "1"))
	var j journal
	cfg := eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}}
	r := consume(t, b, cfg)
	eventually(t, "the first two handled", func() bool { return j.len() == 2 })
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	for i := 2; i < 10; i++ {
		produce(t, c, raw(t, 0, 1, fmt.Sprint(i)))
	}
	deleteRecords(t, c, 0, 7)
	r = consume(t, b, cfg)
	eventually(t, "the rest handled", func() bool { return j.len() == 5 })
	if got := r.Stats().LostRecords; got != 5 {
		t.Errorf("%d lost records are counted, want 5", got)
	}
	b.WaitCommitted(group, "todos")
}

// RequireCommitted refuses a partition whose first records are gone.
func TestC17_RequireCommittedRefusesALogThatHasLostItsStart(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	produce(t, c, raw(t, 2, 1, "0"), raw(t, 2, 1, "1"))
	deleteRecords(t, c, 2, 1)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{RequireCommitted: true, Handlers: []eventbus.Handler{j.handler()}})
	select {
	case err := <-r.done:
		close(r.done)
		if !errors.Is(err, eventbus.ErrConfig) {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("Run goes on")
	}
	if j.len() != 0 {
		t.Errorf("handled %v", j.titles())
	}
}

// A log that is shorter than what the group has committed was truncated, or its
// topic was made again: that is said, and its records are handled.
func TestC17_ATruncatedLogIsSeen(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	c := client(t, b.Brokers())
	produce(t, c, raw(t, 0, 1, "new 0"), raw(t, 0, 1, "new 1"))
	b.commitByHand(0, 5, "")
	if got := b.Committed(group, "todos")[0]; got != 5 {
		t.Fatalf("committed %d", got)
	}
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "the new ones handled", func() bool { return j.len() == 2 })
	if got := r.Stats().Truncations; got != 1 {
		t.Errorf("%d truncations are counted, want 1", got)
	}
	eventually(t, "the commit is of this log", func() bool { return b.Committed(group, "todos")[0] == 2 })
}

// commitByHand commits an offset of a partition of todos for the group, with
// metadata. It waits until the group has no members: on a cluster that tests share,
// one of the test before may not have left yet.
func (c *cluster) commitByHand(partition int32, offset int64, metadata string) {
	c.t.Helper()
	commit := kadm.Offsets{}
	commit.Add(kadm.Offset{Topic: "todos", Partition: partition, At: offset, LeaderEpoch: -1, Metadata: metadata})
	eventually(c.t, "the group has no members and its offset is committed", func() bool {
		resp, err := c.admin.CommitOffsets(c.ctx(), group, commit)
		if err == nil {
			err = resp.Error()
		}
		if err != nil {
			groups, _ := c.admin.DescribeGroups(c.ctx(), group)
			c.t.Logf("commit by hand: %v; the group: %+v", err, groups[group])
		}
		return err == nil
	})
}
