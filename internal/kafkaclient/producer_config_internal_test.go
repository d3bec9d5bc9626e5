package kafkaclient

import (
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// An unknown topic is told within 35 s: the client gives up on it after 30, which
// nobody can raise, and before a message timeout that would hide why.
func TestP14_TheClientGivesUpOnATopicInTime(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[time.Duration]int{0: 30_000, time.Hour: 30_000, 4 * time.Second: 2000, time.Millisecond: 1} {
		cfg := ProducerConfig{
			Cluster:        NewCluster(kafkaconn.Connection{Brokers: []string{"localhost:9092"}}, nil),
			MessageTimeout: timeout,
		}.withDefaults()
		if got := (*cfg.properties())["topic.metadata.propagation.max.ms"]; got != want {
			t.Errorf("with a message timeout of %s it gives up after %v ms, want %d", timeout, got, want)
		}
	}
	if got := ProducerProblems(map[string]string{"topic.metadata.propagation.max.ms": "30001"}); len(got) != 1 {
		t.Errorf("30 s and 1 ms has the problems %v, want one", got)
	}
}
