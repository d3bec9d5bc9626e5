package integration_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func TestConsumerHandlesEvents(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprint("title ", i))
	}
	write(t, b, 1, want...)
	var j journal
	c := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "all handled", func() bool { return j.len() == len(want) })
	if diff := cmp.Diff(want, j.titles()); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
	if err := c.end(); err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, offset := range b.Committed(group, "todos") {
		sum += offset
	}
	if sum != 100 {
		t.Errorf("committed %d", sum)
	}
}
