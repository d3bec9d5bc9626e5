package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	auditv1 "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

func TestPublishesATodoForEachTitle(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t)
	var out bytes.Buffer
	if err := run(t.Context(), b.Brokers(), []string{"Buy milk", "", "Call home"}, &out); err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	for _, rec := range b.Records("todos") {
		md, msg, err := event.Decode(rec.Record)
		if err != nil {
			t.Fatal(err)
		}
		e := msg.(*todov1.TodoCreated)
		if string(rec.Key) != e.GetTodoId() || md.Source != "todo-importer" {
			t.Errorf("key %q, source %q", rec.Key, md.Source)
		}
		titles[e.GetTitle()] = true
	}
	if diff := cmp.Diff(map[string]bool{"Buy milk": true, "Call home": true}, titles); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
	for _, want := range []string{`"Buy milk" is at todos/`, `"" is no todo: publish TodoCreated`, `"Call home" is at todos/`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not printed, but:\n%s", want, out.String())
		}
	}
}

func TestSaysWhatWasNotPublished(t *testing.T) {
	t.Parallel()
	b := eventbustest.NewBroker(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, b.Brokers(), []string{"Buy milk"}, new(bytes.Buffer)); !errors.Is(err, eventbus.ErrBackpressure) {
		t.Errorf("interrupted: %v", err)
	}
	audit := eventbustest.NewBroker(t, eventbustest.WithConsumer(eventbus.ConsumerConfig{
		Group:    "audit-log",
		Handlers: []eventbus.Handler{eventbus.Handle(func(context.Context, *auditv1.AuditLogin) error { return nil })},
	}))
	if err := run(t.Context(), audit.Brokers(), []string{"Buy milk"}, new(bytes.Buffer)); !errors.Is(err, eventbus.ErrConfig) {
		t.Errorf("without topics: %v", err)
	}
}
