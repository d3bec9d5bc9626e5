package kafkaclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/diagnose"
	"github.com/eventcontracts/eventcontracts/internal/token"
)

// Producer owns an idempotent Kafka client and tells the outcome of every record
// that it took. It encodes nothing and knows no events. It is safe for concurrent
// use.
//
// One goroutine drains the client's events; it never blocks on, nor calls, what a
// user controls (P7). To send, a caller enters the gate, takes room in the budget,
// and enqueues; [Producer.Send] does all three for a single record.
type Producer struct {
	client  *kafka.Producer
	cluster *Cluster
	logger  *slog.Logger
	gate    *gate
	budget  *budget
	limits  Limits

	notices  Notices
	attempts *attempts
	resend   resend
	fatal    atomic.Pointer[kafka.Error]
	causes   diagnose.Causes
	counts   producerCounts

	closeTimeout time.Duration
	closeOnce    sync.Once
	giveUpOnce   sync.Once
	givenUp      chan struct{} // closed when a close can wait no longer for reports
	flushed      chan struct{} // closed when nothing is outstanding, or all was given up
	released     chan struct{} // closed when the client is gone and no report can come
	closeErr     error         // read after released
	goroutines   sync.WaitGroup

	// alone is held while a record is enqueued once more; nothing follows once
	// givenUp is closed.
	alone sync.Mutex

	destroying  sync.Mutex
	destroyed   bool               // the client is being destroyed: no call may be made
	stopTokens  context.CancelFunc // ends serveTokens
	tokensEnded chan struct{}      // closed when serveTokens has
}

type producerCounts struct {
	acknowledged, failed, resent atomic.Uint64
	connectionErrors             atomic.Uint64
}

// ProducerStats are a producer's counters since its start, and its state.
type ProducerStats struct {
	Acknowledged     uint64 // records that all in-sync replicas have
	Failed           uint64 // records whose delivery report was an error
	Resent           uint64 // records sent again alone, after their batch was too large
	ConnectionErrors uint64 // lost connections and timeouts that the client reported
	Outstanding      int64  // records without an outcome
	OutstandingBytes int64
	Limits           Limits // those in force
}

// NewProducer starts a client. It does not wait for a broker.
func NewProducer(cfg ProducerConfig) (*Producer, error) {
	cfg = cfg.withDefaults()
	client, err := kafka.NewProducer(cfg.properties())
	if err != nil {
		if len(cfg.Overrides) > 0 { // the rest is checked
			return nil, config.Problemf("Config", "start the Kafka client: %w", err)
		}
		return nil, fmt.Errorf("start the Kafka client: %w", err)
	}
	p := &Producer{
		client: client, cluster: cfg.Cluster, logger: cfg.Logger, limits: cfg.Limits,
		gate: newGate(), budget: newBudget(cfg.Limits.Records, cfg.Limits.Bytes), attempts: newAttempts(cfg.backoff()),
		closeTimeout: cfg.CloseTimeout, tokensEnded: make(chan struct{}),
		givenUp: make(chan struct{}), flushed: make(chan struct{}), released: make(chan struct{}),
	}
	p.resend.p = p
	p.goroutines.Go(p.drain)
	ctx, cancel := context.WithCancel(context.Background())
	p.stopTokens = cancel
	go p.serveTokens(ctx)
	p.goroutines.Go(func() {
		// Lines below the user's own level are there for attempts alone.
		forwardLogs(client.Logs(), p.logger, cfg.Overrides["debug"] != "", p.attempts.note)
	})
	return p, nil
}

// Probe waits until a broker answers, which needs a ctx with a deadline, and says
// why none does. The admin client shares the producer's connections: nothing is to
// be closed.
func (p *Producer) Probe(ctx context.Context) (*kafka.AdminClient, error) {
	if err := p.cluster.Reach(ctx, p.client, &p.causes, func() {}); err != nil {
		return nil, err
	}
	admin, err := kafka.NewAdminClientFromProducer(p.client)
	if err != nil {
		return nil, fmt.Errorf("ask about topics: %w", err)
	}
	return admin, nil
}

