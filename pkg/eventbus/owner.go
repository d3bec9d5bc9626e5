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

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/internal/token"
)

// runState is what one Run shares with workers, Health and Stats. The Kafka
// consumer is not in it: only the owner has that, and nothing that another
// goroutine is given leads to the owner, so that a call of the client from
// elsewhere does not compile (C1).
type runState struct {
	flow       *flow.Scheduler[delivery]
	letters    *letters
	assigned   assignmentView
	commits    commitState
	stopped    atomic.Pointer[time.Time] // when Run's ctx ended
	polled     atomic.Int64              // when the client was last polled, in ns since 1970
	reach      atomic.Pointer[reach]
	gone       atomic.Pointer[[]string]    // subscribed topics that do not exist
	logChanges atomic.Pointer[[]logChange] // of late
}

// owner is one Run: the state of the goroutine that alone calls the Kafka
// consumer. It polls, admits records to the scheduler, and stores offsets.
type owner struct {
	*runState

	c      *Consumer
	client *kafka.Consumer
	admin  *kafka.AdminClient // by the client's connections
	logged chan struct{}      // closed when the client's log has ended
	logs   logs
	tokens *token.Mailbox

	ctx         context.Context //nolint:containedctx // Run's: what waits for a broker ends with it
	handlers    context.Context //nolint:containedctx // of every handler: it outlives Run's, until the drain is over
	endHandlers context.CancelCauseFunc
	questions   *sync.WaitGroup // those to a broker by this client, waited for or not
	over        *atomic.Bool    // this client is being replaced

	phase       phase
	err         error // ends Run
	assignments assignments
	last        *assignment            // of the last record
	unsettled   int                    // records that drains left, after ctx had ended
	givenBack   []kafka.TopicPartition // while closing

	ticked  int       // events since the last tick
	stored  time.Time // when offsets were last stored
	looked  time.Time // when it was last looked whether each partition is read
	resumed time.Time // when the phase was last phaseFull
	limited bool      // intake is stopped because commits fail
}

// phase is what a Run is doing.
type phase int

const (
	// phaseHandling: records are fetched and handled.
	phaseHandling phase = iota
	// phaseFull: the limits of all partitions together are reached. Those that have
	// their minimum in flight are paused until there is room.
	phaseFull
	// phaseStopping: ctx has ended. What has started is waited for.
	phaseStopping
	// phaseClosing: nothing is handled any more. The last commit, and the client's
	// close, are under way.
	phaseClosing
	// phaseLost: the group took partitions away while closing. Nobody commits them.
	phaseLost
)

const (
	tickEvery  = 512                    // events between two looks at limits
	storeEvery = 100 * time.Millisecond // between two stores of offsets
	patience   = 250 * time.Millisecond // for completions, at a limit
)

// newOwner starts the clients and joins the group.
func (c *Consumer) newOwner(ctx context.Context) (*owner, error) {
	letters, err := c.newLetters()
	if err != nil {
		return nil, err
	}
	o := &owner{runState: &runState{letters: letters}, c: c, ctx: ctx, questions: &sync.WaitGroup{}}
	o.logs = logs{ids: map[string]string{}, told: map[string]bool{}, answers: make(chan logFacts, 1)}
	if err := o.connect(); err != nil {
		_ = letters.close(c.cfg.CloseTimeout) // nothing is outstanding
		return nil, err
	}
	o.handlers, o.endHandlers = context.WithCancelCause(context.WithoutCancel(ctx))
	o.flow = flow.New(flow.Config{
		Workers:  c.cfg.Concurrency,
		InFlight: c.cfg.MaxInFlight, InFlightBytes: c.cfg.MaxInFlightBytes,
		PartitionInFlight: c.cfg.MaxInFlight / partitionShare, PartitionInFlightBytes: c.cfg.MaxInFlightBytes / partitionByteShare,
		MaxAhead: c.cfg.MaxAhead, StallAfter: patience,
	}, c.attempt)
	o.subscribe()
	return o, nil
}

// connect starts a Kafka client.
func (o *owner) connect() error {
	client, err := kafka.NewConsumer(o.c.client.Properties())
	if err != nil {
		return fmt.Errorf("start the Kafka client: %w", err)
	}
	o.client, o.logged = client, make(chan struct{})
	go func(logged chan<- struct{}) {
		defer close(logged)
		kafkaclient.ForwardLogs(client.Logs(), o.c.logger)
	}(o.logged)
	if o.admin, err = kafka.NewAdminClientFromConsumer(client); err != nil {
		return fmt.Errorf("ask about logs: %w", err) // a closed client's alone
	}
	o.tokens = token.NewMailbox(o.c.client.Cluster.Tokens())
	return nil
}

// subscribe joins the group.
func (o *owner) subscribe() {
	o.polled.Store(time.Now().UnixNano()) // from here on
	topics, _ := o.c.routes.topicNames()
	over, cooperative := &atomic.Bool{}, o.c.client.Cooperative()
	o.over = over
	if err := o.client.SubscribeTopics(topics, func(client *kafka.Consumer, ev kafka.Event) error {
		if over.Load() {
			return giveBack(client, ev, cooperative)
		}
		o.rebalance(ev)
		return nil
	}); err != nil {
		o.err = o.c.fail(fmt.Errorf("subscribe to %v: %w", topics, err))
	}
}

