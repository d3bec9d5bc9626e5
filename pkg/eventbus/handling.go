package eventbus

import (
	"context"
	"sync"
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

	mu     sync.Mutex
	inner  context.Context //nolint:containedctx // made when somebody asks
	cancel context.CancelFunc
	over   bool
}

// newHandling is the context of an attempt of h that begins now.
func newHandling(base context.Context, h *boundHandler, md event.Metadata, key []byte, d Delivery) *handling {
	return &handling{base: base, deadline: time.Now().Add(h.timeout), md: md, key: key, delivery: d}
}

type handlingKey struct{}

func handlingOf(ctx context.Context) *handling {
	h, _ := ctx.Value(handlingKey{}).(*handling)
	return h
}

func (h *handling) keyText() string { return string(h.key) }

// context returns the cancellable context.
func (h *handling) context() context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.inner == nil {
		h.inner, h.cancel = context.WithDeadline(h.base, h.deadline)
		if h.over {
			h.cancel()
		}
	}
	return h.inner
}

// end cancels the context when the attempt is over: what the handler left
// running should stop.
func (h *handling) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	if h.cancel != nil {
		h.cancel()
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