// Partitions asks how many partitions a topic has now. It may take as long as
// timeout, and a close waits for it.
func (p *Producer) Partitions(topic string, timeout time.Duration) (int, error) {
	if !p.gate.enter() {
		return 0, ErrClosed
	}
	defer p.gate.leave()
	md, err := p.client.GetMetadata(&topic, false, int(timeout.Milliseconds()))
	if err != nil {
		return 0, fmt.Errorf("ask for the partitions of topic %q: %w", topic, err)
	}
	t := md.Topics[topic]
	if t.Error.Code() != kafka.ErrNoError {
		return 0, fmt.Errorf("ask for the partitions of topic %q: %w", topic, t.Error)
	}
	return len(t.Partitions), nil
}

// Failure is why the client failed for good; nil if it did not.
func (p *Producer) Failure() error {
	if err := p.fatal.Load(); err != nil {
		return *err
	}
	return nil
}

// Stats reads the counters. It is cheap, and safe after the close.
func (p *Producer) Stats() ProducerStats {
	return ProducerStats{
		Acknowledged: p.counts.acknowledged.Load(), Failed: p.counts.failed.Load(), Resent: p.counts.resent.Load(),
		ConnectionErrors: p.counts.connectionErrors.Load(),
		Outstanding:      p.budget.records.Load(), OutstandingBytes: p.budget.bytes.Load(),
		Limits: p.limits,
	}
}

// serveTokens gives the client its tokens until ctx ends.
func (p *Producer) serveTokens(ctx context.Context) {
	defer close(p.tokensEnded)
	if p.cluster.tokens == nil {
		return
	}
	p.cluster.tokens.Serve(ctx, func(t kafka.OAuthBearerToken, err error) {
		if err = token.Give(p.client, t, err); err != nil {
			p.notices.Say(p.logger, "token", "there is no token for the Kafka client: it is asked for again", "error", err)
		}
	})
}

// drain reads the client's events until it is closed.
func (p *Producer) drain() {
	events := p.client.Events()
	var records, bytes int64
	var acknowledged uint64
	for ev := range events {
		switch ev := ev.(type) {
		case *kafka.Message:
			o := ev.Opaque.(Outstanding)
			size, ok := o.entry().Size, ev.TopicPartition.Error == nil
			if !ok && isPurged(Code(ev.TopicPartition.Error)) {
				p.noteFatal()
			}
			// What is settled may be in use again at once.
			if p.report(o, &ev.TopicPartition) {
				records, bytes = records+1, bytes+size
				if ok {
					acknowledged++
				} else {
					p.counts.failed.Add(1)
				}
			}
		case kafka.Error:
			p.clientError(ev)
		}
		// Room is given back for many records at once: it is an atomic write that
		// every publisher reads.
		if records > 0 && (records >= 64 || len(events) == 0) {
			p.counts.acknowledged.Add(acknowledged)
			p.budget.give(records, bytes)
			records, bytes, acknowledged = 0, 0, 0
		}
	}
	p.counts.acknowledged.Add(acknowledged)
	if records > 0 {
		p.budget.give(records, bytes)
	}
}

// noteFatal asks why the client failed for good, if it did: its event may come
// after what follows from it.
func (p *Producer) noteFatal() {
	if p.fatal.Load() != nil {
		return
	}
	p.destroying.Lock()
	defer p.destroying.Unlock()
	if p.destroyed {
		return
	}
	var ke kafka.Error
	if err := p.client.GetFatalError(); errors.As(err, &ke) && ke.IsFatal() {
		p.fatal.CompareAndSwap(nil, &ke)
	}
}

func (p *Producer) clientError(err kafka.Error) {
	p.causes.Note(err)
	if err.IsFatal() {
		p.fatal.CompareAndSwap(nil, &err)
	}
	if isDisconnect(err) {
		p.counts.connectionErrors.Add(1)
	}
}
