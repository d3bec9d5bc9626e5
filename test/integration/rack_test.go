//go:build kafka

package integration_test

import (
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// fetched is what the client says of a partition that it asks a broker for.
var fetched = regexp.MustCompile(`/(\d+): Fetch topic todos \[(\d+)\] at offset`)

// A consumer that says where it is reads from the followers there, not from
// leaders elsewhere (KIP-392).
func TestThreeNodes_C22_AConsumerReadsFromItsRack(t *testing.T) {
	t.Parallel()
	b := onThree(t)
	there, err := b.admin.ListTopics(b.ctx(), "todos")
	if err != nil {
		t.Fatal(err)
	}
	node := 0 // leads not all of the partitions
	if there["todos"].Partitions[0].Leader == 1 {
		node = 1
	}
	want := map[string]string{}
	for p := range 3 {
		want[fmt.Sprint(p)] = fmt.Sprint(node + 1)
	}
	var log logBook
	from := func() map[string]string { // the last that each partition was asked of
		out := map[string]string{}
		for _, f := range fetched.FindAllStringSubmatch(log.text(), -1) {
			out[f[2]] = f[1]
		}
		return out
	}
	var j journal
	consume(t, b, eventbus.ConsumerConfig{
		Config:   map[string]string{"client.rack": rackOf(node), "debug": "fetch"},
		Handlers: []eventbus.Handler{j.handler()},
		Logger:   slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	eventually(t, "every partition is read in the rack", func() bool { return maps.Equal(from(), want) })
	for i := range 30 {
		produce(t, b.client, raw(t, int32(i%3), i, "near"))
	}
	eventually(t, "all handled", func() bool { return j.len() == 30 })
	if got := from(); !maps.Equal(got, want) {
		t.Errorf("partitions and the nodes that they are read from: %v, want %v", got, want)
	}
}
