package eventbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/flow"
)

const (
	// deadLetterBytes bounds a dead letter on our side; the topic has a limit of
	// its own.
	deadLetterBytes = 64 << 20

	// A dead letter that was not acknowledged is sent again after a delay that
	// doubles between these.
	deadLetterDelay    = time.Second
	deadLetterMaxDelay = 30 * time.Second

	// deadLetterPatience is when a consumer whose dead letters fail is no longer
	// ready.
	deadLetterPatience = 30 * time.Second
)

// deadLetters writes dead letters. A record counts as dead only once the broker
// has acknowledged its letter; until then its key waits.
type deadLetters struct {
	c       *Consumer
	raw     *rawProducer   // nil if the consumer never dead-letters
	reports sync.WaitGroup // being worked on
}

func (c *Consumer) newDeadLetters() (*deadLetters, error) {
	d := &deadLetters{c: c}
	if len(c.partitions) == 0 {
		return d, nil
	}
	raw, err := newRawProducer(rawConfig{
		security: c.cfg.security(), logger: c.logger, clientID: c.cfg.Group,
		closeTimeout: c.cfg.CloseTimeout,
	}, rawLimits{maxBytes: deadLetterBytes, batchBytes: c.batchBytes})
	if err != nil {
		return nil, err
	}
	d.raw = raw
	return d, nil
}

func (d *deadLetters) close(timeout time.Duration) error {
	if d.raw == nil {
		return nil
	}
	if err := d.raw.close(timeout); err != nil {
		return err // reports may still come
	}
	d.reports.Wait()
	return nil
}

// letter is a dead letter until it is acknowledged.
type letter struct {
	d       *deadLetters
	it      *flow.Item[delivery]
	in      *assignment
	verdict verdict
	finish  func(flow.Outcome)
	tries   int
	slim    bool // without error and violations: it was too large with them
}

// send writes the dead letter of it and calls finish once it is acknowledged,
// or once its assignment has ended.
func (d *deadLetters) send(it *flow.Item[delivery], v verdict, finish func(flow.Outcome)) {
	l := &letter{d: d, it: it, in: it.Value.in, verdict: v, finish: finish}
	l.send()
}

func (l *letter) send() {
	if l.in.ctx.Err() != nil {
		l.d.c.counts.abandoned.Add(1)
		l.finish(flow.Abandoned())
		return
	}
	msg := l.d.c.letterOf(l.it, l.verdict, !l.slim)
	if err := l.d.raw.send(&msg, l.reported); err != nil {
		l.again(err)
	}
}

// reported is called by the goroutine that drains the client's reports, which
// must never wait: not for a lock, and not for the user's logger.
func (l *letter) reported(_ kafka.TopicPartition, err error) {
	l.d.reports.Go(func() { l.outcome(err) })
}

func (l *letter) outcome(err error) {
	if err != nil {
		l.again(err)
		return
	}
	c, offset := l.d.c, l.it.Offset()
	if l.tries > 0 {
		l.in.calm(offset)
	}
	c.counts.dead(l.verdict.reason)
	c.notices.say(c.logger, "dead "+string(l.verdict.reason), "a record is now a dead letter",
		"group", c.cfg.Group, "topic", l.in.source.name, "partition", l.in.partition, "offset", offset,
		"reason", string(l.verdict.reason), "type", l.verdict.md.Type, "event_id", l.verdict.md.ID, "error", l.verdict.text)
	l.finish(flow.Settled())
}

// again waits and sends once more, without limit: nothing is dropped.
func (l *letter) again(err error) {
	c := l.d.c
	l.tries++
	c.counts.deadRetries.Add(1)
	wait := min(deadLetterDelay<<min(l.tries-1, 10), deadLetterMaxDelay)
	detail := fmt.Sprintf("its dead letter cannot be written to %s: %v", l.in.source.deadLetter, err)
	tooLarge := false
	if kafkaCode(err) == kafka.ErrMsgSizeTooLarge {
		if !l.slim {
			l.slim, wait = true, 0
		} else {
			tooLarge, wait = true, deadLetterMaxDelay
			detail = fmt.Sprintf("its dead letter is too large for %s: raise the topic's max.message.bytes, such as with kafka-configs.sh --alter --entity-type topics --entity-name %s --add-config max.message.bytes=BYTES",
				l.in.source.deadLetter, l.in.source.deadLetter)
		}
	}
	if errors.Is(err, ErrBackpressure) {
		wait = deadLetterDelay / 10
	}
	l.in.trouble(l.it.Offset(), waiting{code: HealthDeadLetter, detail: detail, now: tooLarge})
	c.notices.say(c.logger, "dead letter", "a dead letter cannot be written: its key waits",
		"group", c.cfg.Group, "topic", l.in.source.name, "partition", l.in.partition, "offset", l.it.Offset(), "wait", wait, "error", err)
	l.later(wait)
}

// later sends after wait, or gives up at once when the assignment ends.
func (l *letter) later(wait time.Duration) {
	stopped := make(chan func() bool, 1)
	timer := time.AfterFunc(wait, func() {
		(<-stopped)()
		l.send()
	})
	stopped <- context.AfterFunc(l.in.ctx, func() {
		if timer.Stop() {
			l.send() // which sees that it is over
		}
	})
}
