package integration_test

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// A Logger that blocks holds up the goroutine that polls, and nothing told of it: probes
// said that all was well until the group had put the member out.
func TestALoggerThatBlocksTheOwnerIsSeen(t *testing.T) {
	t.Parallel()
	b := startCluster(t)
	var recs []*kgo.Record
	for i := range 5 {
		recs = append(recs, raw(t, 0, i, "waits"))
	}
	produce(t, client(t, b.Brokers()), recs...)
	gate := make(chan struct{})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		Config:   map[string]string{"max.poll.interval.ms": "6000", "session.timeout.ms": "6000"},
		Logger:   slog.New(blockingHandler{slog.NewTextHandler(io.Discard, nil), "partitions assigned", gate}), // by the owner, within a poll
		Handlers: []eventbus.Handler{j.handler()},
	})
	tells := func(h eventbus.Health) bool {
		for _, reason := range h.Reasons {
			if reason.Code == eventbus.HealthNotPolling {
				return true
			}
		}
		return false
	}
	eventually(t, "readiness fails, while a new process is not called for yet", func() bool {
		h := r.Health()
		return !h.Ready && tells(h) && (h.Live || r.Stats().PollAge >= 6*time.Second)
	})
	if age := r.Stats().PollAge; age < 3*time.Second {
		t.Errorf("it was told after %s, less than half of the interval", age)
	}
	eventually(t, "liveness fails once the group has put the member out", func() bool { return !r.Health().Live })
	if j.len() != 0 {
		t.Errorf("%d records were handled by a consumer that does not poll", j.len())
	}
	close(gate)
	eventually(t, "all is well again", func() bool {
		h := r.Health()
		return h.Live && h.Ready && !tells(h) && r.Stats().PollAge < 2*time.Second
	})
	eventually(t, "all handled and committed", func() bool { return b.Committed(group, "todos")[0] == 5 })
}
