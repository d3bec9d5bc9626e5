//go:build kafka

package integration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/kafka"
)

// three holds the cluster of three nodes, on which topics have three replicas,
// two of them in sync for an acknowledgement.
var (
	three      = make(chan *apache, 1)
	startThree sync.Once
	errThree   error
)

func leaseThree(t *testing.T) (*cluster, *apache) {
	t.Helper()
	startThree.Do(func() {
		var own *kafkatest.Cluster
		opts := []kafkatest.Option{
			kafkatest.Nodes(3),
			kafkatest.Property("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector"),
		}
		for i := range 3 {
			opts = append(opts, kafkatest.NodeProperty(i, "broker.rack", rackOf(i)))
		}
		if own, errThree = kafkatest.New(opts...); errThree == nil {
			ended = append(ended, own.Close)
			three <- &apache{addrs: own.Brokers(), own: own, topics: map[string]broker.Topic{}}
		}
	})
	if errThree != nil {
		t.Fatal(errThree)
	}
	return lease(t, three, []edit{onlyTopics("todos", "todos.notifier.dlq", "todos.notifier.redrive")})
}

// rackOf is the rack of a node.
func rackOf(node int) string { return fmt.Sprint("rack-", node) }

func onThree(t *testing.T) *cluster {
	t.Helper()
	c, _ := leaseThree(t)
	return c
}

func TestThreeNodes_C22_MembersComeAndGo(t *testing.T) {
	t.Parallel()
	for name, config := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			membersComeAndGo(t, func(t *testing.T, _ func(commit)) *cluster { return onThree(t) }, config)
		})
	}
}

// What the suite proves on one node, where replication could change it.
func TestThreeNodes(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]func(*testing.T, *cluster){
		"G1 C7 a killed consumer":     killedConsumer,
		"R1 redelivery":               handlerOutcomes,
		"V4 dead letters, redriven":   tripsOfOneEvent,
		"C16 tombstones":              tombstones,
		"C6 the gaps of transactions": transactions,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body(t, onThree(t))
		})
	}
}

// owns lists the partitions that a member has.
func owns(r *runner) []string {
	var out []string
	for _, p := range r.Stats().Partitions {
		out = append(out, fmt.Sprint(p.Topic, "/", p.Partition))
	}
	slices.Sort(out)
	return out
}

// dismiss removes static members, which leave their group only when their
// session ends.
func (c *cluster) dismiss(ids ...string) {
	c.t.Cleanup(func() {
		c.ask("static members can be removed", func() error {
			_, err := c.admin.LeaveGroup(c.ctx(), kadm.LeaveGroup(group).InstanceIDs(ids...).Reason("the test is over"))
			return err
		})
	})
}

// A static member that is away for less than its session keeps its partitions:
// nobody else is disturbed.
func TestThreeNodes_C22_AStaticMemberComesBackToItsPartitions(t *testing.T) {
	t.Parallel()
	for name, config := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := onThree(t)
			b.dismiss("stays", "leaves")
			var j journal
			member := func(id string) *runner {
				cfg := map[string]string{"group.instance.id": id, "session.timeout.ms": "20000"}
				if name == "KIP-848" {
					delete(cfg, "session.timeout.ms") // the broker's
				}
				for k, v := range config {
					cfg[k] = v
				}
				return consume(t, b, eventbus.ConsumerConfig{Config: cfg, Handlers: []eventbus.Handler{j.handler()}})
			}
			stays, leaves := member("stays"), member("leaves")
			eventually(t, "the partitions are shared", func() bool {
				return stays.Stats().Assigned > 0 && leaves.Stats().Assigned > 0 && stays.Stats().Assigned+leaves.Stats().Assigned == 6
			})
			before, kept := owns(leaves), owns(stays)
			rebalances := stays.Stats().Rebalances
			if err := leaves.end(); err != nil {
				t.Fatal(err)
			}
			for p := range int32(3) {
				produce(t, b.client, raw(t, p, int(p), "while it is away"))
			}
			back := member("leaves")
			eventually(t, "it has its partitions again", func() bool { return slices.Equal(owns(back), before) })
			eventually(t, "all handled", func() bool { return j.len() == 3 })
			if got := owns(stays); !slices.Equal(got, kept) || stays.Stats().Rebalances != rebalances {
				t.Errorf("the other member: partitions %v became %v, %d rebalances became %d", kept, got, rebalances, stays.Stats().Rebalances)
			}
		})
	}
}

