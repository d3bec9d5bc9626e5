package eventbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// Consumer hands the events of its topics to handlers, as one member of a
// consumer group. Records of one key are handled one at a time and in the order
// of the log; keys run in parallel. Offsets are committed only below the lowest
// record that is not settled, so that every record is handled, dead-lettered or
// skipped at least once, whatever dies.
type Consumer struct {
	cfg        ConsumerConfig
	routes     *routes
	decode     decodeFunc
	logger     *slog.Logger
	client     kafkaclient.ConsumerConfig
	partitions map[string]int // of the dead-letter topics
	batchBytes int            // of dead letters

	started atomic.Bool              // Run has been called
	run     atomic.Pointer[runState] // of Run, once it has joined the group
	ended   atomic.Bool              // Run has returned
	fatal   atomic.Pointer[error]    // why the client failed for good
	counts  consumerCounts
	notices kafkaclient.Notices
}

// decodeFunc reads a record for its handler.
type decodeFunc func(rec event.Record) (event.Metadata, proto.Message, error)

// NewConsumer checks cfg and the contracts of its handlers, asks the cluster for
// the topics that it needs, and leaves no connection behind. Its error matches
// ErrConfig and names every problem, a topic that does not exist or may not be
// used included; a cluster that does not answer within ConnectTimeout is one.
func NewConsumer(cfg ConsumerConfig) (*Consumer, error) {
	cfg = cfg.withDefaults()
	routes, problems := cfg.routes()
	if err := config.Join("new consumer", append(cfg.problems(), problems...)); err != nil {
		return nil, err
	}
	c := newConsumer(cfg, routes)
	if err := config.Join("new consumer", c.probe()); err != nil {
		return nil, err
	}
	return c, nil
}

// newConsumer makes a consumer of a checked configuration.
func newConsumer(cfg ConsumerConfig, routes *routes) *Consumer {
	c := &Consumer{cfg: cfg, routes: routes, logger: cfg.Logger, client: cfg.client()}
	c.cfg.Connection = kafkaconn.Connection{} // the client's configuration has it, where nothing prints it
	if routes.reader != nil {
		c.decode = routes.reader.Read
	} else { // tombstone handlers alone
		c.decode = func(rec event.Record) (event.Metadata, proto.Message, error) {
			md, _, err := cfg.Registry.CheckRecord(rec)
			if err == nil {
				err = &event.Error{Reason: event.ReasonUnknownType, Metadata: md, Err: errors.New("no handler reads it")}
			}
			return md, nil, err
		}
	}
	return c
}

// Run joins the group and handles events until ctx ends, and then stops: no
// further record starts, those that have started are waited for, their offsets
// are committed. It returns nil after a clean stop, at most ShutdownTimeout
// after ctx's end. Its errors match
//
//   - ErrDrainTimeout: handlers did not finish in time; their records are
//     delivered again.
//   - ErrCommit: the last commit was refused or lost; what was settled since the
//     one before is delivered again.
//   - ErrCloseTimeout: a Kafka client did not close in time.
//   - ErrLogChanged: a log is not the one that was read, as OnLogChange asks.
//   - ErrFatal: the Kafka client cannot go on.
//   - ErrConfig: what only the group's state can show, such as RequireCommitted.
//
// A consumer runs once.
func (c *Consumer) Run(ctx context.Context) error {
	if !c.started.CompareAndSwap(false, true) {
		return config.Join("run", []error{errors.New("the consumer has been run before: make a new one")})
	}
	defer c.ended.Store(true)
	o, err := c.newOwner(ctx)
	if err != nil {
		return config.Join("run", []error{err})
	}
	c.run.Store(o.runState)
	// The end's deadline counts from ctx's end, which a poll may see late.
	seen := make(chan struct{})
	stillRunning := context.AfterFunc(ctx, func() {
		now := time.Now()
		o.stopped.Store(&now)
		close(seen)
	})
	err = o.loop()
	if stillRunning() {
		return o.shutdown(err, time.Now())
	}
	<-seen
	return o.shutdown(err, *o.stopped.Load())
}

// untilDrained is how long after ctx's end handlers are waited for.
func (c *Consumer) untilDrained() time.Duration {
	return c.cfg.ShutdownTimeout - min(5*time.Second, c.cfg.ShutdownTimeout/2)
}

// drainTimeout bounds the wait for handlers when partitions are revoked.
func (c *Consumer) drainTimeout() time.Duration {
	return min(20*time.Second, c.client.MaxPollInterval()/3)
}

// fail keeps why the client failed for good.
func (c *Consumer) fail(err error) error {
	err = fmt.Errorf("%w: group %q: %w", ErrFatal, c.cfg.Group, err)
	c.fatal.CompareAndSwap(nil, &err)
	return err
}
