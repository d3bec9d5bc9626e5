package event

import (
	"context"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/eventctx"
	"github.com/eventcontracts/eventcontracts/internal/headername"
)

// Trace is what an event says about the trace that it belongs to, as W3C Trace Context
// writes it (https://www.w3.org/TR/trace-context/): the values of the Kafka headers
// traceparent and tracestate.
type Trace struct {
	// Parent is a traceparent, such as
	// "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".
	Parent string

	// State is a tracestate of up to 512 characters, or "".
	State string
}

// ContextWithTrace returns a context whose events continue the trace t, as headers of
// their records. It is for telemetry: a span that wraps a publish puts its own place
// here. A service need not do anything: an event that is published while another is
// handled continues that one's trace.
//
// What is not well-formed is left out, as the recommendation asks of everybody who
// passes a trace on: a trace is never a reason not to publish. The zero Trace
// ends the trace: events have neither header.
func ContextWithTrace(ctx context.Context, t Trace) context.Context {
	return context.WithValue(ctx, eventctx.Trace, t.wellFormed())
}

// TraceFrom returns the trace that events continue which are encoded with ctx: that of
// [ContextWithTrace], or of the event being handled. ok is false if there is none.
func TraceFrom(ctx context.Context) (t Trace, ok bool) {
	switch v := ctx.Value(eventctx.Trace).(type) {
	case Trace:
		t = v
	case interface{ TraceHeaders() []Header }:
		rec := Record{Headers: v.TraceHeaders()}
		t.Parent, _ = rec.header(headername.TraceParent)
		t.State, _ = rec.header(headername.TraceState)
		t = t.wellFormed()
	}
	return t, t.Parent != ""
}

// appendTrace adds what ctx says of the trace.
func appendTrace(ctx context.Context, headers []Header) []Header {
	t, ok := TraceFrom(ctx)
	if !ok {
		return headers
	}
	headers = append(headers, Header{headername.TraceParent, []byte(t.Parent)})
	if t.State != "" {
		headers = append(headers, Header{headername.TraceState, []byte(t.State)})
	}
	return headers
}

// Lengths in bytes, of the recommendation's sections 3.2.2 and 3.3.1.5. A later version of
// traceparent may be longer; nothing says how long, and it comes from strangers.
const (
	traceParentLen = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	maxTraceParent = 256
	maxTraceState  = 512
)

// wellFormed is t without what must not be passed on.
func (t Trace) wellFormed() Trace {
	if !isTraceParent(t.Parent) {
		return Trace{}
	}
	if len(t.State) > maxTraceState || strings.ContainsFunc(t.State, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.State = ""
	}
	return t
}

// isTraceParent checks version 00, and of later versions what the recommendation has
// them keep (section 3.2.4).
func isTraceParent(s string) bool {
	if len(s) < traceParentLen || len(s) > maxTraceParent || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return false
	}
	version, id, parent, flags, more := s[:2], s[3:35], s[36:52], s[53:55], s[55:]
	for _, part := range []string{version, id, parent, flags} {
		if strings.Trim(part, "0123456789abcdef") != "" {
			return false
		}
	}
	if version == "ff" || strings.Trim(id, "0") == "" || strings.Trim(parent, "0") == "" {
		return false
	}
	return more == "" || version != "00" && more[0] == '-' && !strings.ContainsFunc(more, func(r rune) bool { return r <= ' ' || r > '~' })
}
