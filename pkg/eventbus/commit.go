package eventbus

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// commitAgeLimit is the age of the last commit above which intake is limited.
const commitAgeLimit = 30 * time.Second

// commitState is what is known of the group's commits.
type commitState struct {
	confirmed atomic.Int64 // when the coordinator last confirmed one, Unix ns
	open      atomic.Bool  // something stored is not confirmed
}

// began starts the clock of a first assignment.
func (s *commitState) began(now time.Time) {
	s.confirmed.CompareAndSwap(0, now.UnixNano())
}

// assigned reports whether there has been an assignment.
func (s *commitState) assigned() bool { return s.confirmed.Load() != 0 }

// age is how long nothing was confirmed, while there is something to confirm.
func (s *commitState) age(now time.Time) time.Duration {
	if !s.open.Load() {
		return 0
	}
	return now.Sub(time.Unix(0, s.confirmed.Load()))
}

// store tells the client the watermarks of list, which it commits once a second
// and when an assignment ends. An offset covers settled records only.
func (o *owner) store(list []*assignment) {
	now := time.Now()
	o.stored = now
	var offsets []kafka.TopicPartition
	var stored []*assignment
	lacking := false
	for _, a := range list {
		w := a.flow.Watermark()
		a.watermark.Store(w)
		a.pending.Store(int64(a.flow.Pending()))
		storable := a.storable(w)
		lacking = lacking || storable < w
		if storable > a.stored && !a.lower {
			offsets, stored = append(offsets, a.marked(storable)), append(stored, a)
		}
	}
	o.logs.lacking = lacking
	open := len(o.uncommitted()) > 0 || len(offsets) > 0 || lacking
	if open && !o.commits.open.Load() {
		o.commits.confirmed.Store(now.UnixNano()) // the age counts from here
	}
	o.commits.open.Store(open)
	if len(offsets) == 0 {
		return
	}
	results, err := o.client.StoreOffsets(offsets)
	if err != nil {
		o.c.counts.storeErrors.Add(1)
		o.c.notices.Say(o.c.logger, "store", "offsets cannot be stored", "group", o.c.cfg.Group, "error", err)
		return
	}
	for i, r := range results { // the call succeeds when one of several does
		if r.Error != nil {
			o.c.counts.storeErrors.Add(1)
			o.c.notices.Say(o.c.logger, "store", "an offset cannot be stored",
				"group", o.c.cfg.Group, "topic", *r.Topic, "partition", r.Partition, "offset", int64(r.Offset), "error", r.Error)
			continue
		}
		stored[i].stored = int64(offsets[i].Offset)
	}
}

// uncommitted lists what is stored and not confirmed.
func (o *owner) uncommitted() (offsets []kafka.TopicPartition) {
	for _, a := range o.assignments.list {
		if a.stored > max(a.committed.Load(), a.start, 0) {
			offsets = append(offsets, a.marked(a.stored))
		}
	}
	return offsets
}

// commitLast commits what is stored, when Run ends, and waits until it is
// confirmed: the client's own commit at its close tells nobody when it fails. While
// the group rebalances the coordinator takes no commit, so that it is tried until
// deadline.
func (o *owner) commitLast(deadline time.Time) error {
	var err error
	for {
		open := o.uncommitted()
		if len(open) == 0 {
			return nil
		}
		// What is given back meanwhile the client commits itself, and another member
		// may go on with it at once.
		mine := slices.DeleteFunc(open, o.isGivenBack)
		final := o.phase == phaseLost
		if len(mine) > 0 {
			if err = o.commit(mine); err == nil {
				continue
			}
			final = final || !slices.Contains(rebalancing, kafkaclient.Code(err))
		}
		if final || time.Now().After(deadline) {
			break
		}
		// The client takes part in the rebalance, and tells of its own commits.
		if ev, ok := o.client.Poll(50).(kafka.OffsetsCommitted); ok {
			o.committed(ev)
		}
	}
	o.c.counts.commitErrors.Add(1)
	if err == nil {
		err = errors.New("the group has taken partitions away, or did not confirm it in time")
	}
	return fmt.Errorf("%w, and what was handled since the one before is delivered again: %w", ErrCommit, err)
}

func (o *owner) isGivenBack(tp kafka.TopicPartition) bool {
	return slices.ContainsFunc(o.givenBack, func(g kafka.TopicPartition) bool {
		return *g.Topic == *tp.Topic && g.Partition == tp.Partition
	})
}

// rebalancing are the errors of a commit while the group has no settled
// generation, or not this member's.
var rebalancing = []kafka.ErrorCode{kafka.ErrIllegalGeneration, kafka.ErrRebalanceInProgress, kafka.ErrStaleMemberEpoch}

// commit commits offsets and waits for the answer.
func (o *owner) commit(offsets []kafka.TopicPartition) error {
	results, err := o.client.CommitOffsets(offsets)
	if err = firstError(results, err); err == nil {
		for _, tp := range offsets {
			o.confirmed(tp)
		}
	}
	return err
}

// firstError is that of a call on several partitions, which succeeds when one of
// them does.
func firstError(results []kafka.TopicPartition, err error) error {
	for _, r := range results {
		if err == nil {
			err = r.Error
		}
	}
	return err
}

// confirmed notes that the group has committed an offset.
func (o *owner) confirmed(tp kafka.TopicPartition) {
	if a := o.assignments.find(*tp.Topic, tp.Partition); a != nil {
		a.committed.Store(int64(tp.Offset))
	}
}

// committed takes the coordinator's answer to a commit.
func (o *owner) committed(ev kafka.OffsetsCommitted) {
	failed := ev.Error
	for _, tp := range ev.Offsets {
		switch {
		case tp.Error != nil:
			failed = tp.Error
		case tp.Offset < 0 || ev.Error != nil: // listed, and nothing stored
		default:
			o.confirmed(tp)
		}
	}
	switch {
	case failed == nil:
		o.commits.confirmed.Store(time.Now().UnixNano())
	case kafkaclient.Code(failed) != kafka.ErrNoOffset:
		o.c.counts.commitErrors.Add(1)
		o.c.notices.Say(o.c.logger, "commit", "a commit failed: handling goes on, and what is not committed is delivered again after a restart",
			"group", o.c.cfg.Group, "age", o.commits.age(time.Now()), "error", failed)
	}
}

// limitUncommitted stops intake while commits fail and too much would be
// delivered again.
func (o *owner) limitUncommitted(now time.Time) {
	if o.commits.age(now) < commitAgeLimit {
		o.limited = false
		return
	}
	var n int64
	for _, a := range o.assignments.list {
		n += a.watermark.Load() - max(a.committed.Load(), a.start, 0)
	}
	o.limited = n >= o.c.cfg.MaxUncommitted
}
