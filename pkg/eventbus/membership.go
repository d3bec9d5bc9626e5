package eventbus

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// membershipEvery is how often a drain asks whether it is still this member's.
const membershipEvery = time.Second

// fenced are the errors of a commit by a member that the group has put out, or has
// gone on without.
var fenced = []kafka.ErrorCode{
	kafka.ErrUnknownMemberID, kafka.ErrIllegalGeneration, kafka.ErrFencedInstanceID,
	kafka.ErrStaleMemberEpoch, kafka.ErrFencedMemberEpoch,
}

// membership asks, throughout one drain, whether the group still has this member, by
// committing what is settled of logs that are still those that were read.
type membership struct {
	o       *owner
	answers chan error
	asking  bool
	next    time.Time // question
	heard   time.Time // when the coordinator last confirmed a commit
}

func (o *owner) newMembership() *membership {
	now := time.Now()
	return &membership{o: o, answers: make(chan error, 1), next: now.Add(membershipEvery), heard: now}
}

// holds reports whether the partitions are still ours, as far as can be told. It
// waits for nothing.
func (m *membership) holds(list []*assignment) bool {
	now := time.Now()
	select {
	case err := <-m.answers:
		m.asking, m.next = false, now.Add(membershipEvery)
		if slices.Contains(fenced, kafkaclient.Code(err)) {
			m.o.c.logger.Warn("the group has gone on without this member while it gave partitions back: they are lost", "group", m.o.c.cfg.Group, "error", err)
			return false
		}
		if err == nil {
			m.heard = now
		}
	default:
	}
	if now.Sub(m.heard) > m.o.c.client.SessionTimeout() {
		m.o.c.logger.Warn("the coordinator has confirmed nothing for longer than a session while partitions were given back: they are lost", "group", m.o.c.cfg.Group)
		return false
	}
	if !m.asking && !now.Before(m.next) {
		m.ask(list)
	}
	return true
}

func (m *membership) ask(list []*assignment) {
	var offsets []kafka.TopicPartition
	logs := map[string]string{} // their ids
	for _, a := range list {
		if a.place == nil && !a.lower {
			offsets = append(offsets, a.marked(max(a.storable(a.flow.Watermark()), a.stored, a.start)))
			logs[a.source.name] = a.topicID
		}
	}
	if len(offsets) == 0 {
		return
	}
	m.asking = true
	client, admin, questions := m.o.client, m.o.admin, m.o.questions
	ctx, cancel := context.WithTimeout(context.WithoutCancel(m.o.ctx), m.o.c.questionTimeout())
	questions.Add(1)
	go func() {
		defer questions.Done()
		defer cancel()
		err := ofLogs(ctx, admin, logs, &offsets)
		if err == nil {
			var results []kafka.TopicPartition
			results, err = client.CommitOffsets(offsets)
			err = firstError(results, err)
		}
		m.answers <- err // there is room: one question at a time
	}()
}

// errNoLog says that there is nothing to ask by: all logs are others by now.
var errNoLog = errors.New("the topics were deleted")

// ofLogs leaves the offsets of logs that are still there, by their ids (C23). A drain
// may last for 20 s, and a topic is often made again while its consumers give it back.
func ofLogs(ctx context.Context, admin *kafka.AdminClient, logs map[string]string, offsets *[]kafka.TopicPartition) error {
	ids, err := kafkaclient.TopicIDsOf(ctx, admin, slices.Collect(maps.Keys(logs)))
	if err != nil {
		return err
	}
	*offsets = slices.DeleteFunc(*offsets, func(tp kafka.TopicPartition) bool { return ids.ByName[*tp.Topic] != logs[*tp.Topic] })
	if len(*offsets) == 0 {
		return errNoLog
	}
	return nil
}
