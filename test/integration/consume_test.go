package integration_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func TestConsumerHandlesEvents(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprint("title ", i))
	}
	write(t, b, 1, want...)
	var j journal
	c := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "all handled", func() bool { return j.len() == len(want) })
	if diff := cmp.Diff(want, j.titles()); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
	if err := c.end(); err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, offset := range b.Committed(group, "todos") {
		sum += offset
	}
	if sum != 100 {
		t.Errorf("committed %d", sum)
	}
}

// What a record has beside its event reaches the handler, and its trace goes on in what
// the handler publishes.
func TestADeliveryHasTheRecordsKeyHeadersAndTime(t *testing.T) {
	t.Parallel()
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	b := startCluster(t)
	rec := encode(t, created(1, "a"), event.WithHeader("tenant", "x"))
	rec.Headers = append(rec.Headers, event.Header{Key: "traceparent", Value: []byte(parent)}, event.Header{Key: "none"})
	wrote := b.Write(rec)[0]
	var j journal
	var trace event.Trace
	consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{eventbus.Handle(func(ctx context.Context, e *todov1.TodoCreated) error {
		trace, _ = event.TraceFrom(ctx)
		j.add(ctx, e)
		return nil
	})}})
	eventually(t, "it is handled", func() bool { return j.len() == 1 })
	got := j.all()[0].delivery
	want := eventbus.Delivery{
		Topic: "todos", Partition: int32(wrote.Partition), Offset: wrote.Offset, Attempt: 1,
		Key: todoID(1), Headers: rec.Headers, Timestamp: wrote.Timestamp.Truncate(time.Millisecond).UTC(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delivery (-want +got):\n%s", diff)
	}
	if trace.Parent != parent {
		t.Errorf("the trace is %v", trace)
	}
}
