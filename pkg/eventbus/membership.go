package eventbus

import (
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
// committing what is settled.
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
	for _, a := range list {
		if a.place == nil && !a.lower {
			offsets = append(offsets, a.marked(max(a.storable(a.flow.Watermark()), a.stored, a.start)))
		}
	}
	if len(offsets) == 0 {
		return
	}
	m.asking = true
	client, questions := m.o.client, m.o.questions
	questions.Add(1)
	go func() {
		defer questions.Done()
		results, err := client.CommitOffsets(offsets)
		m.answers <- firstError(results, err) // there is room: one question at a time
	}()
}
