package main

import (
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// begin lets a new group begin at starts: what a topic held before this run is not
// for it.
func (c cluster) begin(group string, starts map[account.TopicPartition]int64) error {
	raw := c.raw()
	(*raw)["group.id"] = group
	(*raw)["enable.auto.commit"] = false
	consumer, err := kafka.NewConsumer(raw)
	if err != nil {
		return fmt.Errorf("set the start of group %q: %w", group, err)
	}
	defer func() { _ = consumer.Close() }() // the commit has been answered by then
	stop, err := c.authenticate(consumer)
	if err != nil {
		return fmt.Errorf("set the start of group %q: %w", group, err)
	}
	defer stop()
	var offsets []kafka.TopicPartition
	for p, offset := range starts {
		offsets = append(offsets, kafka.TopicPartition{Topic: &p.Topic, Partition: p.Partition, Offset: kafka.Offset(offset)})
	}
	done, err := consumer.CommitOffsets(offsets)
	for _, tp := range done {
		if err == nil && tp.Error != nil {
			err = tp.Error
		}
	}
	if err != nil {
		return fmt.Errorf("set the start of group %q: %w", group, err)
	}
	return nil
}
