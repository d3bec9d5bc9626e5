package eventbus

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/eventctx"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// attemptContext is the context of one attempt. It carries metadata and delivery
// without further allocations, and makes a cancellable context, with its timer,
// only when somebody asks for it: a handler that never waits costs neither.
type attemptContext struct {
	base     context.Context //nolint:containedctx // a context itself; base ends with the assignment
	deadline time.Time
	md       event.Metadata
	delivery Delivery // its headers are the record's own, not a copy

	inner atomic.Pointer[cancellable] // nil until somebody asks; attemptOver if nobody did in time
}

// cancellable is what an attemptContext makes when it is asked.
type cancellable struct {
	context.Context //nolint:containedctx // it is one
	cancel          context.CancelFunc
}

// attemptOver stands for the context of an attempt that ended without one.
var attemptOver = new(cancellable)

// context returns the cancellable context.
func (h *attemptContext) context() context.Context {
	inner := h.inner.Load()
	if inner == nil {
		ctx, cancel := context.WithDeadline(h.base, h.deadline)
		inner = &cancellable{ctx, cancel}
		if h.inner.CompareAndSwap(nil, inner) {
			return inner
		}
		cancel()
		inner = h.inner.Load() // another goroutine of the handler was faster, or the attempt is over
	}
	if inner == attemptOver {
		ctx, cancel := context.WithDeadline(h.base, h.deadline)
		cancel()
		return ctx
	}
	return inner
}

// end cancels the context when the attempt is over: what the handler left
// running should stop.
func (h *attemptContext) end() {
	if !h.inner.CompareAndSwap(nil, attemptOver) {
		h.inner.Load().cancel()
	}
}

func (h *attemptContext) Deadline() (time.Time, bool) { return h.deadline, true }
func (h *attemptContext) Done() <-chan struct{}       { return h.context().Done() }
func (h *attemptContext) Err() error                  { return h.context().Err() }

func (h *attemptContext) Value(key any) any {
	switch key {
	case deliveryKey{}:
		return &h.delivery
	case eventctx.Metadata:
		return &h.md
	case eventctx.Correlation:
		return nil
	case eventctx.Trace:
		if len(h.delivery.Headers) == 0 {
			return nil
		}
		return h
	}
	return h.context().Value(key)
}

// TraceHeaders is where package event finds the trace that the record belongs to.
func (h *attemptContext) TraceHeaders() []event.Header { return h.delivery.Headers }
