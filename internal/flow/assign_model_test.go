package flow_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// epoch is one assignment in the eyes of the model.
type epoch struct {
	name    string
	p       *flow.Partition[job]
	start   int64
	end     int64              // after the last offered record, or the end of the log
	queued  map[string][]int64 // by order: offered offsets that are not settled
	open    map[int64]string   // the same, by offset, with their order
	again   map[int64]bool     // offsets whose run ended its goroutine
	due     map[int64]time.Time
	highest int64 // that has started
	cut     int64
	lost    bool // nothing starts any more
	over    bool // handlers may abandon
}

// job is what the tests put into items.
type job struct {
	e     *epoch
	order string // what it is in order with: its key, or itself
	size  int
	runs  int
}

// history is what the scheduler must agree with across assignments: plain maps
// under one lock.
type history struct {
	t       *testing.T
	mu      sync.Mutex
	running map[string]string // by partition name and order: what runs
	settled map[string]bool   // by partition name and offset, ever
	starts  int
	late    int // outcomes after their assignment
	reruns  int
}

func newHistory(t *testing.T) *history {
	return &history{t: t, running: map[string]string{}, settled: map[string]bool{}}
}

func at(name string, offset int64) string { return fmt.Sprintf("%s@%d", name, offset) }

// assign checks that nothing below start is left behind.
func (h *history) assign(name string, start int64, log []record) *epoch {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range log {
		if r.offset < start && !h.settled[at(name, r.offset)] {
			h.t.Errorf("%s starts at %d, and %d is lost", name, start, r.offset)
		}
	}
	return &epoch{
		name: name, start: start, end: start, queued: map[string][]int64{}, open: map[int64]string{},
		again: map[int64]bool{}, due: map[int64]time.Time{}, highest: -1, cut: math.MaxInt64,
	}
}

func (h *history) offer(e *epoch, offset int64, order string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.queued[order] = append(e.queued[order], offset)
	e.open[offset] = order
	e.end = offset + 1
}

func (h *history) start(e *epoch, order string, offset int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.starts++
	id, me := e.name+"/"+order, fmt.Sprintf("%s of %p", at(e.name, offset), e)
	if other, busy := h.running[id]; busy {
		h.t.Errorf("%s: %s starts while %s runs", id, me, other)
	}
	if q := e.queued[order]; len(q) == 0 || q[0] != offset {
		h.t.Errorf("%s: %s starts, want %v", id, me, q)
	}
	if due, ok := e.due[offset]; ok && !e.lost && !e.over && time.Now().Before(due) {
		h.t.Errorf("%s: %s starts %s before it is due", id, me, time.Until(due))
	}
	switch {
	case e.again[offset]:
		h.reruns++ // at once, whatever has become of its assignment
	case offset > e.cut || e.lost:
		h.t.Errorf("%s: %s starts beyond %d, lost %v", id, me, e.cut, e.lost)
	}
	delete(e.again, offset)
	e.highest = max(e.highest, offset)
	h.running[id] = me
}

// pass ends a run that will be followed by another one, or by none.
func (h *history) pass(e *epoch, order string, offset int64, retry time.Duration, goexit bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.running, e.name+"/"+order)
	e.due[offset] = time.Now().Add(retry)
	e.again[offset] = goexit
	if e.over {
		h.late++
	}
}

func (h *history) settle(e *epoch, order string, offset int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.running, e.name+"/"+order)
	e.queued[order] = e.queued[order][1:]
	delete(e.open, offset)
	h.settled[at(e.name, offset)] = true
	if e.over {
		h.late++
	}
}

// abandon ends a run that settles nothing. Its assignment is over.
func (h *history) abandon(e *epoch, order string, offset int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.running, e.name+"/"+order)
	e.queued[order] = e.queued[order][1:]
	h.late++
}

func (h *history) isOver(e *epoch) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return e.over
}

// fenced notes the cut of e.
func (h *history) fenced(e *epoch, cut int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if cut < e.highest {
		h.t.Errorf("%s: cut %d below %d, which has started", e.name, cut, e.highest)
	}
	e.cut = cut
}

func (h *history) mark(e *epoch, lost, over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.lost, e.over = e.lost || lost, e.over || over
}

// left lists what lies at or below the cut of e, is not settled, and does not
// wait behind a retry that is due at deadline or later.
func (h *history) left(e *epoch, deadline time.Time) (left []int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for offset, order := range e.open {
		head := e.queued[order][0]
		due := e.due[head]
		_, busy := h.running[e.name+"/"+order]
		if offset <= e.cut && (busy || due.Before(deadline)) {
			left = append(left, offset)
		}
	}
	return left
}

func (h *history) idle() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.running) == 0
}

// unsettled lists the offered offsets of e that are not settled, in order.
func (h *history) unsettled(e *epoch) []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(e.open))
}

// lowest is the lowest offset of e that is not settled, or its end.
func (h *history) lowest(e *epoch) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	low := e.end
	for o := range e.open {
		low = min(low, o)
	}
	return low
}
