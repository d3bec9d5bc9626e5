package event_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	traceParent = "00-" + traceID + "-b7ad6b7169203331-01"
)

// Nothing could write the two headers: their names are reserved.
func TestEventsContinueTheTraceOfTheirContext(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		trace event.Trace
		want  []event.Header
	}{
		"both":              {event.Trace{Parent: traceParent, State: "a=1,b=2"}, headers("traceparent", traceParent, "tracestate", "a=1,b=2")},
		"parent":            {event.Trace{Parent: traceParent}, headers("traceparent", traceParent)},
		"a later version":   {event.Trace{Parent: "cc" + traceParent[2:] + "-more"}, headers("traceparent", "cc"+traceParent[2:]+"-more")},
		"none":              {event.Trace{}, nil},
		"state alone":       {event.Trace{State: "a=1"}, nil},
		"state too long":    {event.Trace{Parent: traceParent, State: strings.Repeat("a", 513)}, headers("traceparent", traceParent)},
		"state of 512":      {event.Trace{Parent: traceParent, State: strings.Repeat("a", 512)}, headers("traceparent", traceParent, "tracestate", strings.Repeat("a", 512))},
		"state not ASCII":   {event.Trace{Parent: traceParent, State: "a=ä"}, headers("traceparent", traceParent)},
		"state with a line": {event.Trace{Parent: traceParent, State: "a=1\nb"}, headers("traceparent", traceParent)},
		"too short":         {event.Trace{Parent: traceParent[:54]}, nil},
		"too long":          {event.Trace{Parent: traceParent + "-more"}, nil},
		"version ff":        {event.Trace{Parent: "ff" + traceParent[2:]}, nil},
		"upper case":        {event.Trace{Parent: strings.ToUpper(traceParent)}, nil},
		"no trace id":       {event.Trace{Parent: strings.Replace(traceParent, traceID, strings.Repeat("0", 32), 1)}, nil},
		"no parent id":      {event.Trace{Parent: strings.Replace(traceParent, "b7ad6b7169203331", strings.Repeat("0", 16), 1)}, nil},
		"other separators":  {event.Trace{Parent: strings.ReplaceAll(traceParent, "-", "_")}, nil},
		"much more":         {event.Trace{Parent: "cc" + traceParent[2:] + "-" + strings.Repeat("a", 300)}, nil},
		"more with a line":  {event.Trace{Parent: "cc" + traceParent[2:] + "-\n"}, nil},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec, err := event.Encode(event.ContextWithTrace(t.Context(), row.trace), traced())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, rec.Headers); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheInnermostTraceCounts(t *testing.T) {
	t.Parallel()
	ctx := event.ContextWithTrace(t.Context(), event.Trace{Parent: traceParent})
	inner := event.ContextWithTrace(ctx, event.Trace{Parent: "00-" + traceID + "-00f067aa0ba902b7-00"})
	for name, row := range map[string]struct {
		ctx  context.Context
		want string
	}{"outer": {ctx, traceParent}, "inner": {inner, "00-" + traceID + "-00f067aa0ba902b7-00"}, "ended": {event.ContextWithTrace(ctx, event.Trace{}), ""}, "none": {t.Context(), ""}} {
		if got, ok := event.TraceFrom(row.ctx); got.Parent != row.want || ok != (row.want != "") {
			t.Errorf("%s: %v, %t, want %q", name, got, ok, row.want)
		}
	}
}

// A service's own headers stand before those that are written here.
func TestATraceComesAfterTheServicesHeaders(t *testing.T) {
	t.Parallel()
	rec, err := event.Encode(event.ContextWithTrace(t.Context(), event.Trace{Parent: traceParent}), traced(), event.WithHeader("tenant", "a"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(headers("tenant", "a", "traceparent", traceParent), rec.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func traced() *todov1.TodoCreated {
	const id = "75c3a7cf-305a-4632-99f7-e2a7eeb089cb"
	return &todov1.TodoCreated{TodoId: id, UserId: id, Title: "Buy milk"}
}

func headers(pairs ...string) (out []event.Header) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, event.Header{Key: pairs[i], Value: []byte(pairs[i+1])})
	}
	return out
}
