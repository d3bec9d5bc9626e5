package eventbus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

const (
	aTodo        = "a5c0a3f0-5a43-4a5e-9d63-3f3f1d0c9c01"
	aTraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
)

func aRecord(t *testing.T, headers ...event.Header) event.Record {
	t.Helper()
	rec, err := event.Encode(t.Context(), &todov1.TodoCreated{TodoId: aTodo, UserId: aTodo, Title: "Buy milk"})
	if err != nil {
		t.Fatal(err)
	}
	rec.Headers = append(rec.Headers, headers...)
	return rec
}

// Headers and key could not be read by handlers at all.
func TestDeliveryHasWhatTheRecordHasBesideTheEvent(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	want := eventbus.Delivery{
		Topic: "todos", Partition: 2, Offset: 7, Attempt: 3, Timestamp: at, Key: aTodo,
		Headers: []event.Header{{Key: "tenant", Value: []byte("a")}, {Key: "tenant", Value: []byte("b")}, {Key: "none"}},
	}
	var got eventbus.Delivery
	cfg := eventbus.ConsumerConfig{Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
		got, _ = eventbus.DeliveryFrom(ctx)
		got.Headers[0].Value[0] = 'x' // its own
		got, _ = eventbus.DeliveryFrom(ctx)
		return nil
	})}}
	ctx := eventbus.ContextWithDelivery(t.Context(), eventbus.Delivery{Partition: 2, Offset: 7, Attempt: 3, Timestamp: at, Key: "is the record's"})
	if err := eventbus.Deliver(ctx, cfg, aRecord(t, want.Headers...)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delivery (-want +got):\n%s", diff)
	}
	if v, ok := got.Header("tenant"); v != "b" || !ok {
		t.Errorf("the header is %q, %t, want the last of its name", v, ok)
	}
	for _, name := range []string{"none", "Tenant", ""} {
		if v, ok := got.Header(name); v != "" || ok {
			t.Errorf("header %q is %q, %t", name, v, ok)
		}
	}
}

func TestDeliverKnowsRedrivenEventsAndTombstones(t *testing.T) {
	t.Parallel()
	rec := aRecord(t)
	called := 0
	cfg := eventbus.ConsumerConfig{Handlers: []eventbus.Handler{
		eventbus.Handle(func(context.Context, *todov1.TodoCreated) error { called++; return nil }, eventbus.WithRedriven(eventbus.RefuseRedriven)),
	}}
	redriven := eventbus.ContextWithDelivery(t.Context(), eventbus.Delivery{Redriven: true})
	if err := eventbus.Deliver(redriven, cfg, rec); err == nil || called != 0 {
		t.Errorf("a handler that refuses redriven events gets one: %v", err)
	}
	rec.Value = nil
	if err := eventbus.Deliver(t.Context(), cfg, rec); event.ReasonOf(err) != event.ReasonUnknownType {
		t.Errorf("a tombstone without a handler: %v", err)
	}
	gone := errors.New("gone")
	cfg.Handlers = append(cfg.Handlers, eventbus.HandleTombstone[*todov1.TodoCreated](func(_ context.Context, key string) error {
		if key != aTodo {
			t.Errorf("key %q", key)
		}
		return gone
	}))
	if err := eventbus.Deliver(t.Context(), cfg, rec); !errors.Is(err, gone) {
		t.Errorf("a tombstone: %v", err)
	}
}

// What is published while a record is handled belongs to the record's trace, though
// the service has no telemetry.
func TestAHandlersEventsContinueTheRecordsTrace(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		headers []event.Header
		want    event.Trace
	}{
		"none":          {nil, event.Trace{}},
		"other headers": {[]event.Header{{Key: "tenant", Value: []byte("a")}}, event.Trace{}},
		"not one":       {[]event.Header{{Key: "traceparent", Value: []byte("x")}, {Key: "tracestate", Value: []byte("a=1")}}, event.Trace{}},
		"both":          {[]event.Header{{Key: "traceparent", Value: []byte(aTraceParent)}, {Key: "tracestate", Value: []byte("a=1")}}, event.Trace{Parent: aTraceParent, State: "a=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := eventbus.ConsumerConfig{Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
				rec, err := event.Encode(ctx, e)
				if err != nil {
					return err
				}
				got := eventbus.Delivery{Headers: rec.Headers}
				parent, _ := got.Header("traceparent")
				state, _ := got.Header("tracestate")
				if (event.Trace{Parent: parent, State: state}) != row.want {
					t.Errorf("published with %q, %q, want %v", parent, state, row.want)
				}
				return nil
			})}}
			if err := eventbus.Deliver(t.Context(), cfg, aRecord(t, row.headers...)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A handler that does not ask pays nothing for the headers of its record, and one that
// asks pays nothing if there are none.
func TestDeliveryCostsNothingUnlessAskedFor(t *testing.T) {
	ctx := eventbus.ContextWithDelivery(t.Context(), eventbus.Delivery{Topic: "todos", Key: aTodo})
	if n := testing.AllocsPerRun(100, func() {
		if d, ok := eventbus.DeliveryFrom(ctx); !ok || d.Key != aTodo {
			t.Error("there is no delivery")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	allocs := func(headers ...event.Header) float64 {
		cfg := eventbus.ConsumerConfig{Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, _ *todov1.TodoCreated) error {
			_, err := event.MetadataFrom(ctx)
			if !err {
				t.Error("there is no metadata")
			}
			return nil
		})}}
		rec := aRecord(t, headers...)
		return testing.AllocsPerRun(100, func() {
			if err := eventbus.Deliver(context.Background(), cfg, rec); err != nil {
				t.Error(err)
			}
		})
	}
	if bare, full := allocs(), allocs(event.Header{Key: "tenant", Value: []byte("a")}, event.Header{Key: "traceparent", Value: []byte(aTraceParent)}); full > bare+1 {
		t.Errorf("%v allocations with headers, %v without", full, bare)
	}
}
