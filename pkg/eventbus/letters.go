package eventbus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"golang.org/x/time/rate"

	"github.com/eventcontracts/eventcontracts/internal/flow"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const (
	// letterBytes bounds a dead letter on our side; the topic has a limit of its
	// own.
	letterBytes = 64 << 20

	// A dead letter that was not acknowledged is sent again after a delay that
	// doubles between these.
	letterDelay    = time.Second
	letterMaxDelay = 30 * time.Second

	// letterPatience is when a consumer whose dead letters fail is no longer
	// ready.
	letterPatience = 30 * time.Second
)

// letters writes dead letters. A record counts as dead-lettered only once the
// broker has acknowledged its letter; until then its key waits.
type letters struct {
	c *Consumer

	client *kafkaclient.Producer // nil if the consumer never dead-letters
	limit  *rate.Limiter         // of those whose retries are exhausted

	mu     sync.Mutex
	counts map[string]int // partitions of the dead-letter topics
}

func (c *Consumer) newLetters() (*letters, error) {
	d := &letters{c: c, counts: maps.Clone(c.partitions), limit: rate.NewLimiter(rate.Inf, 0)}
	if n := c.cfg.MaxDeadLetters; n != NoLimit {
		d.limit = rate.NewLimiter(rate.Limit(float64(n)/60), n)
	}
	if len(c.partitions) == 0 {
		return d, nil
	}
	var err error
	d.client, err = kafkaclient.NewProducer(kafkaclient.ProducerConfig{
		Cluster: c.client.Cluster, ClientID: c.cfg.Group, CloseTimeout: c.cfg.CloseTimeout, Logger: c.logger,
		Limits: kafkaclient.Limits{RecordBytes: letterBytes, BatchBytes: c.batchBytes},
		// A record that has just fitted into its topic fits with what is added to it.
		Overrides: map[string]string{"compression.type": "zstd"},
	})
	if err != nil {
		return nil, err
	}
	for topic := range c.partitions {
		d.client.UseTopic(topic)
	}
	return d, nil
}

// close releases the client, and gives up after timeout what is outstanding.
func (d *letters) close(timeout time.Duration) error {
	if d.client == nil {
		return nil
	}
	return closeWithin(d.client, timeout)
}

// partitions is how many partitions a dead-letter topic has, as far as is known.
func (d *letters) partitions(topic string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts[topic]
}

// countAgain asks for a topic's partitions: it may have been made again with
// fewer. Without an answer what was known stays.
func (d *letters) countAgain(topic string) {
	n, err := d.client.Partitions(topic, letterDelay)
	if err != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts[topic] = n
}

// letter is a dead letter until it is acknowledged.
type letter struct {
	d       *letters
	it      *flow.Item[delivery]
	in      *assignment
	verdict verdict
	finish  func(flow.Outcome)
	tries   int
	waited  bool // for room within the limit
	recount bool // the topic has other partitions than it had
	large   int  // how often it was too large: see again
}

// send writes the dead letter of it and calls finish once it is acknowledged,
// or once its assignment has ended.
func (d *letters) send(it *flow.Item[delivery], v verdict, finish func(flow.Outcome)) {
	l := &letter{d: d, it: it, in: it.Value.in, verdict: v, finish: finish}
	if v.reason != event.ReasonRetriesExhausted {
		l.send()
		return
	}
	room := d.limit.Reserve()
	wait := room.Delay()
	if wait == 0 {
		l.send()
		return
	}
	d.c.counts.limited.Add(1)
	l.waited = true
	l.in.block(it.Offset(), blockage{code: HealthDeadLetter, detail: fmt.Sprintf(
		"its dead letter waits: %d a minute may be written for exhausted retries (MaxDeadLetters)", d.c.cfg.MaxDeadLetters)})
	// It is not waited for when the partition is taken back: nothing of it has begun.
	l.later(l.in.turning, wait, func() {
		if l.in.turning.Err() == nil {
			l.send()
			return
		}
		room.Cancel()
		l.abandon()
	})
}

