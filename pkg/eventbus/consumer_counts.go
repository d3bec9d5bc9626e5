package eventbus

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// consumerCounts are the counters behind ConsumerStats.
type consumerCounts struct {
	_        [64]byte      // workers read what precedes these counters
	received atomic.Uint64 // the owner's
	_        [64]byte      // workers write what follows
	handled  atomic.Uint64

	skipped, byHandler, unknownType, tombstones, foreign atomic.Uint64
	failures, retries, panics, timeouts, abandoned, late atomic.Uint64
	keyDiffer, letterRetries, rebalances                 atomic.Uint64
	storeErrors, commitErrors, lost, truncations, gaps   atomic.Uint64
	pauses, recreations, corrupt, limited                atomic.Uint64

	byReason [16]atomic.Uint64 // by index in event.Reasons()
}

var reasonList = event.Reasons()

func (c *consumerCounts) deadLettered(r event.Reason) {
	if i := slices.Index(reasonList, r); i >= 0 {
		c.byReason[i].Add(1)
	}
}

// Stats reads the counters and the state. It is cheap, and safe before, beside
// and after Run.
func (c *Consumer) Stats() ConsumerStats {
	n := &c.counts
	s := ConsumerStats{
		Received: n.received.Load(), Handled: n.handled.Load(), Skipped: n.skipped.Load(), Dead: map[event.Reason]uint64{},
		SkippedByHandler: n.byHandler.Load(), SkippedUnknownType: n.unknownType.Load(),
		SkippedTombstones: n.tombstones.Load(), SkippedForeign: n.foreign.Load(),
		Attempts: n.handled.Load() + n.failures.Load(), Retries: n.retries.Load(), Panics: n.panics.Load(),
		Timeouts: n.timeouts.Load(), Abandoned: n.abandoned.Load(), Late: n.late.Load(), KeyDiffer: n.keyDiffer.Load(),
		DeadLetterRetries: n.letterRetries.Load(), DeadLettersDelayed: n.limited.Load(), Rebalances: n.rebalances.Load(),
		StoreErrors: n.storeErrors.Load(), CommitErrors: n.commitErrors.Load(),
		LostRecords: n.lost.Load(), Truncations: n.truncations.Load(), Recreations: n.recreations.Load(), CorruptBatches: n.corrupt.Load(),
		OffsetGaps: n.gaps.Load(), Pauses: n.pauses.Load(),
	}
	for i, reason := range reasonList {
		if dead := n.byReason[i].Load(); dead > 0 {
			s.Dead[reason] = dead
		}
	}
	for _, h := range c.routes.bound {
		b := h.breaker.State()
		s.BreakersOpened += b.Opened
		if b.Open {
			s.BreakersOpen++
		}
	}
	r := c.run.Load()
	if r == nil {
		return s
	}
	now := time.Now()
	s.Stuck = len(r.stuck(now))
	s.Waiting = r.flow.Waiting()
	s.InFlight, s.InFlightBytes = r.flow.InFlight()
	s.CommitAge, s.PollAge = r.commits.age(now), r.pollAge(now)
	for _, a := range r.assigned.all() {
		s.Assigned++
		for _, b := range a.blockages() {
			if b.code == HealthVersionNeeded {
				s.Held++
			}
		}
		s.Partitions = append(s.Partitions, PartitionStats{
			Topic: a.source.name, Partition: a.partition, Watermark: a.watermark.Load(),
			Committed: a.committed.Load(), Pending: int(a.pending.Load()), Paused: a.paused.Load(),
		})
	}
	return s
}

// stuckRun is a handler beyond its timeout.
type stuckRun struct {
	in     *assignment
	offset int64
	over   time.Duration
}

// stuck lists the handlers that go on beyond their timeout.
func (r *runState) stuck(now time.Time) []stuckRun {
	var out []stuckRun
	r.flow.Overdue(now, func(p *flow.Partition[delivery], offset int64, over time.Duration) {
		out = append(out, stuckRun{p.Tag.(*assignment), offset, over})
	})
	return out
}