// loop runs until ctx ends or the consumer cannot go on.
func (o *owner) loop() error {
	for o.ctx.Err() == nil && o.err == nil {
		o.poll(o.wait())
	}
	return o.err
}

// wait is how long the next poll may take, in milliseconds.
func (o *owner) wait() int {
	switch {
	case o.flow.Open():
		return 0
	case o.assignments.overflow > 0:
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
	o.polled.Store(now.UnixNano())
	o.fill()
	o.c.notices.Flush()
	o.giveToken()
	if now.Sub(o.stored) >= storeEvery {
		o.store(o.assignments.list)
		o.watchFetching(now)
		o.watchLogs(now)
		o.limitUncommitted(now)
		o.flow.Room() // counts, for Stats
		o.c.watchBreakers(now)
	}
	o.pause(now)
}

// record admits one record.
func (o *owner) record(m *kafka.Message) {
	a := o.last
	if a == nil || a.partition != m.TopicPartition.Partition || a.source.name != *m.TopicPartition.Topic {
		a = o.assignments.find(*m.TopicPartition.Topic, m.TopicPartition.Partition)
		if a == nil {
			return // of an assignment that has ended: it is delivered again
		}
		o.last = a
	}
	if m.TopicPartition.Error != nil {
		o.c.notices.Say(o.c.logger, "record", "the client delivered an error instead of a record",
			"topic", a.source.name, "partition", a.partition, "error", m.TopicPartition.Error)
		return
	}
	o.c.counts.received.Add(1)
	offset := int64(m.TopicPartition.Offset)
	if (offset != a.next || a.unsure) && !o.arrived(a, offset, true) {
		return
	}
	a.next = offset + 1
	a.refetch.record()
	if a.flow.Admit(offset, keyText(m.Key), memoryOf(m), delivery{in: a, msg: m}) == flow.Overflowed {
		o.assignments.overflow++
		o.awaitRoom(a)
	}
}

// keyText does not copy the key: nothing changes the bytes that the client gave us.
func keyText(key []byte) string { return unsafe.String(unsafe.SliceData(key), len(key)) }

// noTimestamp is that of a record without one.
const noTimestamp = -1

func timestampMs(m *kafka.Message) int64 {
	if m.TimestampType == kafka.TimestampNotAvailable {
		return noTimestamp
	}
	return m.Timestamp.UnixMilli()
}

// timestamp is the record's, zero if it has none.
func timestamp(m *kafka.Message) time.Time {
	if m.TimestampType == kafka.TimestampNotAvailable {
		return time.Time{}
	}
	return m.Timestamp.UTC()
}

// endOfLog moves the watermark over what holds no record, once nothing is
// pending.
func (o *owner) endOfLog(tp kafka.TopicPartition) {
	if a := o.assignments.find(*tp.Topic, tp.Partition); a != nil {
		end := int64(tp.Offset)
		if (end != a.next || a.unsure) && !o.arrived(a, end, false) {
			return
		}
		a.next = end
		a.refetch.end()
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
		o.err = config.Join("run", []error{config.Problemf("Group", "%w", o.c.denied(err))})
	case err.Code() == kafka.ErrTopicAuthorizationFailed && !o.commits.assigned():
		o.err = config.Join("run", []error{config.Problemf("Handlers", "%w", o.c.denied(err))})
	case err.Code() == kafka.ErrAutoOffsetReset:
		o.c.notices.Say(o.c.logger, "out of range", "an offset that was to be read is not in its log: where to read on is asked for", "group", o.c.cfg.Group, "error", err)
		o.outOfRange()
	case isCorrupt(err.Code()):
		o.corrupt(err)
	case err.Code() == kafka.ErrInconsistentGroupProtocol:
		o.err = o.c.fail(fmt.Errorf("join group %q: its other members use no assignment protocol that this one has: while the group moves from clients with range or roundrobin, set Config[\"partition.assignment.strategy\"] to \"range,roundrobin\"; once they are gone, stop all members before you leave it out: %w", o.c.cfg.Group, err))
	default:
		o.logs.urgent = o.logs.urgent || kafkaclient.IsUnknownTopic(err.Code()) ||
			err.Code() == kafka.ErrAllBrokersDown || err.Code() == kafka.ErrTopicAuthorizationFailed
		o.c.notices.Say(o.c.logger, "client "+err.Code().String(), "the Kafka client reports an error", "group", o.c.cfg.Group, "error", o.c.denied(err))
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
	return c.client.Cluster.Denied(err, kafka.ACLOperationRead, strings.Join(topics, ","), c.cfg.Group)
}

// giveToken hands the client a token that has come. It is the client's owner who
// does.
func (o *owner) giveToken() {
	if err := o.tokens.Deliver(o.client); err != nil {
		o.c.notices.Say(o.c.logger, "token", "there is no token for the Kafka client: it is asked for again", "group", o.c.cfg.Group, "error", err)
	}
}
