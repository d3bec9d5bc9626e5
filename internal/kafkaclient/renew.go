package kafkaclient

import (
	"context"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// renewDelay and renewMaxDelay bound the wait before a client that failed soon
	// after its start is replaced.
	renewDelay    = time.Second
	renewMaxDelay = 30 * time.Second

	// renewGrace is how long a client that is replaced has to report what it has
	// outstanding. Nothing is enqueued meanwhile, so that no order is lost; the rest
	// has an unknown outcome.
	renewGrace = 2 * time.Second
)

// watch replaces the client when it cannot go on: when it has failed for good (P10),
// and when a topic was made again, whose leaders it does not find if their epochs are
// lower (C23). It ends when the producer closes.
func (p *Producer) watch() {
	defer close(p.watched)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-p.gate.closing
		cancel()
	}()
	looks := time.NewTicker(milliseconds(p.cfg.Overrides, "topic.metadata.refresh.interval.ms", MetadataRefresh))
	defer looks.Stop()
	var delay time.Duration
	var renewed time.Time
	for ctx.Err() == nil {
		l := p.link.Load()
		var again []string
		select {
		case <-ctx.Done():
			return
		case <-l.failed:
		case <-looks.C:
			again = p.madeAgain(ctx, l)
		case <-p.look:
			again = p.madeAgain(ctx, l)
		}
		if l.fatal.Load() == nil && len(again) == 0 {
			continue
		}
		if time.Since(renewed) > 2*renewMaxDelay {
			delay = 0
		}
		p.budget.hold(1)
		p.renew(ctx, l, delay)
		p.budget.hold(-1)
		p.tellRenewed(l, again) // last, because a logger may block and publishes waited for this
		delay, renewed = min(max(2*delay, renewDelay), renewMaxDelay), time.Now()
	}
}

// renew replaces l after delay. What publishes meanwhile waits.
func (p *Producer) renew(ctx context.Context, l *link, delay time.Duration) {
	if l.fatal.Load() == nil {
		p.settled(ctx, l, renewGrace)
	}
	_ = l.client.Purge(kafka.PurgeQueue | kafka.PurgeInFlight) // what it leaves ends with the client
	p.settled(ctx, l, renewGrace)
	for wait := delay; ; wait = max(2*wait, renewDelay) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(wait, renewMaxDelay)):
		}
		if next, err := p.connect(); err == nil { // else the process lacks something, such as files
			p.link.Store(next)
			break
		}
	}
	p.goroutines.Go(l.destroy)
	p.budget.wake() // who waits for another client
}

// tellRenewed says why l was replaced.
func (p *Producer) tellRenewed(l *link, again []string) {
	if err := l.fatal.Load(); err != nil {
		p.logger.Error("the Kafka client failed for good and was replaced: what it had outstanding has an unknown outcome", "error", *err)
		return
	}
	p.logger.Error("topics were deleted and made again: the Kafka client was replaced, for it may never find their new leaders", "topics", again)
}

// settled waits until the client has reported what it had outstanding.
func (p *Producer) settled(ctx context.Context, l *link, most time.Duration) {
	for end := time.Now().Add(most); l.client.Len() > 0 && time.Now().Before(end) && ctx.Err() == nil; {
		time.Sleep(time.Millisecond) // the client tells nobody
	}
}

// UseTopic has the producer notice when a topic is deleted and made again.
func (p *Producer) UseTopic(name string) {
	p.topicsLock.Lock()
	defer p.topicsLock.Unlock()
	if _, ok := p.topics[name]; ok {
		return
	}
	p.topics[name] = ""
	select {
	case p.look <- struct{}{}:
	default:
	}
}

// madeAgain lists the topics that have another id than before.
func (p *Producer) madeAgain(ctx context.Context, l *link) (again []string) {
	p.topicsLock.Lock()
	var names []string
	for name := range p.topics {
		names = append(names, name)
	}
	p.topicsLock.Unlock()
	if len(names) == 0 || !l.users.enter() {
		return nil
	}
	defer l.users.leave()
	slices.Sort(names)
	admin, err := kafka.NewAdminClientFromProducer(l.client)
	if err != nil {
		return nil // a closed client's alone
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultConnectTimeout)
	defer cancel()
	ids, err := TopicIDsOf(ctx, admin, names)
	if err != nil {
		return nil // it is asked again
	}
	p.topicsLock.Lock()
	defer p.topicsLock.Unlock()
	for _, name := range names {
		id, was := ids.ByName[name], p.topics[name]
		if id == "" {
			continue
		}
		p.topics[name] = id
		if was != "" && was != id {
			again = append(again, name)
		}
	}
	return again
}
