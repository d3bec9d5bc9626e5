package kafkaclient

import (
	"context"
	"errors"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// CommittedOf asks for what a group has committed of partitions, in the order of the
// question: a partition of which the answer is not known has an Error.
func CommittedOf(ctx context.Context, admin *kafka.AdminClient, group string, partitions []kafka.TopicPartition) ([]kafka.TopicPartition, error) {
	of := make([]kafka.TopicPartition, len(partitions))
	for i, tp := range partitions {
		of[i] = kafka.TopicPartition{Topic: tp.Topic, Partition: tp.Partition}
	}
	res, err := admin.ListConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{{Group: group, Partitions: of}}, kafka.SetAdminRequireStableOffsets(true))
	if err != nil {
		return nil, fmt.Errorf("ask for the committed offsets of group %q: %w", group, err)
	}
	var got []kafka.TopicPartition
	for _, g := range res.ConsumerGroupsTopicPartitions {
		got = append(got, g.Partitions...)
	}
	return InOrder(of, got), nil
}

// InOrder brings what a client answers for partitions into the order of the question.
func InOrder(question, answer []kafka.TopicPartition) []kafka.TopicPartition {
	by := make(map[partitionKey]kafka.TopicPartition, len(answer))
	for _, tp := range answer {
		by[keyOf(tp)] = tp
	}
	out := make([]kafka.TopicPartition, len(question))
	for i, tp := range question {
		one, ok := by[keyOf(tp)]
		if !ok {
			one = tp
			one.Error = errors.New("the cluster did not answer for it")
		}
		out[i] = one
	}
	return out
}
