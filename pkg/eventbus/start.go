package eventbus

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// Start is where a group begins in a topic of which it has committed nothing, made by
// [StartEarliest], [StartLatest] or [StartAtTime]. Its zero value is StartEarliest.
type Start struct {
	latest, timed bool
	at            time.Time
}

// StartEarliest begins at the first record that the topic has left: what was published
// before the group existed is handled.
func StartEarliest() Start { return Start{} }

// StartLatest begins with what is published from now on: a new service that sends mails
// does not send those of a year. What was published while it was deployed for the first
// time is passed over too.
//
// Kafka forgets the offsets of a group that has had no member for
// offsets.retention.minutes (7 days by default): it is new then, and what was published
// meanwhile is passed over. [StartAtTime] has no such gap.
func StartLatest() Start { return Start{latest: true} }

// StartAtTime begins, in each partition, at the first record whose timestamp is t or
// later, in milliseconds, and at its end if there is none. Where producers set the timestamps,
// later records may be older than that one: they are handled.
func StartAtTime(t time.Time) Start { return Start{timed: true, at: t} }

// String is "earliest", "latest" or the time.
func (s Start) String() string {
	switch {
	case s.latest:
		return "latest"
	case s.timed:
		return s.at.UTC().Format(time.RFC3339Nano)
	}
	return "earliest"
}

func (s Start) problem() error {
	if s.timed && s.at.UnixMilli() < 0 { // Kafka has other meanings for negative ones
		return errors.New("StartAtTime takes a time from 1970 on")
	}
	return nil
}

// startsElsewhere reports whether a is to begin elsewhere than at its log's first
// record if the group has no commit of the topic. What somebody has redriven is meant for the group,
// and a log in the place of another one is read from its first record on.
func (o *owner) startsElsewhere(a *assignment) bool {
	return o.c.cfg.StartAt != StartEarliest() && !a.source.redrive && !a.lower && !o.logs.told[a.topicID]
}

// groupStart answers where the group begins in a topic.
type groupStart struct {
	kafkaclient.GroupStart

	err  error
	done bool // the starts are committed
}

// learnStart has a's place know where the group begins: as it has committed by now,
// or nowhere if it has a commit of another partition of the topic. Then this
// partition was added later, and all of its records are new to the group.
//
// A group without any commit begins in the whole topic at once: the starts of all
// partitions are committed, those of other members too, before anything is handled.
// Otherwise a restart would find a group that is new still, and pass over what was
// published meanwhile; and the other members could not tell their partitions from
// those that are added later. Two members that decide at the same moment may both
// commit: the later one's ends are the group's.
func (o *owner) learnStart(now time.Time, a *assignment, f logFacts) bool {
	g := f.starts[a.source.name]
	if g == nil { // it was not asked for
		a.place.due = now
		return false
	}
	if g.err == nil && g.Starts != nil && !g.done {
		for i := range g.Starts {
			g.Starts[i].Metadata = kafkaclient.CommitMark(a.topicID)
		}
		if g.err = o.commitNow(g.Starts); g.err == nil {
			g.done = true
			o.c.logger.Info("the group has committed nothing of the topic: it begins as StartAt says",
				"group", o.c.cfg.Group, "topic", a.source.name, "start", o.c.cfg.StartAt, "offsets", describeOffsets(g.Starts))
		}
	}
	if g.err != nil {
		a.place.due = now.Add(placeRetry)
		o.placeUnknown(now, a, fmt.Errorf("where the group begins (StartAt): %w", g.err))
		return false
	}
	known := g.Committed
	if g.done {
		known = g.Starts
	}
	i := slices.IndexFunc(known, func(tp kafka.TopicPartition) bool { return tp.Partition == a.partition })
	if i >= 0 {
		a.place.committed, a.lower = o.ofThisLog(a.source.name, a.topicID, known[i])
	}
	return true
}

// describeOffsets names partitions and offsets, for the log.
func describeOffsets(list []kafka.TopicPartition) []string {
	out := make([]string, len(list))
	for i, tp := range list {
		out[i] = fmt.Sprintf("%d/%d", tp.Partition, tp.Offset)
	}
	return out
}
