package integration_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// oftenRefreshed looks at topics more often than each 30 s.
var oftenRefreshed = map[string]string{"topic.metadata.refresh.interval.ms": "300"}

// missing are those of want that were not handled.
func missing(j *journal, want []string) (out []string) {
	got := j.titles()
	for _, title := range want {
		if !slices.Contains(got, title) {
			out = append(out, title)
		}
	}
	return out
}

// A topic that is deleted and made again under a running consumer has another log:
// it is handled from its first record on, however many it has by then, and commits
// are its own. (The old offset was committed over it, and what lay below was passed
// over in silence.)
func TestC23_ATopicMadeAgainIsReadFromItsStart(t *testing.T) {
	t.Parallel()
	for name, records := range map[string]int{"shorter than what was read": 2, "longer": 12} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t)
			numbered(t, client(t, b.Brokers()), 0, 5)
			book := &logBook{}
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{Config: oftenRefreshed, Logger: book.logger(), Handlers: []eventbus.Handler{j.handler()}})
			eventually(t, "the old log is handled", func() bool { return j.len() == 5 })
			b.WaitCommitted(group, "todos")
			b.recreate("todos", 3)
			c := client(t, b.Brokers())
			want := numbered(t, c, 100, 100+records)
			eventually(t, "the new log is handled", func() bool { return missing(&j, want) == nil })
			b.WaitCommitted(group, "todos")
			if h := r.Health(); !hasReason(h, eventbus.HealthLogChanged, "todos", 0, 0) || h.Ready {
				t.Errorf("Health: %+v", h)
			}
			more := numbered(t, c, 200, 203)
			eventually(t, "what follows is handled", func() bool { return missing(&j, more) == nil })
			b.WaitCommitted(group, "todos")
			eventually(t, "commits are of the new log", func() bool { return b.Committed(group, "todos")[0] == b.EndOffsets("todos")[0] })
			if got := r.Stats().Recreations; got != 1 {
				t.Errorf("%d topics made again are counted", got)
			}
			if got := book.text(); !strings.Contains(got, `level=ERROR`) || !strings.Contains(got, "was deleted and made again") {
				t.Errorf("the log does not tell:\n%s", got)
			}
		})
	}
}

// All members of a group begin anew, whatever their protocol, and the topic may have
// other partitions than before.
func TestC23_AGroupReadsATopicThatWasMadeAgain(t *testing.T) {
	t.Parallel()
	for name, protocol := range map[string]map[string]string{
		"cooperative-sticky": {},
		"range":              {"partition.assignment.strategy": "range"},
		"KIP-848":            {"group.protocol": "consumer"},
	} {
		for _, partitions := range []int32{2, 5} {
			t.Run(fmt.Sprint(name, " ", partitions), func(t *testing.T) {
				t.Parallel()
				b := startCluster(t)
				config := maps.Clone(protocol)
				maps.Copy(config, oftenRefreshed)
				var recs []*kgo.Record
				for i := range 30 {
					recs = append(recs, raw(t, int32(i%3), i, "old"))
				}
				produce(t, client(t, b.Brokers()), recs...)
				var j journal
				cfg := eventbus.ConsumerConfig{Config: config, Handlers: []eventbus.Handler{j.handler()}}
				first, second := consume(t, b, cfg), consume(t, b, cfg)
				eventually(t, "both have partitions", func() bool { return first.Stats().Assigned > 0 && second.Stats().Assigned > 0 })
				eventually(t, "the old log is handled", func() bool { return j.len() >= 30 })
				b.WaitCommitted(group, "todos")
				b.recreate("todos", partitions)
				var want []string
				recs = nil
				for i := range 40 {
					title := fmt.Sprint("new ", i)
					want = append(want, title)
					recs = append(recs, raw(t, int32(i)%partitions, i, title))
				}
				produce(t, client(t, b.Brokers()), recs...)
				eventually(t, "the new log is handled", func() bool { return missing(&j, want) == nil })
				b.WaitCommitted(group, "todos")
				for partition, end := range b.EndOffsets("todos") {
					eventually(t, "commits are of the new log", func() bool { return b.Committed(group, "todos")[partition] == end })
				}
			})
		}
	}
}

