package kafkaclient

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// resend sends records again, each alone, that the broker refused because of
// the size of their batch: a batch fails as a whole, and most of its records
// are small. It happens only when a topic's limit on the cluster is below the
// batch size that was chosen at start.
//
// Order per key: nothing new is enqueued meanwhile, the refused records are
// sent in the order of their reports, and one of which a later record of its
// key was acknowledged before stays refused.
type resend struct {
	p      *Producer
	active atomic.Bool

	mu      sync.Mutex
	queue   []Outstanding
	byKey   map[resendKey][]Outstanding
	scratch kafka.Message // to ask a record for its key
	running bool
	told    atomic.Bool
}

type resendKey struct{ topic, key string }

// keyOf is the key of a record, nil if it has none.
func (r *resend) keyOf(o Outstanding) *resendKey {
	o.Fill(&r.scratch)
	if r.scratch.Key == nil {
		return nil
	}
	return &resendKey{*r.scratch.TopicPartition.Topic, string(r.scratch.Key)}
}

// takes is called by the drain goroutine before a record is settled. It reports
// whether the record is to be sent again.
func (r *resend) takes(o Outstanding, report Report) bool {
	e := o.entry()
	if e.once {
		return false
	}
	if report.Err == nil {
		if r.active.Load() && e.alone == nil {
			r.overtake(o)
		}
		return false
	}
	if Code(report.Err) != kafka.ErrMsgSizeTooLarge || e.alone != nil || !report.Only {
		return false
	}
	e.refused = report.Err
	r.add(o)
	return true
}

// add never blocks but for the lock, which is held for moments only.
func (r *resend) add(o Outstanding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, o)
	if key := r.keyOf(o); key != nil {
		if r.byKey == nil {
			r.byKey = map[resendKey][]Outstanding{}
		}
		r.byKey[*key] = append(r.byKey[*key], o)
	}
	if !r.running {
		r.running = true
		r.active.Store(true)
		r.p.budget.hold(1)
		r.p.goroutines.Go(r.run)
	}
	r.p.budget.wake() // run waits until nothing else is outstanding
}

// overtake records that o was acknowledged after earlier ones of its key were
// refused.
func (r *resend) overtake(o Outstanding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := r.keyOf(o)
	if key == nil {
		return
	}
	for _, earlier := range r.byKey[*key] {
		earlier.entry().overtaken = true
	}
}

func (r *resend) len() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(len(r.queue))
}

func (r *resend) run() {
	p := r.p
	var msg kafka.Message
	for {
		// What else is outstanding may overtake, or be refused too.
		p.budget.await(p.givenUp, nil, func() bool { return p.budget.records.Load() <= r.len() })
		o, overtaken := r.next()
		if o == nil {
			break
		}
		e := o.entry()
		if overtaken {
			e.refused = fmt.Errorf("its batch was larger than the topic's limit on the cluster, and a later event of its key is written already: publish it again if their order does not matter, and name the events in ProducerConfig.Events, so that batches stay below the limit: %w", e.refused)
		} else {
			alone := make(chan struct{})
			e.alone = alone
			o.Fill(&msg)
			p.counts.resent.Add(1)
			sent, err := p.produceAlone(&msg, o)
			if sent {
				select {
				case <-alone: // settled and accounted for by the drain goroutine
				case <-p.flushed: // its report was given up
				}
				continue
			}
			if err != nil {
				e.refused = err
			}
		}
		// Not on its way: it was refused, or is refused now, and not written.
		size := e.Size
		o.Settle(Report{Partition: kafka.PartitionAny, Offset: int64(kafka.OffsetInvalid), Err: e.refused, Only: true})
		p.counts.failed.Add(1)
		p.budget.give(1, size)
	}
	// Last, because a slog handler may block and publishes waited for this.
	if !r.told.Swap(true) {
		p.logger.Warn("a batch was larger than a topic's limit on the cluster: its records were sent one by one. Name the events in ProducerConfig.Events, so that batches are kept below the limit")
	}
}

// produceAlone is produce for a record that is sent again, whose sender is not
// inside the gate. It does nothing once a close has given up.
func (p *Producer) produceAlone(msg *kafka.Message, o Outstanding) (sent bool, err error) {
	p.alone.Lock()
	defer p.alone.Unlock()
	select {
	case <-p.givenUp:
		return false, nil
	default:
	}
	l := p.link.Load()
	if !l.users.enter() {
		return false, nil
	}
	defer l.users.leave()
	err = p.produce(l, msg, o)
	return err == nil, err
}

// next takes the first record off the queue. At its end publishes go on.
func (r *resend) next() (o Outstanding, overtaken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		r.queue, r.byKey = nil, nil
		r.running = false
		r.active.Store(false)
		r.p.budget.hold(-1)
		return nil, false
	}
	o = r.queue[0]
	r.queue = r.queue[1:]
	return o, o.entry().overtaken
}
