package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/test/measure"
)

// checkOutcome compares what a series says that it did with what the broker has: as many
// records in the log as were sent, or commits of the group for just the records that were
// handled. Speed by losing some, or by sending or handling some twice, is no result.
func checkOutcome(t measure.Task, r measure.Result) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(t.Addr))
	if err != nil {
		return fmt.Errorf("look at the outcome: %w", err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if t.Series.Consume {
		return checkCommits(ctx, kadm.NewClient(client), t, r)
	}
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, t.Topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("look at the log: %w", err)
	}
	n := int64(0)
	ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
	if n != int64(r.Done) || r.Done < t.Warm+t.Records {
		return fmt.Errorf("%d records were asked for, %d were sent by its own account, and the log has %d", t.Warm+t.Records, r.Done, n)
	}
	return nil
}

func checkCommits(ctx context.Context, admin *kadm.Client, t measure.Task, r measure.Result) error {
	commits, err := admin.FetchOffsetsForTopics(ctx, t.Group, t.Topic)
	if err == nil {
		err = commits.Error()
	}
	if err != nil {
		return fmt.Errorf("look at the commits: %w", err)
	}
	n := int64(0)
	commits.Each(func(o kadm.OffsetResponse) { n += max(0, o.At) }) // −1: none
	// What is committed was handled. Where handlers were stopped, one record of each partition
	// may be handled and not yet committed: it would come again.
	if n > int64(r.Done) || n < int64(r.Done)-measure.Partitions || r.Done < t.Warm+t.Records {
		return fmt.Errorf("%d records were asked for, %d were handled by its own account, and the group has committed %d", t.Warm+t.Records, r.Done, n)
	}
	return nil
}
