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
	trying    context.Context //nolint:containedctx // of dead letters that have failed: it ends when the partition is taken back
	giveUp    context.CancelFunc
	turning   context.Context //nolint:containedctx // of what waits for its handler's turn: it ends when nothing more may start
	endTurns  context.CancelFunc

	start      int64 // where it began; -1 until that is known
	next       int64 // the offset that the next record should have
	stored     int64
	clientHeld bool // the client's fetching is paused
	noRoom     bool // it had no room at the limit of all partitions together
	refetch    refetch

	place   *place // what is open about where it reads on; nil: nothing
	unsure  bool   // what comes is looked at: of place, suspect, corrupt and tries, one is set
	suspect int64  // the first offset of a batch that may be its and cannot be read; -1
	corrupt int64  // the same, once it is known to be its
	tries   int    // how often it was read again without getting on

	fetching fetching

	topicID    string // of the log that is read; "" if the cluster does not tell
	confirming int64  // the watermark when its id was last asked for
	confirmed  int64  // what is known to be of that log, and may be committed
	lower      bool   // the group's offset is of a log that was, and is to be set back
	lowerDue   time.Time

	// For Stats and Health.
	watermark atomic.Int64
	committed atomic.Int64 // -1: none
	pending   atomic.Int64
	paused    atomic.Bool
	stalled   atomic.Bool

	mu      sync.Mutex
	blocked map[int64]blockage // by offset: what waits for more than a retry
}

// blockage is why a record, and so its key, waits for what only people can
// change.
type blockage struct {
	code   HealthCode
	detail string
	since  time.Time
	final  bool  // time alone does not help: Health tells it at once
	size   int64 // of a record that is held
}

// block keeps why the record at offset waits. The first time counts.
func (a *assignment) block(offset int64, b blockage) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.blocked == nil {
		a.blocked = map[int64]blockage{}
	}
	b.since = time.Now()
	if old, ok := a.blocked[offset]; ok {
		b.since = old.since
	}
	a.blocked[offset] = b
}

// blockages is a copy of what waits, by offset.
func (a *assignment) blockages() map[int64]blockage {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.blocked)
}

func (a *assignment) unblock(offset int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.blocked, offset)
}

func (a *assignment) at(offset int64) kafka.TopicPartition {
	return kafka.TopicPartition{Topic: &a.source.name, Partition: a.partition, Offset: kafka.Offset(offset)}
}

// assignments are those that the consumer has, as its owner knows them.
type assignments struct {
	byTopic  map[string]map[int32]*assignment
	list     []*assignment // by topic and partition
	overflow int           // records that wait for room in all of them, at the last look
}

func (s *assignments) find(topic string, partition int32) *assignment {
	return s.byTopic[topic][partition]
}

// assignmentView is a copy of the list for other goroutines.
type assignmentView struct {
	list atomic.Pointer[[]*assignment]
}

// all lists the assignments.
func (v *assignmentView) all() []*assignment {
	if list := v.list.Load(); list != nil {
		return *list
	}
	return nil
}

// hide shows other goroutines none of them any more.
func (v *assignmentView) hide() { v.list.Store(nil) }

// begin adds assignments.
func (o *owner) begin(list []*assignment) {
	s := &o.assignments
	if s.byTopic == nil {
		s.byTopic = map[string]map[int32]*assignment{}
	}
	for _, a := range list {
		if s.byTopic[a.source.name] == nil {
			s.byTopic[a.source.name] = map[int32]*assignment{}
		}
		s.byTopic[a.source.name][a.partition] = a
	}
	o.listAssignments()
}

// listAssignments follows changes of the map. It sorts, and is therefore called
// once for each rebalance and not for each partition.
func (o *owner) listAssignments() {
	s := &o.assignments
	s.list = nil
	for _, topic := range slices.Sorted(maps.Keys(s.byTopic)) {
		for _, p := range slices.Sorted(maps.Keys(s.byTopic[topic])) {
			s.list = append(s.list, s.byTopic[topic][p])
		}
	}
	list := slices.Clone(s.list)
	o.assigned.list.Store(&list)
}

// newAssignment begins an assignment at offset start, -1 if that is to be decided.
func (o *owner) newAssignment(s *source, partition int32, start, committed int64) *assignment {
	a := &assignment{source: s, partition: partition, start: start, next: start, stored: max(start, 0), suspect: -1, corrupt: -1, fetching: fetching{next: unknownOffset}}
	a.ctx, a.cancel = context.WithCancelCause(o.handlers)
	a.trying, a.giveUp = context.WithCancel(a.ctx)
	a.turning, a.endTurns = context.WithCancel(a.ctx)
	a.flow = o.flow.Assign(a.flowName(), max(start, 0), s.unordered)
	a.flow.Tag = a
	a.committed.Store(committed)
	a.watermark.Store(max(start, 0))
	return a
}

func (a *assignment) flowName() string { return fmt.Sprintf("%s/%d", a.source.name, a.partition) }
