package kafkaclient

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

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
	cfg     ProducerConfig
	began   time.Time
	link    atomic.Pointer[link] // the client
	cluster *Cluster
	logger  *slog.Logger
	gate    *gate
	budget  *budget
	limits  Limits

	notices Notices
	resend  resend
	fatal   atomic.Pointer[kafka.Error] // of the client, or of the one before until this one has written
	causes  diagnose.Causes
	counts  producerCounts

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

	token       atomic.Pointer[kafka.OAuthBearerToken] // the last one
	stopTokens  context.CancelFunc                     // ends serveTokens
	tokensEnded chan struct{}                          // closed when serveTokens has

	topicsLock sync.Mutex
	topics     map[string]string // ids by name, "" if not known yet
	look       chan struct{}     // at the topics, now
	watched    chan struct{}     // closed when watch has ended
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
	p := &Producer{
		cfg: cfg, began: time.Now(), cluster: cfg.Cluster, logger: cfg.Logger, limits: cfg.Limits,
		gate: newGate(), budget: newBudget(cfg.Limits.Records, cfg.Limits.Bytes),
		topics: map[string]string{}, look: make(chan struct{}, 1), watched: make(chan struct{}),
		closeTimeout: cfg.CloseTimeout, tokensEnded: make(chan struct{}),
		givenUp: make(chan struct{}), flushed: make(chan struct{}), released: make(chan struct{}),
	}
	p.resend.p = p
	l, err := p.connect()
	if err != nil {
		return nil, err
	}
	p.link.Store(l)
	ctx, cancel := context.WithCancel(context.Background())
	p.stopTokens = cancel
	go p.serveTokens(ctx)
	go p.watch()
	return p, nil
}

// Probe waits until a broker answers, which needs a ctx with a deadline, and says
// why none does. The admin client shares the producer's connections: nothing is to
// be closed.
func (p *Producer) Probe(ctx context.Context) (*kafka.AdminClient, error) {
	client := p.link.Load().client
	if err := p.cluster.Reach(ctx, client, &p.causes, func() {}); err != nil {
		return nil, err
	}
	admin, err := kafka.NewAdminClientFromProducer(client)
	if err != nil {
		return nil, fmt.Errorf("ask about topics: %w", err)
	}
	return admin, nil
}

// Partitions asks how many partitions a topic has now. It may take as long as
// timeout, and a close waits for it.
func (p *Producer) Partitions(topic string, timeout time.Duration) (int, error) {
	turn, ok := p.Enter()
	if !ok {
		return 0, ErrClosed
	}
	defer turn.Leave()
	md, err := turn.link.client.GetMetadata(&topic, false, int(timeout.Milliseconds()))
	if err != nil {
		return 0, fmt.Errorf("ask for the partitions of topic %q: %w", topic, err)
	}
	t := md.Topics[topic]
	if t.Error.Code() != kafka.ErrNoError {
		return 0, fmt.Errorf("ask for the partitions of topic %q: %w", topic, t.Error)
	}
	return len(t.Partitions), nil
}

// Failure is why the client failed for good, until another one that replaces it has
// written a record; nil if it did not fail.
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
		if err == nil {
			p.token.Store(&t)
		}
		l := p.link.Load()
		if !l.users.enter() {
			return // it is replaced, and the next one gets the token
		}
		defer l.users.leave()
		if err = token.Give(l.client, t, err); err != nil {
			p.notices.Say(p.logger, "token", "there is no token for the Kafka client: it is asked for again", "error", err)
		}
	})
}

// drain reads a client's events until it is closed.
func (p *Producer) drain(l *link) {
	events := l.client.Events()
	var records, bytes int64
	var acknowledged uint64
	for ev := range events {
		switch ev := ev.(type) {
		case *kafka.Message:
			o := ev.Opaque.(Outstanding)
			size, ok := o.entry().Size, ev.TopicPartition.Error == nil
			if !ok && isPurged(Code(ev.TopicPartition.Error)) {
				l.noteFatal(p)
			}
			// What is settled may be in use again at once.
			if p.report(l, o, &ev.TopicPartition) {
				records, bytes = records+1, bytes+size
				if ok {
					acknowledged++
				} else {
					p.counts.failed.Add(1)
				}
			}
		case kafka.Error:
			p.clientError(l, ev)
		}
		// Room is given back for many records at once: it is an atomic write that
		// every publisher reads.
		if records > 0 && (records >= 64 || len(events) == 0) {
			p.counts.acknowledged.Add(acknowledged)
			if acknowledged > 0 && p.fatal.Load() != nil && l.fatal.Load() == nil {
				p.fatal.Store(nil) // of the client before
			}
			p.budget.give(records, bytes)
			records, bytes, acknowledged = 0, 0, 0
		}
	}
	p.counts.acknowledged.Add(acknowledged)
	if records > 0 {
		p.budget.give(records, bytes)
	}
}

func (p *Producer) clientError(l *link, err kafka.Error) {
	p.causes.Note(err)
	if err.IsFatal() {
		l.fail(p, err)
	}
	if isDisconnect(err) {
		p.counts.connectionErrors.Add(1)
	}
}
