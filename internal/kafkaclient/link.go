package kafkaclient

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/token"
)

// link is one Kafka client of a Producer, until another replaces it.
type link struct {
	client   *kafka.Producer
	attempts *attempts
	users    *gate // calls on the client: it is destroyed after the last of them

	failOnce   sync.Once
	fatal      atomic.Pointer[kafka.Error] // why it failed for good
	failed     chan struct{}               // closed with fatal
	goroutines sync.WaitGroup              // that read its events and its log
}

// connect starts a client. It does not wait for a broker.
func (p *Producer) connect() (*link, error) {
	client, err := kafka.NewProducer(p.cfg.properties())
	if err != nil {
		if len(p.cfg.Overrides) > 0 { // the rest is checked
			return nil, config.Problemf("Config", "start the Kafka client: %w", err)
		}
		return nil, fmt.Errorf("start the Kafka client: %w", err)
	}
	l := &link{client: client, attempts: newAttempts(p.began, p.cfg.backoff()), users: newGate(), failed: make(chan struct{})}
	l.goroutines.Go(func() { p.drain(l) })
	l.goroutines.Go(func() {
		// Lines below the user's own level are there for attempts alone.
		forwardLogs(client.Logs(), p.logger, p.cfg.Overrides["debug"] != "", l.attempts.note)
	})
	if t := p.token.Load(); t != nil {
		_ = token.Give(client, *t, nil) // it was taken before
	}
	return l, nil
}

// destroy releases the client after the last call on it. It may block.
func (l *link) destroy() {
	l.users.shut()
	<-l.users.empty
	l.client.Close()
	l.goroutines.Wait()
}

// fail notes why the client failed for good.
func (l *link) fail(p *Producer, err kafka.Error) {
	l.failOnce.Do(func() {
		l.fatal.Store(&err)
		p.fatal.Store(&err)
		close(l.failed)
	})
}

// noteFatal asks why the client failed for good, if it did: its event may come
// after what follows from it.
func (l *link) noteFatal(p *Producer) {
	if l.fatal.Load() != nil || !l.users.enter() {
		return
	}
	defer l.users.leave()
	var ke kafka.Error
	if err := l.client.GetFatalError(); errors.As(err, &ke) && ke.IsFatal() {
		l.fail(p, ke)
	}
}
