package eventbus

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/eventctx"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// handling is the context of one attempt. It carries metadata and delivery
// without further allocations, and makes a cancellable context, with its timer,
// only when somebody asks for it: a handler that never waits costs neither.
type handling struct {
	base     context.Context //nolint:containedctx // a context itself; base ends with the assignment
	deadline time.Time
	md       event.Metadata
	delivery Delivery
	key      []byte

	inner atomic.Pointer[cancellable] // nil until somebody asks; attemptOver if nobody did in time
}

// cancellable is what a handling makes when it is asked.
type cancellable struct {
	context.Context //nolint:containedctx // it is one
	cancel          context.CancelFunc
}

// attemptOver stands for the context of an attempt that ended without one.
var attemptOver = new(cancellable)

type handlingKey struct{}

func handlingOf(ctx context.Context) *handling {
	h, _ := ctx.Value(handlingKey{}).(*handling)
	return h
}

func (h *handling) keyText() string { return string(h.key) }

// context returns the cancellable context.
func (h *handling) context() context.Context {
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
func (h *handling) end() {
	if !h.inner.CompareAndSwap(nil, attemptOver) {
		h.inner.Load().cancel()
	}
}

func (h *handling) Deadline() (time.Time, bool) { return h.deadline, true }
func (h *handling) Done() <-chan struct{}       { return h.context().Done() }
func (h *handling) Err() error                  { return h.context().Err() }

func (h *handling) Value(key any) any {
	switch key {
	case handlingKey{}:
		return h
	case eventctx.Metadata:
		return &h.md
	case eventctx.Correlation:
		return nil
	}
	return h.context().Value(key)
}
