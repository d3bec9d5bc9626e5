package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// restTimeout is how long the group may go on after the last event was published.
const restTimeout = 90 * time.Second

// reader looks at the cluster with franz-go, which shares nothing with the bus.
type reader struct {
	brokers []string
	client  *kgo.Client
	admin   *kadm.Client
}

func newReader(brokers ...string) (*reader, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return nil, err
	}
	return &reader{brokers, client, kadm.NewClient(client)}, nil
}

// ends are where topics end.
func (r *reader) ends(ctx context.Context, topics ...string) (map[account.TopicPartition]int64, error) {
	list, err := r.admin.ListEndOffsets(ctx, topics...)
	if err == nil {
		err = list.Error()
	}
	out := map[account.TopicPartition]int64{}
	list.Each(func(o kadm.ListedOffset) {
		out[account.TopicPartition{Topic: o.Topic, Partition: o.Partition}] = o.Offset
	})
	return out, err
}

// committed are the group's offsets.
func (r *reader) committed(ctx context.Context) (map[account.TopicPartition]int64, error) {
	out := map[account.TopicPartition]int64{}
	list, err := r.admin.FetchOffsets(ctx, group)
	if errors.Is(err, kerr.GroupIDNotFound) { // it has committed nothing yet
		return out, nil
	}
	if err == nil {
		err = list.Error()
	}
	list.Each(func(o kadm.OffsetResponse) {
		if o.At >= 0 {
			out[account.TopicPartition{Topic: o.Topic, Partition: o.Partition}] = o.At
		}
	})
	return out, err
}

// state is what the broker says that the group is doing.
func (r *reader) state(ctx context.Context) string {
	list, err := r.admin.DescribeGroups(ctx, group)
	if err != nil {
		return ""
	}
	return list[group].State
}

// freezeAll ends a rebalance that the embedded broker cannot end. It miscounts those
// who have joined once a member's session expires while it waits for its SyncGroup,
// and then waits for its timer, which every attempt to join sets anew. So nobody may try
// for as long as it is. A rebalance of Kafka ends with the group's rebalance timeout.
func (d *driver) freezeAll() {
	d.stuck++
	var under sync.WaitGroup
	for _, p := range d.slots {
		if p != nil && !p.ended() {
			under.Go(func() { p.freeze(maxPoll + time.Second) })
		}
	}
	under.Wait()
}

// records are all that a topic has, by partition and offset.
func (r *reader) records(ctx context.Context, topic string) ([]account.Record, error) {
	ends, err := r.ends(ctx, topic)
	if err != nil {
		return nil, err
	}
	from := map[int32]kgo.Offset{}
	for p, end := range ends {
		if end > 0 {
			from[p.Partition] = kgo.NewOffset().AtStart()
		}
	}
	if len(from) == 0 {
		return nil, nil
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var out []account.Record
	for len(from) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("read topic %s: %w", topic, err)
		}
		fetches.EachRecord(func(k *kgo.Record) {
			end := ends[account.TopicPartition{Topic: k.Topic, Partition: k.Partition}]
			if k.Offset >= end-1 {
				delete(from, k.Partition)
			}
			if k.Offset < end && !k.Attrs.IsControl() {
				out = append(out, record(k))
			}
		})
	}
	slices.SortFunc(out, func(a, b account.Record) int { return a.Compare(b.Position) })
	return out, nil
}

func record(k *kgo.Record) account.Record {
	r := account.Record{Position: position(k.Topic, k.Partition, k.Offset), Key: k.Key, Value: k.Value, Time: k.Timestamp}
	for _, h := range k.Headers {
		r.Headers = append(r.Headers, account.Header{Key: h.Key, Value: h.Value})
	}
	return r
}

// contract is that of the events of a run.
func contract() *event.Contract {
	c, err := event.ContractOf(&todov1.TodoCreated{})
	if err != nil {
		panic(err) // it is linked
	}
	return c
}

// rest waits until the group has committed the ends of its topic. If it does not in
// time, the account tells what is missing.
func (d *driver) rest(ctx context.Context) error {
	r, err := newReader(d.broker.said)
	if err != nil {
		return err
	}
	defer r.client.Close()
	ctx, cancel := context.WithTimeout(ctx, restTimeout)
	defer cancel()
	topic := contract().Topic.Name
	ends, err := r.ends(ctx, topic)
	if err != nil {
		return err
	}
	stable := time.Now()
	for {
		if r.state(ctx) == "Stable" {
			stable = time.Now()
		}
		if time.Since(stable) > maxPoll+session {
			d.freezeAll()
			stable = time.Now()
		}
		committed, err := r.committed(ctx)
		open := 0
		for p, end := range ends {
			if committed[p] < end {
				open++
			}
		}
		if err == nil && open == 0 {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			fmt.Fprintf(d.out, "the group has not committed the end of %d partitions within %s: the goroutines of all processes are in their logs\n", open, restTimeout)
			for _, p := range d.all {
				_ = p.cmd.Process.Signal(syscall.SIGUSR1) // one that has ended has none
			}
			return nil
		}
	}
}

// evidence reads what the round has left behind. What cannot be read is unseen.
func (d *driver) evidence(ctx context.Context) account.Evidence {
	e := account.Evidence{StopLimit: stopLimit, DrainLimit: drainTimeout, Secrets: []string{canary}, Texts: map[string]string{}, Producers: []account.Journal{}}
	unseen := func(err error) bool {
		if err != nil {
			e.Unseen = append(e.Unseen, err.Error())
		}
		return err != nil
	}
	k := contract()
	g := account.Group{Name: group, Topics: []string{k.Topic.Name}, Handles: []string{k.Type}, Redrives: []account.Redrive{}}
	letters := event.DeadLetterTopic(k.Topic.Name, group)
	g.LetterPartitions = map[string]int32{letters: letterPartitions}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	r, err := newReader(d.broker.said)
	if !unseen(err) {
		defer r.client.Close()
		e.Log, err = r.records(ctx, k.Topic.Name)
		unseen(err)
		e.Ends, err = r.ends(ctx, k.Topic.Name)
		unseen(err)
		g.DeadLetters, err = r.records(ctx, letters)
		unseen(err)
		g.Redriven, err = r.records(ctx, event.RedriveTopic(k.Topic.Name, group))
		unseen(err)
		g.Committed, err = r.committed(ctx)
		unseen(err)
	}
	if len(e.Log) == 0 {
		unseen(errors.New("the topic has no records: there was nothing to look at"))
	}
	for _, l := range g.DeadLetters {
		for _, h := range l.Headers {
			e.Texts["headers of dead letters"] += string(h.Value) + "\n"
		}
	}
	unseen(d.broker.stop())
	unseen(d.journal.w.Close())
	paths, err := filepath.Glob(journalFile(d.dir, "*"))
	unseen(err)
	slices.Sort(paths)
	for _, path := range paths {
		j, err := account.ReadJournal(path)
		unseen(err)
		switch {
		case j.Name == "driver":
			e.Driver = &j
		case j.Name == "broker":
			e.Observed = &j
		case strings.HasPrefix(j.Name, "p"):
			e.Producers = append(e.Producers, j)
		default:
			g.Journals = append(g.Journals, j)
		}
	}
	logs, err := filepath.Glob(filepath.Join(d.dir, "*.log"))
	unseen(err)
	for _, path := range logs {
		b, err := os.ReadFile(path)
		unseen(err)
		e.Texts[filepath.Base(path)] = string(b)
	}
	e.Groups = []account.Group{g}
	return e
}
