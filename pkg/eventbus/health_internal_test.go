package eventbus

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// running is a consumer whose Run has these assignments, without a cluster.
func running(t *testing.T, list []*assignment) (*Consumer, *runState) {
	t.Helper()
	c := &Consumer{cfg: ConsumerConfig{}.withDefaults(), client: kafkaclient.ConsumerConfig{}, routes: &routes{}}
	r := &runState{flow: flow.New(flow.Config{Workers: 1, InFlight: 10, InFlightBytes: 100, PartitionInFlight: 10, PartitionInFlightBytes: 100, MaxAhead: 64}, func(*flow.Item[delivery]) flow.Outcome { return flow.Settled() })}
	t.Cleanup(r.flow.Close)
	r.commits.began(time.Now())
	r.assigned.list.Store(&list)
	c.run.Store(r)
	return c, r
}

// A member may have thousands of partitions that wait: a probe's answer stays small,
// and says how much it leaves out.
func TestHealthIsCappedWithACount(t *testing.T) {
	t.Parallel()
	var list []*assignment
	const partitions = 3000
	for i := range partitions {
		a := &assignment{source: &source{name: "todos"}, partition: int32(i)}
		for offset := range int64(3) {
			a.block(offset, blockage{code: HealthVersionNeeded, detail: fmt.Sprint("an event waits for major 3 at ", offset), final: true})
		}
		a.stalled.Store(true)
		list = append(list, a)
	}
	c, _ := running(t, list)
	h := c.Health()
	if len(h.Reasons) != maxReasons || h.Omitted != 2*partitions-maxReasons || h.Ready || !h.Live {
		t.Errorf("%d reasons, %d omitted, ready %t, live %t", len(h.Reasons), h.Omitted, h.Ready, h.Live)
	}
	text, err := json.Marshal(h)
	if err != nil || len(text) > 20_000 {
		t.Errorf("the answer of a probe has %d bytes: %v", len(text), err)
	}
}

// An owner that something holds up, such as a Logger that blocks, polls no more: nothing
// told of it.
func TestAnOwnerThatDoesNotPollIsSeen(t *testing.T) {
	t.Parallel()
	c, r := running(t, nil)
	now := time.Now()
	for _, row := range []struct {
		age         time.Duration
		live, ready bool
	}{{0, true, true}, {50 * time.Second, true, true}, {61 * time.Second, true, false}, {4 * time.Minute, true, false}, {5*time.Minute + time.Second, false, false}} {
		r.polled.Store(now.Add(-row.age).UnixNano())
		h := c.Health()
		if h.Live != row.live || h.Ready != row.ready || !row.ready && h.Reasons[0].Code != HealthNotPolling {
			t.Errorf("%s: %+v", row.age, h)
		}
		if got := c.Stats().PollAge; got < row.age || got > row.age+time.Minute {
			t.Errorf("PollAge %s, want %s", got, row.age)
		}
	}
	r.stopped.Store(&now) // the end has limits of its own
	if h := c.Health(); !h.Live {
		t.Errorf("at the end: %+v", h)
	}
}
