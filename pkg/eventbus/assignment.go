package eventbus

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// assignment is one assignment of a partition, its epoch: the next one gets a
// new object, and what still belongs to this one settles nothing.
type assignment struct {
	source    *source
	partition int32
	flow      *flow.Partition[delivery]
	ctx       context.Context //nolint:containedctx // of its handlers: it ends with the assignment
	cancel    context.CancelCauseFunc

	start      int64 // where it began; -1 if the client decided
	next       int64 // the offset that the next record should have
	seen       bool  // a record or the log's end has come
	stored     int64
	clientHeld bool // the client's fetching is paused

	// For Stats and Health.
	watermark atomic.Int64
	committed atomic.Int64 // -1: none
	pending   atomic.Int64
	paused    atomic.Bool
	stalled   atomic.Bool

	mu       sync.Mutex
	troubles map[int64]waiting // by offset: what waits for more than a retry
}

// waiting is a record that waits for what only people can change.
type waiting struct {
	code   HealthCode
	detail string
	since  time.Time
	now    bool // it cannot come right by itself
}

// trouble notes why the record at offset waits. The first time counts.
func (a *assignment) trouble(offset int64, w waiting) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.troubles == nil {
		a.troubles = map[int64]waiting{}
	}
	w.since = time.Now()
	if old, ok := a.troubles[offset]; ok {
		w.since = old.since
	}
	a.troubles[offset] = w
}

// waitingRecords is a copy of what waits, by offset.
func (a *assignment) waitingRecords() map[int64]waiting {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.troubles)
}

func (a *assignment) calm(offset int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.troubles, offset)
}

func (a *assignment) at(offset int64) kafka.TopicPartition {
	return kafka.TopicPartition{Topic: &a.source.name, Partition: a.partition, Offset: kafka.Offset(offset)}
}

// assignments are those that the consumer has.
type assignments struct {
	byTopic  map[string]map[int32]*assignment
	list     []*assignment
	overflow int // records that wait for room in all of them, at the last look

	view atomic.Pointer[[]*assignment] // a copy of list for other goroutines
}

func (s *assignments) find(topic string, partition int32) *assignment {
	return s.byTopic[topic][partition]
}

func (s *assignments) add(a *assignment) {
	if s.byTopic == nil {
		s.byTopic = map[string]map[int32]*assignment{}
	}
	if s.byTopic[a.source.name] == nil {
		s.byTopic[a.source.name] = map[int32]*assignment{}
	}
	s.byTopic[a.source.name][a.partition] = a
	s.publish()
}

func (s *assignments) remove(a *assignment) {
	delete(s.byTopic[a.source.name], a.partition)
	s.publish()
}

// all lists the assignments, from any goroutine.
func (s *assignments) all() []*assignment {
	if list := s.view.Load(); list != nil {
		return *list
	}
	return nil
}

// hide shows other goroutines none of them any more.
func (s *assignments) hide() { s.view.Store(nil) }

func (s *assignments) publish() {
	s.list = nil
	for _, topic := range slices.Sorted(maps.Keys(s.byTopic)) {
		for _, p := range slices.Sorted(maps.Keys(s.byTopic[topic])) {
			s.list = append(s.list, s.byTopic[topic][p])
		}
	}
	list := slices.Clone(s.list)
	s.view.Store(&list)
}

// newAssignment begins an assignment at offset start, -1 if it is not known.
func (o *owner) newAssignment(s *source, partition int32, start, committed int64) *assignment {
	a := &assignment{source: s, partition: partition, start: start, next: start, stored: max(start, 0)}
	a.ctx, a.cancel = context.WithCancelCause(o.base)
	a.flow = o.flow.Assign(a.flowName(), max(start, 0), s.unordered)
	a.flow.Tag = a
	a.committed.Store(committed)
	a.watermark.Store(max(start, 0))
	return a
}

func (a *assignment) flowName() string { return fmt.Sprintf("%s/%d", a.source.name, a.partition) }
