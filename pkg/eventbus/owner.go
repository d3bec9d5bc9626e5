package eventbus

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

// owner is one Run: the state of the goroutine that alone calls the Kafka
// consumer. It polls, admits records to the scheduler, and stores offsets.
type owner struct {
	c      *Consumer
	client *kafka.Consumer
	logs   chan struct{} // closed when the client's log has ended
	tokens *tokenBox
	flow   *flow.Scheduler[delivery]
	dead   *deadLetters
	base   context.Context //nolint:containedctx // of every handler: it outlives Run's, until the drain is over
	end    context.CancelCauseFunc

	running context.Context           //nolint:containedctx // Run's: what waits for a broker ends with it
	ended   atomic.Pointer[time.Time] // when running ended
	asked   sync.WaitGroup            // questions to a broker that nobody waits for any more

	assigned  assignments
	last      *assignment // of the last record
	stopping  bool        // the drain before the end is under way
	undrained int         // records that a revocation left unsettled, after running had ended
	closing   bool
	givenBack []kafka.TopicPartition // while closing
	lost      bool                   // the group took partitions away, while closing
	err       error                  // ends Run

	ticked    int       // events since the last tick
	stored    time.Time // when offsets were last stored
	allPaused bool
	resumed   time.Time // after the last pause of all
	commits   commitState
}

const (
	tickEvery  = 512                    // events between two looks at limits
	storeEvery = 100 * time.Millisecond // between two stores of offsets
	patience   = 250 * time.Millisecond // for completions, at a limit
)

// newOwner starts the clients and joins the group.
func (c *Consumer) newOwner(ctx context.Context) (*owner, error) {
	dead, err := c.newDeadLetters()
	if err != nil {
		return nil, err
	}
	client, err := kafka.NewConsumer(c.cfg.clientConfig(c.security))
	if err != nil {
		_ = dead.close(c.cfg.CloseTimeout) // nothing is outstanding
		return nil, fmt.Errorf("start the Kafka client: %w", err)
	}
	o := &owner{c: c, client: client, logs: make(chan struct{}), dead: dead, running: ctx}
	go func() {
		defer close(o.logs)
		forwardLogs(client.Logs(), c.logger)
	}()
	o.tokens = newTokenBox(c.security.tokens)
	o.base, o.end = context.WithCancelCause(context.WithoutCancel(ctx))
	o.flow = flow.New(flow.Config{
		Workers:  c.cfg.Concurrency,
		InFlight: c.cfg.MaxInFlight, InFlightBytes: c.cfg.MaxInFlightBytes,
		PartitionInFlight: c.cfg.MaxInFlight / 4, PartitionInFlightBytes: c.cfg.MaxInFlightBytes / 8,
		MaxAhead: c.cfg.MaxAhead, StallAfter: patience,
	}, c.run)
	topics, _ := c.routes.topicNames()
	if err := client.SubscribeTopics(topics, o.rebalance); err != nil {
		o.err = c.fail(fmt.Errorf("subscribe to %v: %w", topics, err))
	}
	return o, nil
}

// loop runs until ctx ends or the consumer cannot go on.
func (o *owner) loop(ctx context.Context) error {
	for ctx.Err() == nil && o.err == nil {
		o.poll(o.wait())
	}
	return o.err
}

// wait is how long the next poll may take, in milliseconds.
func (o *owner) wait() int {
	switch {
	case o.flow.Open():
		return 0
	case o.assigned.overflow > 0:
		return 5 // room may come at any time
	}
	return 100
}

// poll takes one event of the client. Rebalances happen inside.
func (o *owner) poll(timeoutMs int) {
	ev := o.client.Poll(timeoutMs)
	switch ev := ev.(type) {
	case nil:
		o.flow.Flush()
	case *kafka.Message:
		o.record(ev)
	case kafka.PartitionEOF:
		o.endOfLog(kafka.TopicPartition(ev))
	case kafka.OffsetsCommitted:
		o.committed(ev)
	case kafka.Error:
		o.clientError(ev)
	}
	if o.ticked++; ev == nil || o.ticked >= tickEvery {
		o.tick(time.Now())
	}
}

