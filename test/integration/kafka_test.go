//go:build kafka

package integration_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	kafkatest "github.com/eventcontracts/eventcontracts/test/kafka"
)

// apache is one Apache Kafka. Tests have it one after the other.
type apache struct {
	addrs []string
	own   *kafkatest.Cluster // nil for one that somebody else runs

	topics map[string]broker.Topic // those that are there as they were made
}

var (
	single = make(chan *apache, 16)
	ended  []func() error
)

// startClusters starts what the tests share: KAFKA_CLUSTERS nodes (default 2), or
// the cluster that KAFKA_BROKERS names.
func startClusters() (stop func(), err error) {
	stop = func() {
		for _, f := range ended {
			if err := f(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}
	if addrs := os.Getenv("KAFKA_BROKERS"); addrs != "" {
		a := &apache{addrs: strings.Split(addrs, ","), topics: map[string]broker.Topic{}}
		if err := a.mayBeEmptied(); err != nil {
			return stop, err
		}
		single <- a
		return stop, nil
	}
	n, err := strconv.Atoi(cmp.Or(os.Getenv("KAFKA_CLUSTERS"), "2"))
	if err != nil || n < 1 || n > cap(single) {
		return stop, fmt.Errorf("KAFKA_CLUSTERS=%s: give a number from 1 to %d", os.Getenv("KAFKA_CLUSTERS"), cap(single))
	}
	var starting sync.WaitGroup
	started := make([]*kafkatest.Cluster, n)
	errs := make([]error, n)
	for i := range n {
		starting.Go(func() { started[i], errs[i] = kafkatest.New() })
	}
	starting.Wait()
	for _, own := range started {
		if own != nil {
			ended = append(ended, own.Close)
			single <- &apache{addrs: own.Brokers(), own: own, topics: map[string]broker.Topic{}}
		}
	}
	return stop, errors.Join(errs...)
}

// mayBeEmptied refuses somebody's cluster that has topics of ours: the tests
// delete them.
func (a *apache) mayBeEmptied() error {
	c, err := kgo.NewClient(kgo.SeedBrokers(a.addrs...))
	if err != nil {
		return fmt.Errorf("KAFKA_BROKERS: %w", err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	there, err := kadm.NewClient(c).ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("list the topics of KAFKA_BROKERS: %w", err)
	}
	var ours []string
	for _, topic := range brokerConfig(nil).Topics {
		if there.Has(topic.Name) {
			ours = append(ours, topic.Name)
		}
	}
	if len(ours) > 0 && os.Getenv("KAFKA_EMPTY") != "yes" {
		return fmt.Errorf("the cluster of KAFKA_BROKERS has topics that these tests delete: %s: give an empty cluster, or say KAFKA_EMPTY=yes", strings.Join(ours, ", "))
	}
	return nil
}

// startCluster waits for a cluster and empties it.
func startCluster(t *testing.T, edits ...edit) *cluster {
	t.Helper()
	c, _ := lease(t, single, edits)
	return c
}

func lease(t *testing.T, pool chan *apache, edits []edit) (*cluster, *apache) {
	t.Helper()
	a := <-pool
	t.Cleanup(func() { pool <- a })
	c := newCluster(t, a.addrs)
	a.reset(c, topicsOf(brokerConfig(edits)))
	return c, a
}

// startFaulty is for tests that make test runs.
func startFaulty(t *testing.T, _ ...edit) *faulty {
	t.Helper()
	t.Skip("its fault can only be given to the embedded broker: make test runs it")
	return nil
}

// startWatched starts a cluster; what is committed is looked at when it is there.
func startWatched(t *testing.T, _ func(commit)) *cluster {
	t.Helper()
	return startCluster(t)
}

// startDoomed starts a cluster that crash ends.
func startDoomed(t *testing.T) (c *cluster, crash func()) {
	t.Helper()
	c, a := lease(t, single, nil)
	if a.own == nil {
		t.Skip("it would kill the cluster of KAFKA_BROKERS")
	}
	t.Cleanup(func() { // before the lease ends
		if err := a.own.Restart(0); err != nil {
			t.Fatal(err)
		}
	})
	return c, func() { a.own.Kill(0) }
}

// reset gives the cluster the topics want, empty, and no group.
func (a *apache) reset(c *cluster, want map[string]broker.Topic) {
	c.t.Helper()
	c.forgetGroups()
	var there kadm.TopicDetails
	var ends kadm.ListedOffsets
	c.ask("the topics can be listed", func() (err error) {
		if there, err = c.admin.ListTopics(c.ctx()); err == nil {
			ends, err = c.admin.ListEndOffsets(c.ctx(), there.Names()...)
		}
		return err
	})
	var old []string
	for _, name := range there.Names() {
		topic, wanted := want[name]
		used := false
		ends.Each(func(o kadm.ListedOffset) { used = used || o.Topic == name && o.Offset > 0 })
		if made, ok := a.topics[name]; !ok || !wanted || used || made.Partitions != topic.Partitions || !maps.Equal(made.Config, topic.Config) {
			old = append(old, name)
		}
	}
	if len(old) > 0 {
		c.ask("topics can be deleted", func() error {
			_, err := c.admin.DeleteTopics(c.ctx(), old...)
			return err
		})
	}
	for _, name := range old {
		delete(a.topics, name)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := a.topics[name]; !ok {
			c.create(want[name])
			a.topics[name] = want[name]
		}
	}
	c.waitForLeaders(slices.Collect(maps.Keys(want)))
}

// create makes a topic, once a deleted one of its name has gone.
func (c *cluster) create(topic broker.Topic) {
	c.t.Helper()
	config := map[string]*string{}
	for k, v := range topic.Config {
		if k != "min.insync.replicas" { // of three nodes; here the cluster's own holds
			config[k] = kadm.StringPtr(v)
		}
	}
	eventually(c.t, "topic "+topic.Name+" can be made", func() bool {
		_, err := c.admin.CreateTopic(c.ctx(), int32(max(topic.Partitions, 1)), -1, config, topic.Name)
		if code := (*kerr.Error)(nil); errors.As(err, &code) && !code.Retriable && !errors.Is(err, kerr.TopicAlreadyExists) {
			c.t.Fatalf("create topic %s: %v", topic.Name, err)
		}
		return err == nil
	})
}

// waitForLeaders waits until every broker knows the topics and their leaders.
func (c *cluster) waitForLeaders(topics []string) {
	c.t.Helper()
	for _, addr := range c.addrs {
		one := kadm.NewClient(client(c.t, []string{addr}))
		eventually(c.t, "broker "+addr+" knows the topics", func() bool {
			there, err := one.ListTopics(c.ctx(), topics...)
			return err == nil && there.Error() == nil && len(there) == len(topics) && haveLeaders(there)
		})
	}
}

func haveLeaders(topics kadm.TopicDetails) bool {
	for _, topic := range topics {
		for _, p := range topic.Partitions {
			if p.Err != nil || p.Leader < 0 {
				return false
			}
		}
	}
	return true
}

// forgetGroups deletes every group, once its members have gone.
func (c *cluster) forgetGroups() {
	c.t.Helper()
	eventually(c.t, "the groups have gone", func() bool {
		var groups kadm.ListedGroups
		c.ask("the groups can be listed", func() (err error) {
			groups, err = c.admin.ListGroups(c.ctx())
			return err
		})
		if len(groups) == 0 {
			return true
		}
		_, _ = c.admin.DeleteGroups(c.ctx(), groups.Groups()...) // refused while one has members
		return false
	})
}

func topicsOf(cfg broker.Config) map[string]broker.Topic {
	out := map[string]broker.Topic{}
	for _, topic := range cfg.Topics {
		out[topic.Name] = topic
	}
	return out
}
