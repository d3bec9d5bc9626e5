package kafkaclient

import (
	"sync"
	"sync/atomic"
)

// gate counts the callers that may touch the Kafka client, so that it
// is destroyed only after the last of them has left: the client's own check is
// not safe beside a produce call, which would use freed memory. It costs two
// atomic additions per call, not per record.
type gate struct {
	inside  atomic.Int64  // callers, plus gateShut once shut
	closing chan struct{} // closed by shut: what waits inside should leave
	empty   chan struct{} // closed when shut and the last caller left
	shutOne sync.Once
	lastOne sync.Once
}

const gateShut = int64(1) << 62

func newGate() *gate {
	return &gate{closing: make(chan struct{}), empty: make(chan struct{})}
}

// enter reports whether the caller is inside. It must leave if so.
func (g *gate) enter() bool {
	if g.inside.Add(1) >= gateShut {
		g.leave()
		return false
	}
	return true
}

func (g *gate) leave() {
	if g.inside.Add(-1) == gateShut {
		g.lastOne.Do(func() { close(g.empty) })
	}
}

func (g *gate) shut() {
	g.shutOne.Do(func() {
		close(g.closing)
		if g.inside.Add(gateShut) == gateShut {
			g.lastOne.Do(func() { close(g.empty) })
		}
	})
}
