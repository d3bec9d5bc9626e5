package eventbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/refusal"
)

// rawLimits bound a rawProducer.
type rawLimits struct {
	maxBytes   int   // of one record
	batchBytes int   // of one batch; 0: 1 MB, below the broker's default limit
	records    int64 // outstanding; 0: 16384
	bytes      int64 // outstanding; 0: 32 MiB, or two of the largest records
}

const (
	defaultBatchBytes             = 1_000_000
	defaultOutstanding            = 16384
	defaultOutstandingBytes       = 32 << 20
	defaultMessageTimeout         = 120 * time.Second
	defaultConnectTimeout         = 10 * time.Second
	defaultCloseTimeout           = 10 * time.Second
	closeGrace                    = 100 * time.Millisecond // what a Close may take beyond its ctx
	metadataRefresh               = 30 * time.Second
	unknownTopicAfter             = 30 * time.Second
	clientQueueBytes        int64 = 64 << 20
)

// rawConfig is how a rawProducer reaches the cluster. Zero times are the
// defaults.
type rawConfig struct {
	security       security
	overrides      map[string]string // checked by producerConfigProblems
	logger         *slog.Logger
	clientID       string
	messageTimeout time.Duration
	closeTimeout   time.Duration
	linger         time.Duration
}

// rawProducer owns an idempotent Kafka client: it encodes and checks nothing.
// One goroutine drains the client's events; it never blocks on, nor calls, what
// a user controls.
type rawProducer struct {
	client *kafka.Producer
	logger *slog.Logger
	gate   *producerGate
	budget *budget
	limits rawLimits

	notices  notices
	trouble  *trouble
	fatal    atomic.Pointer[kafka.Error]
	causes   refusal.Causes // for a start that fails
	security security
	acked    atomic.Uint64
	failed   atomic.Uint64
	errored  atomic.Uint64 // lost connections and timeouts that the client reported

	closeTimeout time.Duration
	closeOnce    sync.Once
	abortOnce    sync.Once
	abort        chan struct{} // closed when a Close can wait no longer for reports
	flushed      chan struct{} // closed when nothing is outstanding, or all was given up
	dead         chan struct{} // closed when the client is gone and no report can come
	closeErr     error         // read after dead
	alone        sync.Mutex    // held by produceAlone; nothing follows once abort is closed
	goroutines   sync.WaitGroup
	life         sync.Mutex
	ended        bool               // the client is being destroyed
	noTokens     context.CancelFunc // ends serveTokens
	tokenless    chan struct{}      // closed when it has ended
}

// newRawProducer starts a client. It does not wait for a broker.
func newRawProducer(cfg rawConfig, limits rawLimits) (*rawProducer, error) {
	limits = limits.withDefaults()
	client, err := kafka.NewProducer(cfg.clientConfig(limits))
	if err != nil {
		if len(cfg.overrides) > 0 { // the rest is checked
			return nil, configProblem("Config", "start the Kafka client: %w", err)
		}
		return nil, fmt.Errorf("start the Kafka client: %w", err)
	}
	p := &rawProducer{
		client: client, logger: cfg.logger, limits: limits,
		gate: newProducerGate(), budget: newBudget(limits.records, limits.bytes), trouble: newTrouble(),
		closeTimeout: cfg.closeTimeout, security: cfg.security, tokenless: make(chan struct{}),
		abort: make(chan struct{}), flushed: make(chan struct{}), dead: make(chan struct{}),
	}
	if p.logger == nil {
		p.logger = slog.Default()
	}
	if p.closeTimeout == 0 {
		p.closeTimeout = defaultCloseTimeout
	}
	p.goroutines.Go(p.drain)
	tokens, end := context.WithCancel(context.Background())
	p.noTokens = end
	go p.serveTokens(tokens)
	p.goroutines.Go(func() { forwardLogs(client.Logs(), p.logger) })
	return p, nil
}

func (l rawLimits) withDefaults() rawLimits {
	if l.batchBytes == 0 {
		l.batchBytes = defaultBatchBytes
	}
	if l.records == 0 {
		l.records = defaultOutstanding
	}
	if l.bytes == 0 {
		// Room for two of the largest, so that one need not wait for an empty client.
		l.bytes = max(defaultOutstandingBytes, 2*int64(l.maxBytes))
	}
	return l
}

