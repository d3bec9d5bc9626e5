//go:build kafka

package security_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// deprived is a consumer that runs, and loses a right to read meanwhile.
type deprived struct {
	*eventbus.Consumer
	t         *testing.T
	principal string
	log       lines
	handled   chan string
	producer  *eventbus.Producer // the super user's
}

// deprive makes one whose group has the name of its principal.
func deprive(t *testing.T, name string, config map[string]string) *deprived {
	t.Helper()
	d := &deprived{t: t, principal: "User:" + name, handled: make(chan string, 1<<16)}
	dead, redrive := groupTopics(t, name)
	allowTopic(t, d.principal, topic, read)
	allowTopic(t, d.principal, redrive, read)
	allowTopic(t, d.principal, dead, write)
	allowGroup(t, d.principal, name, read)
	cfg := consumerOf(name, name, d.handled)
	cfg.Config, cfg.Logger = config, slog.New(slog.NewTextHandler(&d.log, nil))
	var err error
	if d.Consumer, err = eventbus.NewConsumer(cfg); err != nil {
		t.Fatal(err)
	}
	d.producer, err = eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: cluster.Brokers()}, Source: "test", Events: []proto.Message{(*todov1.TodoCreated)(nil)}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := d.producer.Close(ctx); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(d.log.String())
		}
	})
	return d
}

// publish publishes an event of this title.
func (d *deprived) publish(title string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	msg := todo()
	msg.Title = title
	if _, err := d.producer.Publish(ctx, msg); err != nil {
		d.t.Fatal(err)
	}
}

// await waits until an event of this title is handled.
func (d *deprived) await(title string) {
	d.t.Helper()
	until(d.t, func() bool {
		for {
			select {
			case got := <-d.handled:
				if got == title {
					return true
				}
			default:
				return false
			}
		}
	})
}

// told reports whether one line of the log has all texts.
func (d *deprived) told(texts ...string) bool {
	for line := range strings.Lines(d.log.String()) {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
			return true
		}
	}
	return false
}

func theTopic(string) *kadm.ACLBuilder       { return kadm.NewACLs().Topics(topic) }
func theGroup(group string) *kadm.ACLBuilder { return kadm.NewACLs().Groups(group) }

// A right to read that is taken away from a member is asked for, and the member
// goes on once it is given back.
func TestARightThatIsLostWhileItRunsIsToldAndMayComeBack(t *testing.T) {
	t.Parallel()
	const soon, ms = "topic.metadata.refresh.interval.ms", "500"
	for _, row := range []struct {
		principal string
		config    map[string]string
		taken     func(group string) *kadm.ACLBuilder
		left      int // of its partitions, todos and the redrive topic's
		want      string
	}{
		{"loses-topic-unnoticed", nil, theTopic, 2, topic},
		{"loses-topic", map[string]string{soon: ms}, theTopic, 1, topic},
		{"loses-topic-eager", map[string]string{soon: ms, "partition.assignment.strategy": "range"}, theTopic, 1, topic},
		{"loses-topic-848", map[string]string{soon: ms, "group.protocol": "consumer"}, theTopic, 2, topic},
		// It is a member until its session ends.
		{"loses-group", map[string]string{"session.timeout.ms": "2000", "heartbeat.interval.ms": "200"}, theGroup, 0, `group \"loses-group\"`},
	} {
		t.Run(row.principal, func(t *testing.T) {
			t.Parallel()
			d := deprive(t, row.principal, row.config)
			stop := running(t, d.Consumer)
			before, meanwhile := row.principal+" before", row.principal+" meanwhile"
			d.publish(before)
			d.await(before)
			disallow(t, row.taken(row.principal), d.principal, read)
			until(t, func() bool {
				return d.told("level=WARN", row.want, "no right to read: grant READ on ", " to "+d.principal+",")
			})
			until(t, func() bool { return d.Stats().Assigned == row.left })
			d.publish(meanwhile)
			allow(t, row.taken(row.principal), d.principal, read)
			d.await(meanwhile)
			stop()
		})
	}
}

// The client takes the loss of a KIP-848 group for final.
func TestAGroupThatIsLostWhileItRunsEndsRunWithKIP848(t *testing.T) {
	t.Parallel()
	const group = "loses-group-848"
	d := deprive(t, group, map[string]string{"group.protocol": "consumer"})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	d.publish(group)
	d.await(group)
	disallow(t, theGroup(group), d.principal, read)
	began := time.Now()
	told(t, <-done, eventbus.ErrFatal, began, `group "loses-group-848": no right to read: grant READ on it`, "Group authorization failed")
}
