package eventbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// LogChangePolicy says what to do when a log is not the one that the group has read.
type LogChangePolicy int

const (
	// FromStart handles the log that is there from its first record on. It is the
	// default.
	FromStart LogChangePolicy = iota
	// StopAtLogChange ends Run with an error that matches ErrLogChanged, before
	// anything of the log is handled.
	StopAtLogChange
)

// ErrLogChanged matches the error of a Run that ended because a topic was made again
// or its log truncated, as OnLogChange asks.
var ErrLogChanged = errors.New("the log is not the one that the group has read")

// logChangeShown is how long Health tells of a changed log.
const logChangeShown = time.Minute

// logChange is one for Health.
type logChange struct {
	topic     string
	partition int32
	offset    int64
	detail    string
	at        time.Time
}

// tellMadeAgain is logChanged for a topic that was deleted and made again, once for
// each of its logs.
func (o *owner) tellMadeAgain(topic, topicID, detail string) bool {
	if o.logs.told[topicID] {
		return true
	}
	o.logs.told[topicID] = true
	o.c.counts.recreations.Add(1)
	return o.logChanged(topic, 0, detail)
}

// logChanged tells of a log that is not the one that was read, and reports whether
// its records are to be handled, from the first on.
func (o *owner) logChanged(topic string, partition int32, detail string) bool {
	if o.c.cfg.OnLogChange == StopAtLogChange {
		if o.err == nil {
			o.err = fmt.Errorf("%w: group %q: %s: check what was lost, and set OnLogChange to FromStart to handle what is there", ErrLogChanged, o.c.cfg.Group, detail)
		}
		return false
	}
	o.c.logger.Error(detail+". Its records are handled from the first on", "group", o.c.cfg.Group, "topic", topic)
	o.tellLogChange(logChange{topic: topic, partition: partition, detail: detail})
	return true
}

// tellLogChange keeps a change for Health.
func (o *owner) tellLogChange(c logChange) {
	c.at = time.Now()
	var list []logChange
	if p := o.logChanges.Load(); p != nil {
		for _, old := range *p {
			if c.at.Sub(old.at) < logChangeShown && (old.topic != c.topic || old.partition != c.partition) {
				list = append(list, old)
			}
		}
	}
	list = append(list, c)
	o.logChanges.Store(&list)
}

// recentLogChanges are those that Health tells of.
func (r *runState) recentLogChanges(now time.Time) (list []logChange) {
	if p := r.logChanges.Load(); p != nil {
		for _, c := range *p {
			if now.Sub(c.at) < logChangeShown {
				list = append(list, c)
			}
		}
	}
	return list
}

// lowerCommits commits where assignments of changed logs began: below what the group
// had committed, which nothing else ever does (C5). The old offset would have a
// restart pass over the new log's records.
func (o *owner) lowerCommits(now time.Time) {
	for _, a := range o.assignments.list {
		if !a.lower || a.place != nil || now.Before(a.lowerDue) {
			continue
		}
		a.lowerDue = now.Add(placeRetry)
		err := o.commitLower(a)
		if err != nil {
			o.c.notices.Say(o.c.logger, "lower", "the group's offset of a changed log cannot be set back: it is tried again",
				"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "offset", a.start, "error", err)
			continue
		}
		a.lower = false
		o.c.logger.Warn("the group's offset was set back to the beginning of a changed log",
			"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "offset", a.start)
	}
}

func (o *owner) commitLower(a *assignment) error {
	return o.commitNow([]kafka.TopicPartition{a.marked(a.start)})
}

// commitNow commits offsets beside those that are stored, and waits for the answer for
// confirmWithin. It must not be called within a rebalance, which it would prolong.
func (o *owner) commitNow(offsets []kafka.TopicPartition) error {
	ctx, cancel := context.WithTimeout(o.ctx, confirmWithin)
	defer cancel()
	o.questions.Add(1)
	client, questions := o.client, o.questions
	_, err := kafkaclient.Watch(ctx, func() (struct{}, error) {
		defer questions.Done()
		results, err := client.CommitOffsets(offsets)
		return struct{}{}, firstError(results, err)
	})
	return err
}
