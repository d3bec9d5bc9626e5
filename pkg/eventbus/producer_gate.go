package eventbus

import (
	"sync"
	"sync/atomic"
)

// producerGate counts the callers that may touch the Kafka client, so that it
// is destroyed only after the last of them has left: the client's own check is
// not safe beside a produce call, which would use freed memory. It costs two
// atomic additions per call, not per record.
type producerGate struct {
	inside  atomic.Int64  // callers, plus gateShut once shut
	closing chan struct{} // closed by shut: what waits inside should leave
	empty   chan struct{} // closed when shut and the last caller left
	shutOne sync.Once
	lastOne sync.Once
}

const gateShut = int64(1) << 62

func newProducerGate() *producerGate {
	return &producerGate{closing: make(chan struct{}), empty: make(chan struct{})}
}

// enter reports whether the caller is inside. It must leave if so.
func (g *producerGate) enter() bool {
	if g.inside.Add(1) >= gateShut {
		g.leave()
		return false
	}
	return true
}

func (g *producerGate) leave() {
	if g.inside.Add(-1) == gateShut {
		g.lastOne.Do(func() { close(g.empty) })
	}
}

func (g *producerGate) shut() {
	g.shutOne.Do(func() {
		close(g.closing)
		if g.inside.Add(gateShut) == gateShut {
			g.lastOne.Do(func() { close(g.empty) })
		}
	})
}