// A handler that began with a record of the old log ends after the topic was made
// again: no offset of the old log is committed over the new one.
func TestC23_NothingOfTheOldLogIsCommittedOverTheNewOne(t *testing.T) {
	t.Parallel()
	var ended atomic.Bool // of the old log
	b := startWatched(t, func(cm commit) {
		if ended.Load() && cm.topic == "todos" && cm.partition == 0 && cm.offset > 2 {
			t.Errorf("%d is committed of a log that ends at 2", cm.offset)
		}
	})
	numbered(t, client(t, b.Brokers()), 0, 5)
	var j journal
	blocked, free := make(chan struct{}, 1), make(chan struct{})
	r := consume(t, b, eventbus.ConsumerConfig{
		Config: oftenRefreshed,
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if j.add(ctx, e); e.GetTitle() == "4" {
				blocked <- struct{}{}
				<-free // whatever becomes of the partition
			}
			return nil
		})},
	})
	<-blocked
	// As the client knows it: until it has the answer it may send the commit again.
	eventually(t, "those before are committed", func() bool {
		return slices.ContainsFunc(r.Stats().Partitions, func(p eventbus.PartitionStats) bool {
			return p.Topic == "todos" && p.Partition == 0 && p.Committed == 4
		})
	})
	b.recreate("todos", 3)
	ended.Store(true)
	close(free)
	want := numbered(t, client(t, b.Brokers()), 100, 102)
	eventually(t, "the new log is handled", func() bool { return missing(&j, want) == nil })
	eventually(t, "it is committed", func() bool { return b.Committed(group, "todos")[0] == 2 })
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if got := b.Committed(group, "todos")[0]; got != 2 {
		t.Errorf("committed %d of 2", got)
	}
}

// A client that finds a topic gone gives its partitions back as lost, and then committed
// what it had stored of them once more: over the new log, if the topic was made again by
// then. Seen once in 50 runs of the test above, on a busy machine.
func TestC10_C23_WhatIsLostIsNotCommittedOnceMore(t *testing.T) {
	t.Parallel()
	var made atomic.Bool
	b := startWatched(t, func(cm commit) {
		if made.Load() && cm.topic == "todos" && cm.partition == 0 && cm.offset > 2 {
			t.Errorf("%d is committed of a log that ends at 2", cm.offset)
		}
	})
	numbered(t, client(t, b.Brokers()), 0, 5)
	var j journal
	var book logBook
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(book.text())
		}
	})
	blocked, free := make(chan struct{}, 1), make(chan struct{})
	consume(t, b, eventbus.ConsumerConfig{
		Config: oftenRefreshed, Logger: book.logger(),
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			if j.add(ctx, e); e.GetTitle() == "4" {
				blocked <- struct{}{}
				<-free // whatever becomes of the partition
			}
			return nil
		})},
	})
	<-blocked
	eventually(t, "those before are committed", func() bool { return b.Committed(group, "todos")[0] == 4 })
	if _, err := b.admin.DeleteTopic(b.ctx(), "todos"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the client gives the topic back", func() bool { return strings.Contains(book.text(), "Subscribed topic not available") })
	eventually(t, "it can be made again", func() bool {
		_, err := b.admin.CreateTopic(b.ctx(), 3, 1, nil, "todos")
		return err == nil
	})
	made.Store(true)
	eventually(t, "the new log is read", func() bool { return strings.Contains(book.text(), "was deleted and made again") })
	close(free)
	want := numbered(t, client(t, b.Brokers()), 100, 102)
	eventually(t, "the new log is handled", func() bool { return missing(&j, want) == nil })
	eventually(t, "it is committed", func() bool { return b.Committed(group, "todos")[0] == 2 })
}

