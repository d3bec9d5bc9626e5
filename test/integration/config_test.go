package integration_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// refused makes a consumer that must be refused before any broker is asked.
func refused(t *testing.T, cfg eventbus.ConsumerConfig, want ...string) string {
	t.Helper()
	_, err := eventbus.NewConsumer(cfg)
	if !errors.Is(err, eventbus.ErrConfig) {
		t.Fatalf("NewConsumer: %v, want ErrConfig", err)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not have %q:\n%v", w, err)
		}
	}
	return err.Error()
}

func TestG6_AWrongConsumerConfigReportsAllItsProblemsAtOnce(t *testing.T) {
	t.Parallel()
	ok := func(context.Context, *todov1.TodoCreated) error { return nil }
	text := refused(t, eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{"kafka.example.org:9092"}}, Group: "no blanks", DeadLettersOf: "über", Concurrency: -1,
		Config:         map[string]string{"enable.auto.commit": "false", "go.events.channel.enable": "true"},
		ConnectTimeout: -time.Second, HandlerTimeout: 48 * time.Hour, MaxAhead: 1, MaxInFlight: -2, MaxInFlightBytes: -3,
		MaxUncommitted: -4, Middleware: []eventbus.Middleware{nil}, OnUnsupportedVersion: 7, ShutdownTimeout: time.Nanosecond,
		Retry: eventbus.RetryPolicy{InitialDelay: -1, Jitter: 2, MaxAttempts: -1, Multiplier: 0.5, MaxElapsed: -1},
		Handlers: []eventbus.Handler{
			{},
			eventbus.Handle[*todov1.TodoCreated](nil),
			eventbus.Handle(func(context.Context, *durationpb.Duration) error { return nil }),
			eventbus.Handle(ok, eventbus.WithRetry(eventbus.RetryPolicy{MaxAttempts: -1}), eventbus.WithHandlerTimeout(-1), eventbus.WithRedriven(9)),
			eventbus.Handle(ok),
		},
	},
		"Brokers: kafka.example.org:9092 is not on this host", "Group: ", "DeadLettersOf: ", "Concurrency: -1", "Config: enable.auto.commit: refused", "Config: go.events.channel.enable: refused",
		"ConnectTimeout: -1s", "HandlerTimeout: 48h", "MaxAhead: 1 ", "MaxInFlight: -2", "MaxInFlightBytes: -3", "MaxUncommitted: -4",
		"Middleware: element 0 is nil", "OnUnsupportedVersion: 7", "ShutdownTimeout: 1ns",
		"Retry.InitialDelay", "Retry.Jitter", "Retry.MaxAttempts", "Retry.Multiplier", "Retry.MaxElapsed",
		"Handlers: element 0: it has no function", "Handlers: element 1: it has no function", "Handlers: element 2: ", "google.protobuf.Duration",
		"Handlers: element 3: WithRetry.MaxAttempts", "Handlers: element 3: WithHandlerTimeout", "Handlers: element 3: WithRedriven",
	)
	// A wrong default is the consumer's problem, not one more of each handler.
	if strings.Contains(text, "element 4: WithRetry") || strings.Contains(text, "element 4: WithHandlerTimeout") {
		t.Errorf("a handler is blamed for the consumer's policy:\n%s", text)
	}
}

func TestG6_AnEmptyConsumerConfigNamesWhatIsRequired(t *testing.T) {
	t.Parallel()
	refused(t, eventbus.ConsumerConfig{}, "Brokers: ", "Group is empty", "Handlers: there is none")
}

func TestG6_OverridesThatBreakAGuaranteeAreRefusedByTheConsumer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, key, value, want string }{
		{"offsets stored before handling", "enable.auto.offset.store", "true", "settled"},
		{"no commits", "enable.auto.commit", "false", "commits what the bus stored"},
		{"commits never", "auto.commit.interval.ms", "0", "0 commits never"},
		{"uncommitted records", "isolation.level", "read_uncommitted", "aborted"},
		{"latest", "auto.offset.reset", "latest", "pass over"},
		{"no end of log", "enable.partition.eof", "false", "markers"},
		{"no checksums", "check.crcs", "false", "corrupted"},
		{"topics by use", "allow.auto.create.topics", "true", "eventctl topics apply"},
		{"the group", "group.id", "other", "field Group"},
		{"brokers", "bootstrap.servers", "x:1", "field Brokers"},
		{"brokers by their other name", "metadata.broker.list", "x:1", "field Brokers"},
		{"Go channels", "go.application.rebalance.enable", "true", "Go client's channels"},
		{"a password in the open", "sasl.password", "secret", "field SASL"},
		{"unverified certificates", "enable.ssl.certificate.verification", "false", "verified"},
		{"foreign code", "plugin.library.paths", "x", "foreign code"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var j journal
			text := refused(t, eventbus.ConsumerConfig{
				Connection: kafkaconn.Connection{Brokers: []string{"localhost:1"}}, Group: group, Handlers: []eventbus.Handler{j.handler()},
				Config: map[string]string{row.key: row.value},
			}, "Config: "+row.key+": refused: ", row.want)
			if strings.Contains(text, "secret") {
				t.Errorf("the value is shown: %s", text)
			}
		})
	}
}

