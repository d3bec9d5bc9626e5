package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// cluster is the Kafka that the service is stopped on: an embedded broker or, with
// the build tag kafka, an Apache Kafka. It is looked at without the bus.
type cluster struct {
	t       *testing.T
	ctx     context.Context
	brokers []string
	admin   *kadm.Client
}

// newCluster starts one with the topics of the contracts and of services.yaml.
func newCluster(ctx context.Context, t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, ctx: ctx, brokers: startBrokers(t)}
	client, err := kgo.NewClient(kgo.SeedBrokers(c.brokers...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	c.admin = kadm.NewClient(client)
	var said bytes.Buffer
	env := cli.Env{Stdin: strings.NewReader(""), Stdout: &said, Stderr: &said, Getenv: func(string) string { return "" }}
	if code := cli.Run(ctx, env, []string{"topics", "apply", "--replicas", "1", "--brokers", strings.Join(c.brokers, ",")}); code != 0 {
		t.Fatalf("eventctl topics apply: %s", &said)
	}
	return c
}

// wait waits for a state of the cluster.
func (c *cluster) wait(what string, cond func() bool) {
	c.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-c.ctx.Done():
			c.t.Fatalf("gave up waiting for %s", what)
		}
	}
}

// held is the number of a topic's records.
func (c *cluster) held(topic string) int64 {
	c.t.Helper()
	n := int64(0)
	for _, end := range c.ends(topic) {
		n += end
	}
	return n
}

func (c *cluster) ends(topic string) map[int32]int64 {
	c.t.Helper()
	offsets, err := c.admin.ListEndOffsets(c.ctx, topic)
	if err == nil {
		err = offsets.Error()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	ends := map[int32]int64{}
	offsets.Each(func(o kadm.ListedOffset) { ends[o.Partition] = o.Offset })
	return ends
}

// settled reports whether a group has committed all that a topic holds.
func (c *cluster) settled(group, topic string) bool {
	c.t.Helper()
	commits, err := c.admin.FetchOffsets(c.ctx, group)
	if err != nil {
		c.t.Fatal(err)
	}
	for partition, end := range c.ends(topic) {
		if at, ok := commits.Lookup(topic, partition); end > 0 && (!ok || at.At < end) {
			return false
		}
	}
	return true
}

// records are all that a topic holds.
func (c *cluster) records(topic string) []*kgo.Record {
	c.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.brokers...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		c.t.Fatal(err)
	}
	defer client.Close()
	var out []*kgo.Record
	for want := c.held(topic); int64(len(out)) < want; {
		fetches := client.PollFetches(c.ctx)
		if err := fetches.Err(); err != nil {
			c.t.Fatal(err)
		}
		out = slices.Concat(out, fetches.Records())
	}
	return out
}