// A commit that came over another log than the one that was read is known by its
// mark, though that log is longer than what it says.
func TestC23_ACommitOfAnotherLogIsKnownByItsMark(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]eventbus.LogChangePolicy{"from start": eventbus.FromStart, "stop": eventbus.StopAtLogChange} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startCluster(t)
			c := client(t, b.Brokers())
			want := numbered(t, c, 0, 8)
			b.commitByHand(0, 5, "topic-id=9XbpC2HTTyGQ2g5ZvKkSFQ")
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{OnLogChange: policy, Handlers: []eventbus.Handler{j.handler()}})
			if policy == eventbus.StopAtLogChange {
				if err := r.ended(); !errors.Is(err, eventbus.ErrLogChanged) || !strings.Contains(err.Error(), `topic "todos" was deleted and made again`) {
					t.Errorf("Run: %v", err)
				}
				if j.len() != 0 {
					t.Errorf("handled %v", j.titles())
				}
				return
			}
			eventually(t, "the whole log is handled", func() bool { return j.len() >= 8 })
			b.WaitCommitted(group, "todos")
			if diff := cmp.Diff(want, j.titles()); diff != "" {
				t.Errorf("handled: %s", diff)
			}
			if got := r.Stats().Recreations; got != 1 {
				t.Errorf("%d topics made again are counted", got)
			}
			if err := r.end(); err != nil {
				t.Fatal(err)
			}
			more := numbered(t, c, 8, 10)
			r = consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
			eventually(t, "only what is new is handled", func() bool { return j.len() >= 10 })
			b.WaitCommitted(group, "todos")
			if diff := cmp.Diff(append(want, more...), j.titles()); diff != "" {
				t.Errorf("handled: %s", diff)
			}
			if got := r.Stats().Recreations; got != 0 {
				t.Errorf("%d topics made again are counted", got)
			}
		})
	}
}

// The epochs of a new topic's leaders begin anew: a client that knows higher ones
// takes no notice of the new log's leaders, and reads nothing for ever.
func TestC23_ALogWithLowerLeaderEpochsIsRead(t *testing.T) {
	t.Parallel()
	b := startFaulty(t, func(cfg *broker.Config) { cfg.Brokers = 3 })
	for range 3 { // each move raises the epoch
		for p := range int32(3) {
			for node := range int32(3) {
				if err := b.fake.Cluster().MoveTopicPartition("todos", p, node); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	numbered(t, client(t, b.Brokers()), 0, 5)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Config: oftenRefreshed, Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "the old log is handled", func() bool { return j.len() == 5 })
	b.WaitCommitted(group, "todos")
	b.recreate("todos", 3)
	want := numbered(t, client(t, b.Brokers()), 100, 108)
	eventually(t, "the new log is handled", func() bool { return missing(&j, want) == nil })
	b.WaitCommitted(group, "todos")
	eventually(t, "Health has nothing else to tell", func() bool { return len(r.Health().Reasons) == 1 })
}

// A subscribed topic that is gone is named by Health until it is there again.
func TestC23_ATopicThatIsGoneIsNotReady(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	numbered(t, client(t, b.Brokers()), 0, 5)
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Config: oftenRefreshed, Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "the log is handled", func() bool { return j.len() == 5 && r.Health().Ready })
	if _, err := b.admin.DeleteTopic(b.ctx(), "todos"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Health names the topic", func() bool {
		h := r.Health()
		return !h.Ready && hasReason(h, eventbus.HealthTopicGone, "todos", 0, 0)
	})
	eventually(t, "it can be made again", func() bool {
		_, err := b.admin.CreateTopic(b.ctx(), 3, 1, nil, "todos")
		return err == nil
	})
	want := numbered(t, client(t, b.Brokers()), 100, 103)
	eventually(t, "the new log is handled", func() bool { return missing(&j, want) == nil })
	eventually(t, "the topic is not missing any more", func() bool {
		return !hasReason(r.Health(), eventbus.HealthTopicGone, "todos", 0, 0)
	})
}
