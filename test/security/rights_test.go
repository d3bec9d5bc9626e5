//go:build kafka

package security_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"google.golang.org/protobuf/proto"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// producerOf is a producer's configuration for a principal.
func producerOf(principal string, events ...proto.Message) eventbus.ProducerConfig {
	return eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: secured.SASL, TLS: trust(), SASL: bearer(principal)}, Source: "test", Events: events,
		Logger: slog.New(slog.DiscardHandler),
	}
}

// consumerOf is a consumer's configuration for a principal.
func consumerOf(principal, group string, handled chan<- string) eventbus.ConsumerConfig {
	return eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: secured.SASL, TLS: trust(), SASL: bearer(principal)}, Group: group, Logger: slog.New(slog.DiscardHandler),
		Handlers: []eventbus.Handler{eventbus.Handle(func(_ context.Context, e *todov1.TodoCreated) error {
			if handled != nil {
				handled <- e.GetTitle()
			}
			return nil
		})},
	}
}

func TestAMissingRightFailsAProducersStart(t *testing.T) {
	t.Parallel()
	const principal = "User:starts-without-write"
	for _, row := range []struct {
		name  string
		grant func(*testing.T)
	}{
		{"nothing granted", func(*testing.T) {}},
		{"DESCRIBE alone", func(t *testing.T) { allowTopic(t, principal, topic, describe) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.grant(t)
			began := time.Now()
			_, err := eventbus.NewProducer(producerOf("starts-without-write", (*todov1.TodoCreated)(nil)))
			told(t, err, eventbus.ErrConfig, began,
				`Events: topic "todos": no right to write: grant WRITE on it to User:starts-without-write, such as with kafka-acls.sh --add --allow-principal User:starts-without-write --operation WRITE --topic todos`)
		})
	}
}

// Without Events the start asks for no topic.
func TestAMissingRightFailsAPublish(t *testing.T) {
	t.Parallel()
	if err := makeTopics("another"); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, principal string
		grant           func(*testing.T)
		kind            error // nil for either
	}{
		// Whether the client fails for good first, or learns of the topic, is open.
		{"nothing granted", "publishes-nothing", func(*testing.T) {}, nil},
		{"WRITE to another topic", "publishes-elsewhere", func(t *testing.T) { allowTopic(t, "User:publishes-elsewhere", "another", write) }, eventbus.ErrRejected},
		{"WRITE to another topic and DESCRIBE", "publishes-both", func(t *testing.T) {
			allowTopic(t, "User:publishes-both", "another", write)
			allowTopic(t, "User:publishes-both", topic, describe)
		}, eventbus.ErrRejected},
		// Who may write nowhere may not be idempotent, and the client fails for
		// good; what it does with its records it does not tell.
		{"DESCRIBE alone", "publishes-described", func(t *testing.T) { allowTopic(t, "User:publishes-described", topic, describe) }, eventbus.ErrIndeterminate},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.grant(t)
			p, err := eventbus.NewProducer(producerOf(row.principal))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			for range 2 { // the client knows the second time
				began := time.Now()
				_, err = p.Publish(ctx, todo())
				told(t, err, row.kind, began, `topic "todos": no right to write: grant WRITE on it to User:`+row.principal)
			}
			if err := p.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAMissingRightFailsAConsumersStart(t *testing.T) {
	t.Parallel()
	const group = "starts"
	dead, redrive := groupTopics(t, group)
	all := func(t *testing.T, principal string, without string) {
		for name, op := range map[string]kadm.ACLOperation{topic: read, redrive: read, dead: write} {
			if name != without {
				allowTopic(t, principal, name, op)
			}
		}
		if without != group {
			allowGroup(t, principal, group, read)
		}
	}
	for _, row := range []struct{ principal, without, want string }{
		{"reads-no-topic", topic, `Handlers: topic "todos": no right to read: grant READ on it to User:reads-no-topic`},
		{"reads-no-redrive", redrive, `Handlers: topic "todos.starts.redrive": no right to read: grant READ on it to User:reads-no-redrive`},
		{"writes-no-letter", dead, `Handlers: topic "todos.starts.dlq": no right to write: grant WRITE on it to User:writes-no-letter`},
		{
			"joins-no-group", group,
			`Group: group "starts": no right to read: grant READ on it to User:joins-no-group, such as with kafka-acls.sh --add --allow-principal User:joins-no-group --operation READ --group starts`,
		},
	} {
		t.Run(row.principal, func(t *testing.T) {
			t.Parallel()
			all(t, "User:"+row.principal, row.without)
			began := time.Now()
			_, err := eventbus.NewConsumer(consumerOf(row.principal, group, nil))
			told(t, err, eventbus.ErrConfig, began, row.want)
		})
	}
	t.Run("everything is told at once", func(t *testing.T) {
		t.Parallel()
		began := time.Now()
		_, err := eventbus.NewConsumer(consumerOf("starts-with-nothing", group, nil))
		told(t, err, eventbus.ErrConfig, began, `topic "todos": no right to read`, `topic "todos.starts.redrive": no right to read`,
			`topic "todos.starts.dlq": no right to write`, `group "starts": no right to read`)
	})
}

// A right is taken away between the start and Run.
func TestAMissingRightEndsRun(t *testing.T) {
	t.Parallel()
	const group = "loses"
	dead, redrive := groupTopics(t, group)
	for _, row := range []struct {
		principal string
		taken     *kadm.ACLBuilder
		want      string
	}{
		{"loses-its-group", kadm.NewACLs().Groups(group), `Group: group "loses": no right to read: grant READ on it to User:loses-its-group`},
		{"loses-its-topic", kadm.NewACLs().Topics(topic), `Handlers: topic "todos": no right to read: grant READ on it to User:loses-its-topic`},
	} {
		t.Run(row.principal, func(t *testing.T) {
			t.Parallel()
			principal := "User:" + row.principal
			allowTopic(t, principal, topic, read)
			allowTopic(t, principal, redrive, read)
			allowTopic(t, principal, dead, write)
			allowGroup(t, principal, group, read)
			c, err := eventbus.NewConsumer(consumerOf(row.principal, group, nil))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			disallow(t, row.taken, principal, read)
			began := time.Now()
			told(t, c.Run(ctx), eventbus.ErrConfig, began, row.want)
		})
	}
}
