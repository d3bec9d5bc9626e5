package interop

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Write writes records as they are, with a client of neither side, and returns
// them with their places.
func Write(t testing.TB, recs ...*kgo.Record) []*kgo.Record {
	t.Helper()
	client, ctx := independent(t)
	if err := client.ProduceSync(ctx, recs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return recs
}

// Records reads everything that a topic holds now, with a client of neither
// side, partition by partition in the order of the log.
func Records(t testing.TB, topic string) []*kgo.Record {
	t.Helper()
	client, ctx := independent(t)
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	var out []*kgo.Record
	ends.Each(func(end kadm.ListedOffset) {
		if end.Err != nil {
			t.Fatalf("the end of %s/%d: %v", topic, end.Partition, end.Err)
		}
		at := map[string]map[int32]kgo.Offset{topic: {end.Partition: kgo.NewOffset().AtStart()}}
		client.AddConsumePartitions(at)
		for next := int64(0); next < end.Offset; {
			fetches := client.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				t.Fatalf("read %s/%d: %v", topic, end.Partition, err)
			}
			fetches.EachRecord(func(r *kgo.Record) {
				if next = r.Offset + 1; r.Offset < end.Offset {
					out = append(out, r)
				}
			})
		}
		client.PurgeTopicsFromConsuming(topic)
	})
	return out
}

func independent(t testing.TB) (*kgo.Client, context.Context) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return client, ctx
}
