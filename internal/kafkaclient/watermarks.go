package kafkaclient

import (
	"context"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Watermarks bound what can be read of a partition's log: Low is the offset of the
// first record that is left, High that of the next one to be written, or of the first
// one of a transaction that is under way (the last stable offset).
type Watermarks struct {
	Low, High int64
	Err       error
}

// partitionKey is a partition as a map's key: the client's own has a pointer in it.
type partitionKey struct {
	topic     string
	partition int32
}

func keyOf(tp kafka.TopicPartition) partitionKey { return partitionKey{*tp.Topic, tp.Partition} }

// WatermarksOf asks for the watermarks of many partitions at once, with one request
// for each leader. The answer is in the order of the question.
func WatermarksOf(ctx context.Context, admin *kafka.AdminClient, partitions []kafka.TopicPartition) ([]Watermarks, error) {
	low, err := listOffsets(ctx, admin, partitions, kafka.EarliestOffsetSpec)
	if err != nil {
		return nil, err
	}
	high, err := listOffsets(ctx, admin, partitions, kafka.LatestOffsetSpec)
	if err != nil {
		return nil, err
	}
	out := make([]Watermarks, len(partitions))
	for i, tp := range partitions {
		l, h := low[keyOf(tp)], high[keyOf(tp)]
		out[i] = Watermarks{Low: l.offset, High: h.offset, Err: l.err}
		if l.err == nil {
			out[i].Err = h.err
		}
	}
	return out, nil
}

type listedOffset struct {
	offset int64
	none   bool // no record is as late as was asked for
	err    error
}

func listOffsets(ctx context.Context, admin *kafka.AdminClient, partitions []kafka.TopicPartition, spec kafka.OffsetSpec) (map[partitionKey]listedOffset, error) {
	question := make(map[kafka.TopicPartition]kafka.OffsetSpec, len(partitions))
	out := make(map[partitionKey]listedOffset, len(partitions))
	for _, tp := range partitions {
		question[kafka.TopicPartition{Topic: tp.Topic, Partition: tp.Partition}] = spec
		out[keyOf(tp)] = listedOffset{err: fmt.Errorf("topic %q partition %d: the cluster did not answer for it", *tp.Topic, tp.Partition)}
	}
	res, err := admin.ListOffsets(ctx, question, kafka.SetAdminIsolationLevel(kafka.IsolationLevelReadCommitted))
	if err != nil {
		return nil, fmt.Errorf("ask for the watermarks of %d partitions: %w", len(partitions), err)
	}
	for tp, info := range res.ResultInfos {
		one := listedOffset{offset: int64(info.Offset)}
		switch {
		case info.Error.Code() != kafka.ErrNoError:
			one.err = fmt.Errorf("watermarks of topic %q partition %d: %w", *tp.Topic, tp.Partition, info.Error)
		case one.offset < 0 && spec >= 0:
			one.none = true
		case one.offset < 0:
			one.err = fmt.Errorf("watermarks of topic %q partition %d: the answer has no offset", *tp.Topic, tp.Partition)
		}
		out[keyOf(tp)] = one
	}
	return out, nil
}