func TestG6_TheBrokerDecidesTheStrategyOfTheNewGroupProtocol(t *testing.T) {
	t.Parallel()
	var j journal
	refused(t, eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{"localhost:1"}}, Group: group, Handlers: []eventbus.Handler{j.handler()},
		Config: map[string]string{"group.protocol": "consumer", "partition.assignment.strategy": "range", "session.timeout.ms": "6000"},
	}, "Config: partition.assignment.strategy: the broker decides", "Config: session.timeout.ms: the broker decides")
}

func TestD1_NamesThatTopicsCannotHaveAreRefused(t *testing.T) {
	t.Parallel()
	var j journal
	base := eventbus.ConsumerConfig{Connection: kafkaconn.Connection{Brokers: []string{"localhost:1"}}, Handlers: []eventbus.Handler{j.handler()}}
	for name, row := range map[string]struct{ group, want string }{
		"empty":      {"", "Group is empty"},
		"slash":      {"team/notifier", "Group: "},
		"line break": {"notifier\n", "Group: "},
		"too long":   {strings.Repeat("g", 240), "longer than 249"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := base
			cfg.Group = row.group
			refused(t, cfg, row.want)
		})
	}
	cfg := base
	cfg.Group = strings.Repeat("g", 249-len("todos..redrive"))
	if _, err := eventbus.RequiredTopics(cfg); err != nil {
		t.Errorf("the longest group that fits: %v", err)
	}
}

func TestG6_TwoHandlersForOneEventAreRefused(t *testing.T) {
	t.Parallel()
	var j journal
	forget := eventbus.HandleTombstone[*todov1.TodoCreated](func(context.Context, string) error { return nil })
	refused(t, eventbus.ConsumerConfig{
		Connection: kafkaconn.Connection{Brokers: []string{"localhost:1"}}, Group: group, Handlers: []eventbus.Handler{j.handler(), forget, j.handler(), forget},
	}, "Handlers: element 2: element 0 handles TodoCreated", "Handlers: element 3: topic \"todos\" has a tombstone handler already")
}

func TestG6_ABrokerThatIsDownFailsTheStartAfterTheConnectTimeout(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for name, addr := range map[string]string{"nobody listens": "127.0.0.1:1", "nobody answers": silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			cfg := quiet(t, nil, eventbus.ConsumerConfig{
				Connection: kafkaconn.Connection{Brokers: []string{addr}}, ConnectTimeout: 700 * time.Millisecond, Handlers: []eventbus.Handler{j.handler()},
			})
			began := time.Now()
			refused(t, cfg, "Brokers: no answer from "+addr+" within ", "check the addresses")
			if took := time.Since(began); took < 700*time.Millisecond || took > 3*time.Second {
				t.Errorf("it took %s, want about the connect timeout of 700 ms", took)
			}
		})
	}
}

// The caller's map was read again, unchecked, by Run: a property that was set after
// NewConsumer could commit past records that are not settled.
func TestG6_WhatTheCallerChangesAfterTheCheckCountsNoMore(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	produce(t, client(t, b.Brokers()), raw(t, 0, 1, "x"))
	var j, forged journal
	cfg := quiet(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	addrs := slices.Clone(b.Brokers())
	cfg.Connection.Brokers = addrs
	c, err := eventbus.NewConsumer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Config["enable.auto.commit"] = "perhaps" // the client would refuse it
	cfg.Handlers[0] = forged.handler()
	addrs[0] = "localhost:1"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	eventually(t, "handled", func() bool { return j.len() == 1 || len(ended) > 0 })
	cancel()
	if err := <-ended; err != nil || forged.len() > 0 {
		t.Errorf("Run: %v, and the handler that came later handled %d", err, forged.len())
	}
}
