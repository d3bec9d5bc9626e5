package main

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// A series that lost a record, sent one twice or did less than was asked has no figures.
func TestOutcomeIsHeldAgainstTheBroker(t *testing.T) {
	t.Parallel()
	b, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: measure.Topic, Partitions: measure.Partitions}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.DefaultProduceTopic(measure.Topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	const inLog, committed = 20, 15
	for range inLog {
		if err := client.ProduceSync(t.Context(), kgo.StringRecord("x")).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	var offsets kadm.Offsets
	for p := range int32(measure.Partitions) {
		offsets.AddOffset(measure.Topic, p, committed/measure.Partitions, -1)
	}
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), "group", offsets); err != nil {
		t.Fatal(err)
	}

	for _, row := range []struct {
		name    string
		consume bool
		asked   int
		done    int
		ok      bool
	}{
		{"as many are in the log as were sent", false, 20, 20, true},
		{"more were sent than asked for, to fill a call", false, 15, 20, true},
		{"one was lost", false, 20, 21, false},
		{"one is there twice", false, 19, 19, false},
		{"fewer were sent than asked for", false, 21, 20, false},
		{"what was handled is committed", true, 15, 15, true},
		{"each partition has one that was handled and not committed", true, 15, 18, true},
		{"more were handled and not committed", true, 15, 19, false},
		{"one was committed and not handled", true, 10, 14, false},
		{"fewer were handled than asked for", true, 16, 15, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			task := measure.Task{Addr: b.Addr(), Topic: measure.Topic, Group: "group", Records: row.asked, Series: measure.Series{Consume: row.consume}}
			if err := checkOutcome(task, measure.Result{Done: row.done}); (err == nil) != row.ok {
				t.Errorf("asked for %d, did %d: %v", row.asked, row.done, err)
			}
		})
	}
}
