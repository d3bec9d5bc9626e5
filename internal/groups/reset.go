package groups

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// Target is where a group shall begin: at one of these.
type Target struct {
	Earliest bool
	Latest   bool
	Time     time.Time // the first record with this timestamp or a later one
	Offset   *int64
}

// Move is what a reset changes in one partition.
type Move struct {
	Place

	To int64 `json:"to"`

	// Again and Skipped are how many offsets are read once more, and how many never.
	Again   int64 `json:"again"`
	Skipped int64 `json:"skipped"`

	Done bool `json:"done"`
}

// Plan says what a reset to a target would change, and changes nothing. An offset that
// is not in a partition's log is an error.
func Plan(ctx context.Context, admin *kafkaclient.Admin, places []Place, to Target) ([]Move, error) {
	var times map[string]int64
	if !to.Time.IsZero() {
		var err error
		if times, err = offsetsAt(ctx, admin, places, to.Time); err != nil {
			return nil, err
		}
	}
	var out []Move
	for _, p := range places {
		m := Move{Place: p}
		switch {
		case to.Earliest:
			m.To = p.Start
		case to.Latest:
			m.To = p.End
		case to.Offset != nil:
			m.To = *to.Offset
			if m.To < p.Start || m.To > p.End {
				return nil, fmt.Errorf("%s partition %d has no offset %d: its log is from %d to %d", p.Topic, p.Partition, m.To, p.Start, p.End)
			}
		default:
			m.To = times[at(p)]
		}
		from := p.Start // where a group without a commit begins by default
		if p.Committed != nil {
			from = max(*p.Committed, p.Start)
		}
		m.Again, m.Skipped = max(from-m.To, 0), max(m.To-from, 0)
		out = append(out, m)
	}
	return out, nil
}

func at(p Place) string { return fmt.Sprintf("%s/%d", p.Topic, p.Partition) }

// offsetsAt are the offsets of the first records of a time or later; the log's end where
// there is none.
func offsetsAt(ctx context.Context, admin *kafkaclient.Admin, places []Place, t time.Time) (map[string]int64, error) {
	question := map[kafka.TopicPartition]kafka.OffsetSpec{}
	out := map[string]int64{}
	for i, tp := range partitions(places) {
		question[tp] = kafka.NewOffsetSpecForTimestamp(t.UnixMilli())
		out[at(places[i])] = places[i].End
	}
	bounded, cancel := admin.Bounded(ctx)
	defer cancel()
	res, err := admin.ListOffsets(bounded, question, kafka.SetAdminIsolationLevel(kafka.IsolationLevelReadCommitted))
	if err != nil {
		return nil, admin.Failed("ask for the offsets of a time", err)
	}
	for tp, info := range res.ResultInfos {
		if info.Error.Code() != kafka.ErrNoError {
			return nil, admin.Failed(fmt.Sprintf("ask for the offset of a time in %s partition %d", *tp.Topic, tp.Partition), info.Error)
		}
		if info.Offset >= 0 {
			out[at(Place{Topic: *tp.Topic, Partition: tp.Partition})] = int64(info.Offset)
		}
	}
	return out, nil
}

// resetWord begins what a reset keeps in a commit's metadata, of which Kafka takes 4 KiB
// (offset.metadata.max.bytes); MaxReason is how much of it the reason may be, in bytes.
const (
	resetWord = "reset="
	MaxReason = 1024
)

// ErrActive matches the error of a group that somebody is in.
var ErrActive = errors.New("the group is active")

// Active is the refusal to reset a group with members: the next commit of one of them
// would undo it, for its partitions alone.
func Active(g Group) error {
	var who []string
	for _, m := range g.Members {
		who = append(who, fmt.Sprintf("%s on %s", m.Client, m.Host))
	}
	members := fmt.Sprintf("%d members", len(who))
	if len(who) == 1 {
		members = "1 member"
	}
	return fmt.Errorf("%w: group %q has %s (%s): stop its service first; a member that was killed leaves when its session ends, after 45 s by default",
		ErrActive, g.Name, members, strings.Join(who, ", "))
}

// Reset commits moves for a group without members, and marks those that were made. why
// and run are kept in each commit's metadata until the group's next one.
func Reset(ctx context.Context, admin *kafkaclient.Admin, group string, moves []Move, run, why string) error {
	tps := make([]kafka.TopicPartition, len(moves))
	for i, m := range moves {
		topic := m.Topic
		tps[i] = kafka.TopicPartition{
			Topic: &topic, Partition: m.Partition, Offset: kafka.Offset(m.To),
			Metadata: kafkaclient.CommitMark(m.topicID, resetWord+run+":", why),
		}
	}
	bounded, cancel := admin.Bounded(ctx)
	defer cancel()
	res, err := admin.AlterConsumerGroupOffsets(bounded, []kafka.ConsumerGroupTopicPartitions{{Group: group, Partitions: tps}})
	if err != nil {
		return refused(admin, group, err)
	}
	var answer []kafka.TopicPartition
	for _, g := range res.ConsumerGroupsTopicPartitions {
		answer = append(answer, g.Partitions...)
	}
	var failed []error
	for i, tp := range kafkaclient.InOrder(tps, answer) {
		if tp.Error != nil {
			failed = append(failed, fmt.Errorf("%s partition %d: %w", moves[i].Topic, moves[i].Partition, refused(admin, group, tp.Error)))
			continue
		}
		moves[i].Done = true
	}
	return errors.Join(failed...)
}

// refused explains why a commit was refused. A broker takes one from outside a group
// only while nobody is in it.
func refused(admin *kafkaclient.Admin, group string, err error) error {
	var ke kafka.Error
	if errors.As(err, &ke) {
		switch ke.Code() {
		case kafka.ErrUnknownMemberID, kafka.ErrNonEmptyGroup, kafka.ErrRebalanceInProgress, kafka.ErrIllegalGeneration:
			return fmt.Errorf("%w: somebody has joined group %q meanwhile: stop its service first", ErrActive, group)
		}
	}
	return denied(admin, "reset", group, err)
}
