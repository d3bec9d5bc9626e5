package eventbus

import (
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// questionTimeout bounds the question for a new assignment's committed offsets,
// and those for the begins of its logs: the poll waits for both.
func (c *Consumer) questionTimeout() time.Duration {
	return min(10*time.Second, c.client.MaxPollInterval()/6)
}

// ask puts a question to a broker, which is not waited for once Run's ctx has
// ended. Close waits for it: no call may be made beside that.
func ask[T any](o *owner, question func() (T, error)) (T, error) {
	if err := o.ctx.Err(); err != nil {
		var none T
		return none, err
	}
	o.questions.Add(1)
	return kafkaclient.Watch(o.ctx, func() (T, error) {
		defer o.questions.Done()
		return question()
	})
}

// rebalance is called by the client within Poll and Close. What it returns is
// ignored by the client.
func (o *owner) rebalance(_ *kafka.Consumer, ev kafka.Event) error {
	if o.phase >= phaseClosing { // nothing is left to settle
		o.rebalanceClosing(ev)
		return nil
	}
	o.c.counts.rebalances.Add(1)
	switch ev := ev.(type) {
	case kafka.AssignedPartitions:
		o.assign(ev.Partitions)
	case kafka.RevokedPartitions:
		o.revoke(ev.Partitions)
	}
	return nil
}

// rebalanceClosing goes along with what the group decides while the client
// closes: a partition that it is given must be taken, to be given back again.
// Nothing of it is handled.
func (o *owner) rebalanceClosing(ev kafka.Event) {
	var err error
	cooperative := o.c.client.Cooperative()
	switch ev := ev.(type) {
	case kafka.AssignedPartitions:
		if cooperative {
			err = o.client.IncrementalAssign(ev.Partitions)
		} else {
			err = o.client.Assign(ev.Partitions)
		}
		err = errors.Join(err, o.client.Pause(ev.Partitions))
	case kafka.RevokedPartitions:
		if len(ev.Partitions) > 0 && o.client.AssignmentLost() {
			o.phase = phaseLost
		}
		o.givenBack = append(o.givenBack, ev.Partitions...)
		if cooperative {
			err = o.client.IncrementalUnassign(ev.Partitions)
		} else {
			err = o.client.Unassign()
		}
	}
	if err != nil {
		o.c.logger.Warn("a rebalance while closing failed", "group", o.c.cfg.Group, "error", err)
	}
}

// assign begins the assignment of partitions at explicit offsets, so that a
// first record elsewhere shows that the log has changed.
func (o *owner) assign(partitions []kafka.TopicPartition) {
	settled := o.endLeftOver(partitions)
	starts := make([]kafka.TopicPartition, len(partitions))
	begun := make([]*assignment, 0, len(partitions))
	committed := o.committedOffsets(partitions)
	deadline := time.Now().Add(o.c.questionTimeout())
	for i, tp := range partitions {
		s := o.c.routes.sources[*tp.Topic]
		if s == nil { // the group's other members have subscribed to it
			starts[i] = kafka.TopicPartition{Topic: tp.Topic, Partition: tp.Partition, Offset: kafka.OffsetEnd}
			continue
		}
		start := max(committed[i], settled.of(tp))
		if start < 0 {
			start = o.startOf(s, tp.Partition, committed[i], deadline)
		}
		a := o.newAssignment(s, tp.Partition, start, max(committed[i], -1))
		starts[i] = a.at(start)
		switch {
		case start >= 0:
		case committed[i] == unknownOffset:
			starts[i].Offset = kafka.OffsetStored
		default:
			starts[i].Offset = kafka.OffsetBeginning
		}
		if o.ctx.Err() != nil {
			a.flow.Fence() // nothing of it starts here
		}
		begun = append(begun, a)
	}
	o.begin(begun)
	o.commits.began(time.Now())
	var err error
	if o.c.client.Cooperative() {
		err = o.client.IncrementalAssign(starts)
	} else {
		err = o.client.Assign(starts)
	}
	if err != nil {
		o.err = o.c.fail(fmt.Errorf("take the assignment of %d partitions: %w", len(partitions), err))
		return
	}
	o.fill() // what waited may have room by now, and has not stalled
	o.pauseAnew(time.Now())
	o.c.logger.Info("partitions assigned", "group", o.c.cfg.Group, "partitions", describe(partitions), "assigned", len(o.assignments.list))
}

// unknownOffset says that the committed offset could not be read.
const unknownOffset = int64(-2)

// committedOffsets asks for what the group has committed: -1 where it has
// nothing.
func (o *owner) committedOffsets(partitions []kafka.TopicPartition) []int64 {
	out := make([]int64, len(partitions))
	for i := range out {
		out[i] = unknownOffset
	}
	if len(partitions) == 0 {
		return out
	}
	of := make([]kafka.TopicPartition, len(partitions))
	for i, tp := range partitions {
		of[i] = kafka.TopicPartition{Topic: tp.Topic, Partition: tp.Partition}
	}
	got, err := ask(o, func() ([]kafka.TopicPartition, error) {
		return o.client.Committed(of, int(o.c.questionTimeout().Milliseconds()))
	})
	if o.ctx.Err() != nil { // nothing of them is handled
		return out
	}
	if err != nil {
		o.c.logger.Warn("the committed offsets cannot be read: the client finds them itself, and a log that has changed meanwhile does not show", "group", o.c.cfg.Group, "error", err)
		return out
	}
	at := make(map[string]map[int32]int, len(partitions)) // the place of each in partitions
	for i, tp := range partitions {
		if at[*tp.Topic] == nil {
			at[*tp.Topic] = map[int32]int{}
		}
		at[*tp.Topic][tp.Partition] = i
	}
	for _, tp := range got {
		i, ok := at[*tp.Topic][tp.Partition]
		switch {
		case !ok || tp.Error != nil:
		case tp.Offset >= 0:
			out[i] = int64(tp.Offset)
		default:
			out[i] = -1
		}
	}
	return out
}

// startOf is where a group without commits begins: at the first record that is
// left. -1 leaves it to the client.
func (o *owner) startOf(s *source, partition int32, committed int64, deadline time.Time) int64 {
	left := time.Until(deadline)
	if committed == unknownOffset || left <= 0 {
		return -1
	}
	low, err := o.firstOffset(s.name, partition, left)
	if err != nil {
		o.c.logger.Warn("the start of a log cannot be read", "topic", s.name, "partition", partition, "error", err)
		return -1
	}
	if low > 0 {
		o.c.logger.Warn("the group has no committed offset, and older records are gone already",
			"group", o.c.cfg.Group, "topic", s.name, "partition", partition, "first_offset", low)
		if o.c.cfg.RequireCommitted {
			o.err = config.Join("run", []error{config.Problemf("RequireCommitted",
				"group %q has no committed offset of topic %q partition %d, whose records below %d are gone: commit a start for the group, or leave RequireCommitted unset",
				o.c.cfg.Group, s.name, partition, low)})
		}
	}
	return low
}

// firstOffset is that of the first record that is left in a log.
func (o *owner) firstOffset(topic string, partition int32, timeout time.Duration) (int64, error) {
	return ask(o, func() (int64, error) {
		low, _, err := o.client.QueryWatermarkOffsets(topic, partition, int(max(timeout.Milliseconds(), 1)))
		return low, err
	})
}

// settledUpTo are watermarks of assignments that have ended, by topic and partition.
type settledUpTo map[string]map[int32]int64

// of is the watermark of a partition, or -1.
func (s settledUpTo) of(tp kafka.TopicPartition) int64 {
	if w, ok := s[*tp.Topic][tp.Partition]; ok {
		return w
	}
	return -1
}

// endLeftOver ends the assignments that an eager group replaces: when a subscribed
// topic grows, the client may say "assigned" again without "revoked" between. What
// is not assigned again may be another member's already, so that it is lost; the
// rest is drained and stored, and goes on where it was settled.
func (o *owner) endLeftOver(partitions []kafka.TopicPartition) settledUpTo {
	left := o.assignments.list
	if o.c.client.Cooperative() || len(left) == 0 {
		return nil
	}
	o.c.logger.Warn("the group assigns partitions anew without having taken back the ones before", "group", o.c.cfg.Group, "assigned", len(left), "anew", len(partitions))
	again := map[*assignment]bool{}
	for _, tp := range partitions {
		if a := o.assignments.find(*tp.Topic, tp.Partition); a != nil {
			again[a] = true
		}
	}
	var kept, lost []*assignment
	for _, a := range left {
		if again[a] {
			kept = append(kept, a)
		} else {
			lost = append(lost, a)
		}
	}
	o.release(lost, ErrPartitionLost)
	if !o.drainTakenBack(kept) {
		o.release(kept, ErrPartitionLost)
		return nil
	}
	o.store(kept)
	settled := settledUpTo{}
	for _, a := range kept {
		if settled[a.source.name] == nil {
			settled[a.source.name] = map[int32]int64{}
		}
		if a.stored > max(a.start, 0) { // else nothing of it was settled, and the committed offset counts
			settled[a.source.name][a.partition] = a.stored
		}
	}
	o.release(kept, ErrPartitionLost)
	return settled
}

// revoke ends the assignment of partitions. If they are still ours, what has
// started is waited for and stored first.
func (o *owner) revoke(partitions []kafka.TopicPartition) {
	var list []*assignment
	for _, tp := range partitions {
		if a := o.assignments.find(*tp.Topic, tp.Partition); a != nil {
			list = append(list, a)
		}
	}
	lost := o.client.AssignmentLost() || !o.drainTakenBack(list)
	if !lost {
		o.store(list)
	}
	o.release(list, ErrPartitionLost)
	// The client commits here what was stored.
	var err error
	if o.c.client.Cooperative() {
		err = o.client.IncrementalUnassign(partitions)
	} else {
		err = o.client.Unassign()
	}
	if err != nil {
		o.err = o.c.fail(fmt.Errorf("give back %d partitions: %w", len(partitions), err))
	}
	o.c.logger.Info("partitions revoked", "group", o.c.cfg.Group, "partitions", describe(partitions), "lost", lost)
}

// release ends assignments for good. Each is cut before its handlers' ctx ends: one
// that gives its record up then would otherwise let the next one of its key start.
func (o *owner) release(list []*assignment, why error) {
	for _, a := range list {
		a.flow.Release()
		a.cancel(why)
		delete(o.assignments.byTopic[a.source.name], a.partition)
		if o.last == a {
			o.last = nil
		}
	}
	o.listAssignments()
}

func describe(partitions []kafka.TopicPartition) []string {
	out := make([]string, len(partitions))
	for i, tp := range partitions {
		out[i] = fmt.Sprintf("%s/%d", *tp.Topic, tp.Partition)
	}
	return out
}