// clientConfig is librdkafka's configuration: the settings behind the
// guarantees, and the user's own, which were checked not to undo them.
func (c rawConfig) clientConfig(l rawLimits) *kafka.ConfigMap {
	timeout := c.messageTimeout
	if timeout == 0 {
		timeout = defaultMessageTimeout
	}
	// Above what we accept ourselves, so that our own check decides: headers
	// and framing are counted differently here.
	maxBytes := min(l.maxBytes+l.maxBytes/8+64<<10, 1_000_000_000)
	queueBytes := max(clientQueueBytes, 2*l.bytes, 2*int64(maxBytes))
	m := kafka.ConfigMap{
		"enable.idempotence":                    true,
		"acks":                                  "all",
		"max.in.flight.requests.per.connection": 5,
		"partitioner":                           "murmur2_random",
		"compression.type":                      "lz4",
		"linger.ms":                             strconv.FormatFloat(c.linger.Seconds()*1000, 'f', -1, 64),
		"message.timeout.ms":                    int(timeout.Milliseconds()),
		"message.max.bytes":                     maxBytes,
		"batch.size":                            min(l.batchBytes, maxBytes),
		"queue.buffering.max.messages":          int(4 * max(l.records, 1024)),
		"queue.buffering.max.kbytes":            int(min(queueBytes>>10, 2147483647)),
		"allow.auto.create.topics":              false,
		"topic.metadata.refresh.interval.ms":    int(metadataRefresh.Milliseconds()),
		// Before the message timeout, which would hide the cause.
		"topic.metadata.propagation.max.ms": max(1, int(min(unknownTopicAfter, timeout/2).Milliseconds())),
		"enable.metrics.push":               false,
		"log.connection.close":              true,
		"go.delivery.report.fields":         "none", // the default copies payloads
		"go.events.channel.size":            1000,
		"go.produce.channel.size":           1,
		"go.logs.channel.enable":            true,
	}
	if c.clientID != "" {
		m["client.id"] = c.clientID
	}
	c.security.apply(m)
	applyConfig(m, c.overrides)
	return &m
}

// produce enqueues msg for pd. The caller is inside the gate and has taken room
// for pd.size, which the drain goroutine gives back after the report; without
// an enqueue there is no report.
func (p *rawProducer) produce(msg *kafka.Message, pd *pending) error {
	msg.Opaque = pd
	if pd.alone == nil { // else the first enqueue's mark counts
		pd.mark = p.trouble.mark()
	}
	return p.client.Produce(msg, nil)
}

// produceAlone is produce for a record that is sent again, whose sender is not
// inside the gate. It does nothing once a Close has given up.
func (p *rawProducer) produceAlone(msg *kafka.Message, pd *pending) (sent bool, err error) {
	p.alone.Lock()
	defer p.alone.Unlock()
	select {
	case <-p.abort:
		return false, nil
	default:
	}
	err = p.produce(msg, pd)
	return err == nil, err
}

// send enqueues msg and calls done with its outcome: on the drain goroutine, so
// done must not block. The error given to done matches ErrRejected or
// ErrIndeterminate. An error of send itself means that nothing was enqueued and
// done is not called: it matches ErrClosed, ErrRejected (a topic known not to
// exist, a record too large), ErrBackpressure (the queue is full: try again) or
// ErrIndeterminate (the client failed for good). msg may be used again at once.
func (p *rawProducer) send(msg *kafka.Message, done func(kafka.TopicPartition, error)) error {
	if !p.gate.enter() {
		return ErrClosed
	}
	defer p.gate.leave()
	pd := &pending{done: done, size: messageSize(msg)}
	p.budget.add(1, pd.size)
	if err := p.produce(msg, pd); err != nil {
		p.budget.give(1, pd.size)
		return notEnqueued(err)
	}
	return nil
}

// recordOverhead is Kafka's framing of a record, at most.
const recordOverhead = 70

func messageSize(msg *kafka.Message) int64 {
	n := len(msg.Key) + len(msg.Value) + recordOverhead
	for _, h := range msg.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return int64(n)
}

// notEnqueued maps the error of a produce call.
func notEnqueued(err error) error {
	return fmt.Errorf("%w: %w", notEnqueuedKind(err), err)
}

