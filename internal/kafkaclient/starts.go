package kafkaclient

import (
	"context"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// GroupStart is what a group has of a topic: Committed are its offsets in all
// partitions; Starts, if it has committed none of them, where it may begin in each.
type GroupStart struct {
	Committed []kafka.TopicPartition
	Starts    []kafka.TopicPartition
}

// StartOf asks for the first records of a topic at or after a time, or for its logs'
// ends if at is zero. Where no record is so late, it is the end: that of what can be
// read (the last stable offset), so that a transaction which is under way counts as new.
// If the group has committed anything of the topic, that is not asked for.
func StartOf(ctx context.Context, admin *kafka.AdminClient, group, topic string, at time.Time) (GroupStart, error) {
	var out GroupStart
	res, err := admin.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames([]string{topic}))
	if err != nil {
		return out, fmt.Errorf("ask for the partitions of topic %q: %w", topic, err)
	}
	var all []kafka.TopicPartition
	for _, d := range res.TopicDescriptions {
		if d.Error.Code() != kafka.ErrNoError {
			return out, fmt.Errorf("ask for the partitions of topic %q: %w", topic, d.Error)
		}
		for _, p := range d.Partitions {
			all = append(all, kafka.TopicPartition{Topic: &topic, Partition: int32(p.Partition)})
		}
	}
	if out.Committed, err = CommittedOf(ctx, admin, group, all); err != nil {
		return out, err
	}
	for _, tp := range out.Committed {
		if tp.Error != nil {
			return out, fmt.Errorf("ask for the committed offset of group %q in topic %q partition %d: %w", group, topic, tp.Partition, tp.Error)
		}
		if tp.Offset >= 0 {
			return out, nil
		}
	}
	ends, err := listOffsets(ctx, admin, all, kafka.LatestOffsetSpec)
	if err != nil {
		return out, err
	}
	late := ends
	if !at.IsZero() {
		if late, err = listOffsets(ctx, admin, all, kafka.NewOffsetSpecForTimestamp(at.UnixMilli())); err != nil {
			return out, err
		}
	}
	for _, tp := range all {
		one := late[keyOf(tp)]
		if one.none {
			one = ends[keyOf(tp)]
		}
		if one.err != nil {
			return GroupStart{Committed: out.Committed}, one.err
		}
		tp.Offset = kafka.Offset(one.offset)
		out.Starts = append(out.Starts, tp)
	}
	return out, nil
}
