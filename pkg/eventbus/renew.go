package eventbus

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// renew begins anew after topics were made again. What was read of their old logs
// settles nothing any more. The Kafka client is replaced: it keeps the leaders of the
// old log when the new one's epochs are lower, and what it had stored would be
// committed over the new log. The group rebalances for it.
func (o *owner) renew() {
	changed := o.logs.changed
	o.logs.changed = nil
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		was := o.logs.ids[name]
		o.logs.ids[name] = changed[name]
		if !o.tellMadeAgain(name, changed[name], fmt.Sprintf("topic %q was deleted and made again: the log with the id %s was read, and there is one with the id %s now", name, was, changed[name])) {
			return
		}
	}
	var old, kept []*assignment
	for _, a := range o.assignments.list {
		if changed[a.source.name] != "" {
			old = append(old, a)
		} else {
			kept = append(kept, a)
		}
	}
	o.release(old, ErrPartitionLost)
	o.forget(old)
	if o.drainTakenBack(kept) {
		o.confirmNow(kept)
		o.store(kept)
	}
	o.release(kept, ErrPartitionLost)
	o.disconnect()
	if err := o.connect(); err != nil {
		o.err = o.c.fail(err)
		return
	}
	if o.ctx.Err() == nil {
		o.subscribe()
	}
}

// forget takes back what the client would commit of assignments.
func (o *owner) forget(list []*assignment) {
	if len(list) == 0 {
		return
	}
	var none []kafka.TopicPartition
	for _, a := range list {
		none = append(none, a.at(int64(kafka.OffsetInvalid)))
	}
	if results, err := o.client.StoreOffsets(none); firstError(results, err) != nil {
		o.c.logger.Warn("what was stored of a log that is gone cannot be taken back", "group", o.c.cfg.Group, "error", firstError(results, err))
	}
}

// disconnect closes the Kafka client, which commits what is stored and leaves the
// group. One that does not end in time goes on ending by itself.
func (o *owner) disconnect() {
	o.over.Store(true) // what the group still says is the old client's own matter
	o.tokens.Close()
	o.leave()
	client, questions, logged := o.client, o.questions, o.logged
	if err := endBy(time.Now().Add(o.c.cfg.CloseTimeout), func() error {
		questions.Wait()
		err := client.Close()
		<-logged
		return err
	}); err != nil {
		o.c.logger.Warn("the Kafka client before did not end in order", "group", o.c.cfg.Group, "error", err)
	}
	o.logs.asking, o.logs.lacking = false, false
	o.logs.answers = make(chan logFacts, 1)
	o.questions = &sync.WaitGroup{}
}