// tick does what is due: room for what waits, stores, pauses.
func (o *owner) tick(now time.Time) {
	o.ticked = 0
	o.fill()
	o.c.notices.flush()
	o.giveToken()
	if now.Sub(o.stored) >= storeEvery {
		o.store(o.assigned.list)
		o.limitUncommitted(now)
		o.flow.Room() // counts, for Stats
	}
	o.pause(now)
}

// record admits one record.
func (o *owner) record(m *kafka.Message) {
	a := o.last
	if a == nil || a.partition != m.TopicPartition.Partition || a.source.name != *m.TopicPartition.Topic {
		a = o.assigned.find(*m.TopicPartition.Topic, m.TopicPartition.Partition)
		if a == nil {
			return // of an assignment that has ended: it is delivered again
		}
		o.last = a
	}
	if m.TopicPartition.Error != nil {
		o.c.notices.say(o.c.logger, "record", "the client delivered an error instead of a record",
			"topic", a.source.name, "partition", a.partition, "error", m.TopicPartition.Error)
		return
	}
	o.c.counts.received.Add(1)
	offset := int64(m.TopicPartition.Offset)
	if offset != a.next {
		a = o.jump(a, offset)
		o.last = a
	}
	a.next = offset + 1
	size := len(m.Key) + len(m.Value)
	for i := range m.Headers {
		size += len(m.Headers[i].Key) + len(m.Headers[i].Value)
	}
	// The key is not copied: nothing changes the bytes that the client gave us.
	key := unsafe.String(unsafe.SliceData(m.Key), len(m.Key))
	if a.flow.Admit(offset, key, size, delivery{in: a, msg: m}) == flow.Overflowed {
		o.assigned.overflow++
		o.crowded(a)
	}
}

// noTimestamp is that of a record without one.
const noTimestamp = -1

func timestampMs(m *kafka.Message) int64 {
	if m.TimestampType == kafka.TimestampNotAvailable {
		return noTimestamp
	}
	return m.Timestamp.UnixMilli()
}

// endOfLog moves the watermark over what holds no record, once nothing is
// pending.
func (o *owner) endOfLog(tp kafka.TopicPartition) {
	if a := o.assigned.find(*tp.Topic, tp.Partition); a != nil {
		end := int64(tp.Offset)
		if !a.seen {
			a = o.jump(a, end)
		}
		a.next = max(a.next, end)
		a.flow.EOF(end)
	}
}

// clientError handles an error that the client tells of.
func (o *owner) clientError(err kafka.Error) {
	switch {
	case err.IsFatal():
		o.err = o.c.fail(o.c.denied(err))
	case err.Code() == kafka.ErrGroupAuthorizationFailed && !o.commits.assigned():
		// Once it was a member it goes on: it may be so again.
		o.err = joinConfig("run", []error{configProblem("Group", "%w", o.c.denied(err))})
	case err.Code() == kafka.ErrTopicAuthorizationFailed && !o.commits.assigned():
		o.err = joinConfig("run", []error{configProblem("Handlers", "%w", o.c.denied(err))})
	case err.Code() == kafka.ErrInconsistentGroupProtocol:
		o.err = o.c.fail(fmt.Errorf("join group %q: its other members use no assignment protocol that this one has: while the group moves from clients with range or roundrobin, set Config[\"partition.assignment.strategy\"] to \"range,roundrobin\"; once they are gone, stop all members before you leave it out: %w", o.c.cfg.Group, err))
	default:
		o.c.notices.say(o.c.logger, "client "+err.Code().String(), "the Kafka client reports an error", "group", o.c.cfg.Group, "error", o.c.denied(err))
	}
}

// denied explains a right that is missing to read.
func (c *Consumer) denied(err error) error {
	topics, _ := c.routes.topicNames()
	for _, name := range topics {
		// "Subscribed topic not available: todos: Broker: Topic authorization failed"
		if strings.Contains(err.Error(), " "+name+": ") {
			topics = []string{name}
			break
		}
	}
	return c.security.client().Denied(err, kafka.ACLOperationRead, strings.Join(topics, ","), c.cfg.Group)
}

// giveToken hands the client a token that has come. It is the client's owner who
// does.
func (o *owner) giveToken() {
	a, ok := o.tokens.take()
	if !ok {
		return
	}
	if err := giveToken(o.client, a.token, a.err); err != nil {
		o.c.notices.say(o.c.logger, "token", "there is no token for the Kafka client: it is asked for again", "group", o.c.cfg.Group, "error", err)
	}
}
