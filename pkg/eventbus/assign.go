package eventbus

import (
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// assign begins the assignment of partitions at explicit offsets. A partition whose
// place cannot be told yet waits, and nothing of it is handled until then.
func (o *owner) assign(partitions []kafka.TopicPartition) {
	settled := o.endLeftOver(partitions)
	starts := make([]kafka.TopicPartition, len(partitions))
	begun := make([]*assignment, 0, len(partitions))
	deadline := time.Now().Add(o.c.questionTimeout())
	committed := o.committedOffsets(partitions)
	if len(partitions) > 0 {
		topics, _ := o.c.routes.topicNames()
		o.logs.asked = time.Now()
		o.learnIDs(o.askNow(inquiry{topics: topics}, time.Until(deadline)))
	}
	var begins []beginning
	for i, tp := range partitions {
		s := o.c.routes.sources[*tp.Topic]
		if s == nil { // the group's other members have subscribed to it
			starts[i] = kafka.TopicPartition{Topic: tp.Topic, Partition: tp.Partition, Offset: kafka.OffsetEnd}
			continue
		}
		b := beginning{i: i, source: s, topicID: o.currentID(s.name), committed: unknownOffset}
		if committed[i].Error == nil {
			b.committed, b.lower = o.ofThisLog(s.name, b.topicID, committed[i])
		}
		if b.at = b.committed; settled.of(tp) >= 0 {
			b.at = max(b.at, settled.of(tp))
		}
		begins = append(begins, b)
	}
	o.firstOffsets(partitions, begins, deadline)
	for _, b := range begins {
		a := o.newAssignment(b.source, partitions[b.i].Partition, max(b.at, -1), max(b.committed, -1))
		a.topicID, a.lower = b.topicID, b.lower
		if b.at < 0 {
			a.place, a.unsure = &place{committed: b.committed, since: time.Now()}, true
			if b.open { // not ready until then: a test, or a deployment, publishes next
				a.block(0, blockage{code: HealthPosition, final: true, detail: "the group is new here: where it begins is decided, as StartAt says"})
			}
		}
		if o.ctx.Err() != nil {
			a.flow.Fence() // nothing of it starts here
		}
		starts[b.i] = a.at(max(b.at, 0))
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

// beginning is where an assignment begins.
type beginning struct {
	i         int // of its partition among those that are assigned
	source    *source
	topicID   string
	committed int64 // of this log; -1: nothing; unknownOffset
	lower     bool  // the group's offset is of another log
	at        int64 // -1 or unknownOffset: it is to be decided
	open      bool  // as StartAt says, later
}

// firstOffsets has those without a commit begin at the first record that is left. If
// that is not told by deadline, it stays open.
func (o *owner) firstOffsets(partitions []kafka.TopicPartition, begins []beginning, deadline time.Time) {
	var q inquiry
	for i := range begins {
		b := &begins[i]
		if b.at == -1 && o.startsElsewhere(&assignment{source: b.source, topicID: b.topicID, lower: b.lower}) {
			b.open = true // its start is committed first, which is not done within a rebalance
			continue
		}
		if b.at == -1 {
			q.watermarks = append(q.watermarks, partitions[b.i])
		}
	}
	if len(q.watermarks) == 0 {
		return
	}
	f := o.askNow(q, time.Until(deadline))
	n := 0
	for i := range begins {
		b := &begins[i]
		if b.at != -1 || b.open {
			continue
		}
		if f.positionsErr == nil && f.watermarks[n].Err == nil {
			b.at = o.withoutCommit(b.source, partitions[b.i].Partition, f.watermarks[n].Low)
		}
		n++
	}
}

// currentID is the id of a topic's log, as it was last told.
func (o *owner) currentID(topic string) string {
	if id := o.logs.changed[topic]; id != "" {
		return id
	}
	return o.logs.ids[topic]
}

// committedOffsets asks for what the group has committed. A partition of which it is
// not known has an Error.
func (o *owner) committedOffsets(partitions []kafka.TopicPartition) []kafka.TopicPartition {
	of := make([]kafka.TopicPartition, len(partitions))
	for i, tp := range partitions {
		of[i] = kafka.TopicPartition{Topic: tp.Topic, Partition: tp.Partition}
	}
	if len(partitions) == 0 {
		return of
	}
	got, err := ask(o, func() ([]kafka.TopicPartition, error) {
		return o.client.Committed(of, int(o.c.questionTimeout().Milliseconds()))
	})
	if err != nil && o.ctx.Err() == nil {
		o.c.logger.Warn("the committed offsets cannot be read: nothing of these partitions is handled until they can", "group", o.c.cfg.Group, "error", err)
	}
	return kafkaclient.InOrder(of, got)
}