func (l *letter) send() {
	// A first try is waited for when the partition is taken back, and no other.
	if l.in.ctx.Err() != nil || l.tries > 0 && l.in.trying.Err() != nil {
		l.abandon()
		return
	}
	if l.recount { // never at the first try, which a worker makes
		l.recount = false
		l.d.countAgain(l.in.source.deadLetter)
	}
	msg := l.d.c.letterOf(l.it, l.verdict, l.large < 2, l.d.partitions(l.in.source.deadLetter))
	if err := l.d.client.Send(&msg, l.reported); err != nil {
		l.again(err)
	}
}

// abandon settles nothing: the record is delivered again.
func (l *letter) abandon() {
	l.d.c.counts.abandoned.Add(1)
	l.finish(flow.Abandoned())
}

// reported is called by the goroutine that drains the client's reports, which
// may not wait for anything.
func (l *letter) reported(_ int32, _ int64, err error) {
	if err != nil {
		l.again(err)
		return
	}
	c, offset := l.d.c, l.it.Offset()
	if l.tries > 0 || l.waited {
		l.in.unblock(offset)
	}
	c.counts.deadLettered(l.verdict.reason)
	c.notices.Later(c.logger, "dead "+string(l.verdict.reason), "a record is now a dead letter",
		"group", c.cfg.Group, "topic", l.in.source.name, "partition", l.in.partition, "offset", offset,
		"reason", string(l.verdict.reason), "type", l.verdict.md.Type, "event_id", l.verdict.md.ID, "error", l.verdict.text)
	if c.cfg.OnOutcome == nil {
		l.finish(flow.Settled())
		return
	}
	// Not here: it would hold up all other reports. The scheduler waits for finish.
	go func() {
		defer l.finish(flow.Settled())
		out := l.it.Value.outcome(OutcomeDeadLetter, offset, l.verdict.md)
		out.Handler, out.Reason, out.Error, out.Delivery.Attempt = l.verdict.handler, l.verdict.reason, l.verdict.text, l.verdict.attempts
		c.tell(out)
	}()
}

// again waits and sends once more, without limit: nothing is dropped.
func (l *letter) again(err error) {
	c := l.d.c
	l.tries++
	c.counts.letterRetries.Add(1)
	if l.in.trying.Err() != nil {
		l.abandon()
		return
	}
	wait := min(letterDelay<<min(l.tries-1, 10), letterMaxDelay)
	detail := fmt.Sprintf("its dead letter cannot be written to %s: %v", l.in.source.deadLetter, err)
	tooLarge := false
	if kafkaclient.Code(err) == kafka.ErrMsgSizeTooLarge {
		// One that is too large fails its whole batch: it is tried alone, then
		// without error and violations.
		if l.large++; l.large <= 2 {
			wait = rand.N(letterDelay)
		} else {
			tooLarge, wait = true, letterMaxDelay
			detail = fmt.Sprintf("its dead letter is too large for %s: raise the topic's max.message.bytes, such as with kafka-configs.sh --alter --entity-type topics --entity-name %s --add-config max.message.bytes=BYTES",
				l.in.source.deadLetter, l.in.source.deadLetter)
		}
	}
	l.recount = kafkaclient.IsUnknownTopic(kafkaclient.Code(err)) // or its partition
	if errors.Is(err, ErrBackpressure) {
		wait = letterDelay / 10
	}
	l.in.block(l.it.Offset(), blockage{code: HealthDeadLetter, detail: detail, final: tooLarge})
	c.notices.Later(c.logger, "dead letter", "a dead letter cannot be written: its key waits",
		"group", c.cfg.Group, "topic", l.in.source.name, "partition", l.in.partition, "offset", l.it.Offset(), "wait", wait, "error", err)
	l.later(l.in.trying, wait+rand.N(wait/4+1), l.send) // which sees when it is over
}

// later calls f after wait, or at once when ended ends.
func (l *letter) later(ended context.Context, wait time.Duration, f func()) {
	stopped := make(chan func() bool, 1)
	timer := time.AfterFunc(wait, func() {
		(<-stopped)()
		f()
	})
	stopped <- context.AfterFunc(ended, func() {
		if timer.Stop() {
			f()
		}
	})
}
