package eventbus

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
	queue   []*pending
	byKey   map[resendKey][]*pending
	running bool
	told    atomic.Bool
}

type resendKey struct{ topic, key string }

func (r *resend) init(p *Producer) { r.p = p }

func (pd *pending) resendKey() resendKey {
	return resendKey{pd.out.rec.Topic, string(pd.out.rec.Key)}
}

// reported is called by the drain goroutine before a record is settled. It
// returns false if the record is to be sent again.
func (p *Producer) reported(pd *pending, tp *kafka.TopicPartition, clean bool) bool {
	if tp.Error == nil {
		if !pd.out.topic.used.Load() {
			pd.out.topic.used.Store(true)
		}
		if p.resend.active.Load() && pd.alone == nil {
			p.resend.overtake(pd)
		}
		return true
	}
	if kafkaCode(tp.Error) != kafka.ErrMsgSizeTooLarge || pd.alone != nil || !clean {
		return true
	}
	pd.err = tp.Error
	p.resend.add(pd)
	return false
}

// add never blocks but for the lock, which is held for moments only.
func (r *resend) add(pd *pending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, pd)
	if pd.out.rec.Key != nil {
		if r.byKey == nil {
			r.byKey = map[resendKey][]*pending{}
		}
		r.byKey[pd.resendKey()] = append(r.byKey[pd.resendKey()], pd)
	}
	if !r.running {
		r.running = true
		r.active.Store(true)
		r.p.raw.budget.hold(true)
		r.p.raw.goroutines.Go(r.run)
	}
	r.p.raw.budget.wake() // run waits until nothing else is outstanding
}

// overtake notes that a record was acknowledged after earlier ones of its key
// were refused.
func (r *resend) overtake(pd *pending) {
	if pd.out.rec.Key == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, earlier := range r.byKey[pd.resendKey()] {
		earlier.overtaken = true
	}
}

func (r *resend) len() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(len(r.queue))
}

func (r *resend) run() {
	raw := r.p.raw
	var msg kafka.Message
	for {
		// What else is outstanding may overtake, or be refused too.
		raw.budget.await(raw.abort, nil, func() bool { return raw.budget.records.Load() <= r.len() })
		pd, overtaken := r.next()
		if pd == nil {
			break
		}
		if overtaken {
			pd.err = fmt.Errorf("its batch was larger than the topic's limit on the cluster, and a later event of its key is written already: publish it again if their order does not matter, and name the events in ProducerConfig.Events, so that batches stay below the limit: %w", pd.err)
		} else {
			alone := make(chan struct{})
			pd.alone = alone
			fill(&msg, &pd.out)
			r.p.counts.resent.Add(1)
			sent, err := raw.produceAlone(&msg, pd)
			if sent {
				select {
				case <-alone: // settled and accounted for by the drain goroutine
				case <-raw.flushed: // its report was given up
				}
				continue
			}
			if err != nil {
				pd.err = err
			}
		}
		// Not on its way: it was refused, or is refused now, and not written.
		tp := kafka.TopicPartition{Topic: &pd.out.topic.name, Partition: kafka.PartitionAny, Offset: kafka.OffsetInvalid, Error: pd.err}
		size := pd.size
		pd.offset, pd.clean = int64(tp.Offset), true
		pd.settle(&tp)
		raw.failed.Add(1)
		raw.budget.give(1, size)
	}
	// Last, because a slog handler may block and publishes waited for this.
	if !r.told.Swap(true) {
		raw.logger.Warn("a batch was larger than a topic's limit on the cluster: its records were sent one by one. Name the events in ProducerConfig.Events, so that batches are kept below the limit")
	}
}

// next takes the first record off the queue. At its end publishes go on.
func (r *resend) next() (pd *pending, overtaken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		r.queue, r.byKey = nil, nil
		r.running = false
		r.active.Store(false)
		r.p.raw.budget.hold(false)
		return nil, false
	}
	pd = r.queue[0]
	r.queue = r.queue[1:]
	return pd, pd.overtaken
}