func notEnqueuedKind(err error) error {
	switch code := kafkaCode(err); {
	case code == kafka.ErrQueueFull:
		return ErrBackpressure
	case code == kafka.ErrState && kafkaFatal(err) == nil:
		return ErrClosed
	}
	return reportKind(err, true)
}

// classify maps the error of a delivery report to ErrRejected or
// ErrIndeterminate. A rejection proves that nothing was written only if the
// client saw no lost connection and no timeout since the enqueue.
func classify(err error, clean bool) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", reportKind(err, clean), err)
}

func reportKind(err error, clean bool) error {
	if clean && isRejection(kafkaCode(err)) {
		return ErrRejected
	}
	return ErrIndeterminate
}

func isRejection(code kafka.ErrorCode) bool {
	switch code {
	case kafka.ErrMsgSizeTooLarge, kafka.ErrInvalidRecord:
		return true
	}
	return isUnknownTopic(code) || isDenied(code)
}

func isDenied(code kafka.ErrorCode) bool {
	return code == kafka.ErrTopicAuthorizationFailed || code == kafka.ErrClusterAuthorizationFailed
}

func isUnknownTopic(code kafka.ErrorCode) bool {
	return code == kafka.ErrUnknownTopic || code == kafka.ErrUnknownTopicOrPart || code == kafka.ErrUnknownPartition
}

func kafkaCode(err error) kafka.ErrorCode {
	var ke kafka.Error
	if errors.As(err, &ke) {
		return ke.Code()
	}
	return kafka.ErrNoError
}

// kafkaFatal returns err's Kafka error if it ended the client for good.
func kafkaFatal(err error) error {
	var ke kafka.Error
	if errors.As(err, &ke) && (ke.IsFatal() || ke.Code() == kafka.ErrFatal) {
		return ke
	}
	return nil
}

// serveTokens gives the client its tokens until ctx ends.
func (p *rawProducer) serveTokens(ctx context.Context) {
	defer close(p.tokenless)
	if p.security.tokens == nil {
		return
	}
	p.security.tokens.serve(ctx, func(t Token, err error) {
		if err = giveToken(p.client, t, err); err != nil {
			p.notices.say(p.logger, "token", "there is no token for the Kafka client: it is asked for again", "error", err)
		}
	})
}

// drain reads the client's events until it is closed.
func (p *rawProducer) drain() {
	events := p.client.Events()
	var records, bytes int64
	var acked uint64
	for ev := range events {
		switch ev := ev.(type) {
		case *kafka.Message:
			pd := ev.Opaque.(*pending)
			size, ok := pd.size, ev.TopicPartition.Error == nil
			if !ok && purged(kafkaCode(ev.TopicPartition.Error)) {
				p.noteFatal()
			}
			// pd may be in use again as soon as it is settled.
			if pd.report(&ev.TopicPartition, p.trouble.clean(pd.mark)) {
				records, bytes = records+1, bytes+size
				if ok {
					acked++
				} else {
					p.failed.Add(1)
				}
			}
		case kafka.Error:
			p.clientError(ev)
		}
		// Room is given back in lots: each is an atomic write that every
		// publisher reads.
		if records > 0 && (records >= 64 || len(events) == 0) {
			p.acked.Add(acked)
			p.budget.give(records, bytes)
			records, bytes, acked = 0, 0, 0
		}
	}
	p.acked.Add(acked)
	if records > 0 {
		p.budget.give(records, bytes)
	}
}

// noteFatal asks why the client failed for good, if it did: its event may come
// after what follows from it.
func (p *rawProducer) noteFatal() {
	if p.fatal.Load() != nil {
		return
	}
	p.life.Lock()
	defer p.life.Unlock()
	if p.ended {
		return
	}
	var ke kafka.Error
	if err := p.client.GetFatalError(); errors.As(err, &ke) && ke.IsFatal() {
		p.fatal.CompareAndSwap(nil, &ke)
	}
}

func (p *rawProducer) clientError(err kafka.Error) {
	p.causes.Note(err)
	if err.IsFatal() {
		p.fatal.CompareAndSwap(nil, &err)
	}
	if isTrouble(err) {
		p.errored.Add(1)
		p.trouble.note()
	}
}
