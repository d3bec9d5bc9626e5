package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}

// commits are where a group goes on: all that is below counts as handled.
type commits map[place]int64

func (c commits) cover(f fact) bool { return f.Offset < c[place{f.Topic, f.Partition}] }

// commits asks the cluster, and not the bus, what a group has committed.
func (s *system) commits(ctx context.Context, group string) (commits, error) {
	conn, problems := kafkaconn.ReadEnv(s.getenv)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	config := conn.Properties()
	config["client.id"], config["log_level"] = "example", 0
	admin, err := kafka.NewAdminClient(&config)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	stop, err := conn.Authenticate(ctx, admin)
	if err != nil {
		return nil, err
	}
	defer stop()
	answer, err := admin.ListConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{{Group: group}})
	if err != nil {
		return nil, fmt.Errorf("look at the commits of group %q: %w", group, err)
	}
	out := commits{}
	for _, p := range answer.ConsumerGroupsTopicPartitions[0].Partitions {
		if p.Error != nil {
			return nil, fmt.Errorf("look at the commits of group %q: %w", group, p.Error)
		}
		out[place{*p.Topic, p.Partition}] = int64(p.Offset)
	}
	return out, nil
}

// settled waits until a group's commits cover events.
func (s *system) settled(ctx context.Context, group string, events []fact) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := s.commits(ctx, group)
		if err != nil {
			return err
		}
		left := len(events) - len(below(c, events))
		if left == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d events are not committed by group %q: %w\n%s", left, len(events), group, ctx.Err(), s.logs())
		}
	}
}

// below are the ids of the events that commits cover.
func below(c commits, events []fact) []string {
	var ids []string
	for _, f := range events {
		if c.cover(f) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}
