package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What is handled twice, or never, must be found: here because notifier's commits
// are not where it stopped, but earlier for one partition and later for another.
func TestWhatIsNotHandledOnceIsFound(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &system{out: &out, bin: bin, names: all}
	s.down = func(ctx context.Context) error {
		return move(ctx, s.embedded.Addr(), map[int32]int64{0: -10, 1: 10})
	}
	err := s.run(t.Context(), s.restart)
	if err == nil {
		t.Fatalf("it was not found\n%s", &out)
	}
	for _, want := range []string{
		"events that notifier has committed at its stop, of those that it has handled: 10 are missing, 0 are there more than once, 10 should not be there",
		"events that notifier has handled: 10 are missing, 10 are there more than once, 0 should not be there",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said, but: %v\n%s", want, err, &out)
		}
	}
}

// move moves notifier's commits of partitions, once there is something to move to.
func move(ctx context.Context, broker string, by map[int32]int64) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	commits, err := admin.FetchOffsets(ctx, "notifier")
	if err != nil {
		return err
	}
	var to kadm.Offsets
	for partition, n := range by {
		at, _ := commits.Lookup("todos", partition)
		for end := int64(0); end < at.At+n; {
			ends, err := admin.ListEndOffsets(ctx, "todos")
			if err != nil {
				return err
			}
			o, _ := ends.Lookup("todos", partition)
			end = o.Offset
		}
		to.AddOffset("todos", partition, at.At+n, -1)
	}
	return admin.CommitAllOffsets(ctx, "notifier", to)
}
