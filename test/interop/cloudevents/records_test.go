//go:build interop

package cloudevents_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/test/interop"
)

// recordAt reads one record back, with a client of neither side.
func recordAt(t *testing.T, topic string, at eventbus.Receipt) event.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	from := map[string]map[int32]kgo.Offset{topic: {at.Partition: kgo.NewOffset().At(at.Offset)}}
	client, err := kgo.NewClient(kgo.SeedBrokers(interop.Brokers()...), kgo.ConsumePartitions(from))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	fetches := client.PollRecords(ctx, 1)
	if err := fetches.Err(); err != nil {
		t.Fatal(err)
	}
	r := fetches.Records()[0]
	if r.Offset != at.Offset {
		t.Fatalf("%s: there is no record %d/%d", topic, at.Partition, at.Offset)
	}
	return record(r)
}

// follow reads a topic from its start until the test ends.
func follow(t *testing.T, topic string) <-chan event.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(interop.Brokers()...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	records, done := make(chan event.Record, 1024), make(chan struct{})
	go func() {
		defer close(done)
		for fetches := client.PollFetches(context.Background()); !fetches.IsClientClosed(); fetches = client.PollFetches(context.Background()) {
			fetches.EachRecord(func(r *kgo.Record) { records <- record(r) })
		}
	}()
	t.Cleanup(func() {
		client.Close()
		<-done
	})
	return records
}

func record(r *kgo.Record) event.Record {
	out := event.Record{Topic: r.Topic, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, event.Header{Key: h.Key, Value: h.Value})
	}
	return out
}