// A second process with the same instance id fences the first, whose Run says so.
func TestThreeNodes_C22_ATwinOfAStaticMemberEndsIt(t *testing.T) {
	t.Parallel()
	b := onThree(t)
	b.dismiss("one")
	var j journal
	cfg := eventbus.ConsumerConfig{Config: map[string]string{"group.instance.id": "one"}, Handlers: []eventbus.Handler{j.handler()}}
	first := consume(t, b, cfg)
	eventually(t, "the first has everything", func() bool { return first.Stats().Assigned == 6 })
	second := consume(t, b, cfg)
	select {
	case err := <-first.done:
		close(first.done)
		if !errors.Is(err, eventbus.ErrFatal) || !strings.Contains(err.Error(), "group.instance.id") {
			t.Errorf("Run of the first: %v, want ErrFatal that names group.instance.id", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the first goes on")
	}
	produce(t, b.client, raw(t, 0, 1, "after"))
	eventually(t, "the second goes on", func() bool { return j.len() == 1 && second.Stats().Handled == 1 })
}

// A broker that is killed under load loses nothing that was acknowledged, and
// the consumer goes on with the others.
func TestThreeNodes_G2_P5_AKilledBrokerLosesNothing(t *testing.T) {
	t.Parallel()
	for name, config := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killedBroker(t, config)
		})
	}
}

func killedBroker(t *testing.T, config map[string]string) {
	t.Helper()
	b, a := leaseThree(t)
	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: b.Brokers()}, Source: "test", Events: []proto.Message{(*todov1.TodoCreated)(nil)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	var done ledger
	consume(t, b, eventbus.ConsumerConfig{
		Config: config,
		Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
			done.add(ctx, e.GetTodoId())
			return nil
		})},
	})
	const rounds, size = 40, 200
	type written struct {
		partition int32
		offset    int64
	}
	acked := map[written]string{}
	for round := range rounds {
		var events []*todov1.TodoCreated
		for i := range size {
			events = append(events, created(i, fmt.Sprintf("%d-%d", round, i)))
		}
		if round == rounds/4 {
			eventually(t, "the consumer is at work", func() bool { got, _ := done.distinct(); return got > 0 })
			a.own.Kill(1)
		}
		for i, r := range p.PublishBatch(b.ctx(), eventbus.Outs(events...)...) {
			if r.Err != nil {
				t.Fatalf("round %d: %v", round, r.Err)
			}
			if r.Receipt.Offset >= 0 { // else the broker confirmed what it had
				acked[written{r.Receipt.Partition, r.Receipt.Offset}] = events[i].GetTitle()
			}
		}
		if round == rounds*3/4 {
			if err := a.own.Restart(1); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "all handled", func() bool { got, _ := done.distinct(); return got == rounds*size })
	b.WaitCommitted(group, "todos")
	if err := done.inOrder(); err != nil {
		t.Error(err)
	}
	inLog := map[string]bool{}
	for _, r := range b.Records("todos") {
		e := &todov1.TodoCreated{}
		if _, err := event.DecodeInto(r.Record, e); err != nil {
			t.Fatal(err)
		}
		if inLog[e.GetTitle()] {
			t.Errorf("%s is in the log twice", e.GetTitle())
		}
		inLog[e.GetTitle()] = true
		at := written{int32(r.Partition), r.Offset}
		if title, ok := acked[at]; ok && title != e.GetTitle() {
			t.Errorf("partition %d, offset %d: %s was acknowledged there, %s is", at.partition, at.offset, title, e.GetTitle())
		}
	}
	if len(inLog) != rounds*size {
		t.Errorf("%d events are in the log, %d were acknowledged", len(inLog), rounds*size)
	}
}

// A topic that grows is read from its new partitions' begin.
func TestThreeNodes_C17_NewPartitionsAreReadFromTheirBegin(t *testing.T) {
	t.Parallel()
	for name, config := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, a := leaseThree(t)
			delete(a.topics, "todos") // it is to be made anew
			config["topic.metadata.refresh.interval.ms"] = "500"
			var j journal
			r := consume(t, b, eventbus.ConsumerConfig{Config: config, Handlers: []eventbus.Handler{j.handler()}})
			produce(t, b.client, raw(t, 0, 1, "old"))
			eventually(t, "handled", func() bool { return j.len() == 1 })
			b.ask("topic todos can be given partitions", func() error {
				_, err := b.admin.UpdatePartitions(b.ctx(), 6, "todos")
				return err
			})
			fresh := newCluster(t, b.Brokers()) // knows the new partitions
			eventually(t, "the brokers know the new partitions", func() bool {
				there, err := fresh.admin.ListTopics(b.ctx(), "todos")
				return err == nil && len(there["todos"].Partitions) == 6 && haveLeaders(there)
			})
			for p := range int32(6) {
				produce(t, client(t, b.Brokers()), raw(t, p, int(p), fmt.Sprintf("new %d", p)))
			}
			eventually(t, "all handled", func() bool { return j.len() == 7 })
			eventually(t, "all assigned", func() bool { return len(owns(r)) == 9 })
			b.WaitCommitted(group, "todos")
		})
	}
}
