package integration_test

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// faulty is an embedded broker whose requests a test watches, holds up or
// answers itself. Such tests run on the embedded broker alone.
type faulty struct {
	*cluster
	fake *broker.Broker
}

// commit is one offset that a consumer asked the broker to commit.
type commit struct {
	topic     string
	partition int32
	offset    int64
}

// commits watches what is committed. check is called at each commit, before the
// broker knows of it.
type commits struct {
	mu   sync.Mutex
	list []commit
}

func watchCommits(b *faulty, check func(commit)) *commits {
	w := &commits{}
	b.fake.Cluster().ControlKey(int16(kmsg.OffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.fake.Cluster().KeepControl()
		for _, topic := range req.(*kmsg.OffsetCommitRequest).Topics {
			for _, p := range topic.Partitions {
				c := commit{topic.Topic, p.Partition, p.Offset}
				check(c)
				w.mu.Lock()
				w.list = append(w.list, c)
				w.mu.Unlock()
			}
		}
		return nil, nil, false
	})
	return w
}

func (w *commits) all() []commit {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]commit(nil), w.list...)
}
