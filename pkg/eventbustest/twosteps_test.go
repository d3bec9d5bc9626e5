package eventbustest_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// release is one released state of a contract: what is deployed as writer and as reader.
type release struct {
	name     string
	state    *compat.State
	registry *event.Registry
}

func releaseOf(t *testing.T, name, title string, revision int) release {
	t.Helper()
	files := contracttest.Compile(t, map[string]string{"shop.proto": fmt.Sprintf(`syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
option (eventcontracts.v1.topic) = {name: "orders" partitions: 1 replicas: 1 retention: "7d"};
message OrderPlaced {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "team-orders" revision: %d};
  string id = 1 [(buf.validate.field).string.uuid = true];
  string title = 2 [%s];
}
`, revision, title)})
	state, err := compat.NewState(files)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := event.NewRegistry(files)
	if err != nil {
		t.Fatal(err)
	}
	return release{name, state, registry}
}

// A title of 400 characters becomes one of 500. In one step the gate refuses it, and the
// readers that are deployed dead-letter what the new writer writes; in two steps the gate
// passes each, and every reader that may then be deployed handles what is written.
func TestWideningInTwoSteps(t *testing.T) {
	t.Parallel()
	const wide = `(eventcontracts.v1.field).accept.string.max_len = 500`
	old := releaseOf(t, "old", `(buf.validate.field).string.max_len = 400`, 0)
	first := releaseOf(t, "first", `(buf.validate.field).string.max_len = 400, `+wide, 1)
	second := releaseOf(t, "second", `(buf.validate.field).string.max_len = 500, `+wide, 2)
	oneStep := releaseOf(t, "one step", `(buf.validate.field).string.max_len = 500`, 1)

	for _, row := range []struct {
		from, to release
		want     []string
	}{
		{old, oneStep, []string{compat.ConstraintRelaxed}},
		{old, first, nil},
		{first, second, nil},
		{old, second, []string{compat.ConstraintRelaxed}}, // as long as old readers are deployed
	} {
		var got []string
		for _, f := range compat.Compare(row.from.state, row.to.state, compat.Options{Now: time.Now()}) {
			got = append(got, f.Rule)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("the gate on %s to %s (-want +got):\n%s", row.from.name, row.to.name, diff)
		}
	}

	// What each reader makes of what each writer writes: the longest title that it may.
	readers := []release{old, first, second}
	for _, row := range []struct {
		writer  release
		longest int
		handled []string
	}{
		{old, 400, []string{"old", "first", "second"}},
		{first, 400, []string{"old", "first", "second"}},
		{second, 500, []string{"first", "second"}},
		{oneStep, 500, []string{"first", "second"}},
	} {
		t.Run(row.writer.name, func(t *testing.T) {
			t.Parallel()
			got := play(t, row.writer, row.longest, readers)
			if diff := cmp.Diff(row.handled, got); diff != "" {
				t.Errorf("handled a title of %d characters (-want +got):\n%s", row.longest, diff)
			}
		})
	}
}

// play publishes one event and returns the readers that handled it; the others have made
// a dead letter of it.
func play(t *testing.T, writer release, length int, readers []release) []string {
	t.Helper()
	var handled []string
	var mu sync.Mutex
	group := func(r release) string { return strings.ReplaceAll(r.name, " ", "-") }
	config := func(r release) eventbus.ConsumerConfig {
		return eventbus.ConsumerConfig{
			Group: group(r), Registry: r.registry, Logger: slog.New(slog.DiscardHandler),
			Handlers: []eventbus.Handler{eventbus.HandleMessage(dynamicpb.NewMessage(message(r)), func(context.Context, proto.Message) error {
				mu.Lock()
				defer mu.Unlock()
				handled = append(handled, r.name)
				return nil
			})},
		}
	}
	var topics []eventbustest.Option
	for _, r := range readers {
		topics = append(topics, eventbustest.WithConsumer(config(r)))
	}
	b := eventbustest.NewBroker(t, topics...)
	conn := kafkaconn.Connection{Brokers: b.Brokers(), Insecure: true}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, len(readers))
	for _, r := range readers {
		cfg := config(r)
		cfg.Connection = conn
		c, err := eventbus.NewConsumer(cfg)
		if err != nil {
			t.Fatal(err)
		}
		go func() { ended <- c.Run(ctx) }()
	}
	defer func() {
		stop()
		for range readers {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}()

	p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: conn, Registry: writer.registry, Source: "/shop", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(context.WithoutCancel(ctx)) }()
	order := func(length int) proto.Message {
		m := dynamicpb.NewMessage(message(writer))
		m.Set(m.Descriptor().Fields().ByName("id"), protoreflect.ValueOfString("018f3c5e-1111-7000-8000-00000000000a"))
		m.Set(m.Descriptor().Fields().ByName("title"), protoreflect.ValueOfString(strings.Repeat("é", length)))
		return m
	}
	if _, err := p.Publish(ctx, order(length+1)); err == nil {
		t.Errorf("%s wrote a title of %d characters", writer.name, length+1)
	}
	if _, err := p.Publish(ctx, order(length)); err != nil {
		t.Fatal(err)
	}
	for _, r := range readers {
		b.WaitCommitted(group(r), "orders")
	}
	mu.Lock()
	defer mu.Unlock()
	for _, r := range readers {
		letters := b.Records(event.DeadLetterTopic("orders", group(r)))
		if dead := len(letters) == 1; dead == slices.Contains(handled, r.name) {
			t.Errorf("%s: %d dead letters, and handled by %v", r.name, len(letters), handled)
		}
	}
	slices.SortFunc(handled, func(x, y string) int {
		at := func(name string) int {
			return slices.IndexFunc(readers, func(r release) bool { return r.name == name })
		}
		return at(x) - at(y)
	})
	return handled
}

func message(r release) protoreflect.MessageDescriptor { return r.registry.Contracts()[0].Descriptor }
