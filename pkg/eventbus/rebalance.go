package eventbus

import (
	"errors"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// rebalance is called by the client within Poll and Close.
func (o *owner) rebalance(ev kafka.Event) {
	if o.phase >= phaseClosing { // nothing is left to settle
		o.rebalanceClosing(ev)
		return
	}
	o.c.counts.rebalances.Add(1)
	switch ev := ev.(type) {
	case kafka.AssignedPartitions:
		o.assign(ev.Partitions)
	case kafka.RevokedPartitions:
		o.revoke(ev.Partitions)
	}
}

// rebalanceClosing goes along with what the group decides while the client
// closes: a partition that it is given must be taken, to be given back again.
// Nothing of it is handled.
func (o *owner) rebalanceClosing(ev kafka.Event) {
	if ev, ok := ev.(kafka.RevokedPartitions); ok {
		if len(ev.Partitions) > 0 && o.client.AssignmentLost() {
			o.phase = phaseLost
		}
		o.givenBack = append(o.givenBack, ev.Partitions...)
	}
	if err := giveBack(o.client, ev, o.c.client.Cooperative()); err != nil {
		o.c.logger.Warn("a rebalance while closing failed", "group", o.c.cfg.Group, "error", err)
	}
}

// giveBack goes along with a rebalance of a client of which nothing is handled.
func giveBack(client *kafka.Consumer, ev kafka.Event, cooperative bool) (err error) {
	switch ev := ev.(type) {
	case kafka.AssignedPartitions:
		if cooperative {
			err = client.IncrementalAssign(ev.Partitions)
		} else {
			err = client.Assign(ev.Partitions)
		}
		err = errors.Join(err, client.Pause(ev.Partitions))
	case kafka.RevokedPartitions:
		if cooperative {
			err = client.IncrementalUnassign(ev.Partitions)
		} else {
			err = client.Unassign()
		}
	}
	return err
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
	o.confirmNow(kept)
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
	if lost {
		o.dropStored(list)
	} else {
		o.confirmNow(list)
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

// dropStored has the client keep no stored offsets of assignments that are lost. It commits
// them once more when they are given back, also what it has committed already, and looks
// whether they are lost before that is over: where a topic was deleted and made again,
// the old offset came over the new log.
func (o *owner) dropStored(list []*assignment) {
	var offsets []kafka.TopicPartition
	for _, a := range list {
		offsets = append(offsets, a.at(int64(kafka.OffsetInvalid)))
	}
	if len(offsets) > 0 {
		_, _ = o.client.StoreOffsets(offsets) // it refuses those of which it has none any more
	}
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
