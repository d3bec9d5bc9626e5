package eventbus

import (
	"slices"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
)

// logs is what the owner knows of the logs behind its topics' names, and the
// question about them that is under way.
type logs struct {
	ids     map[string]string // topic ids by name, as they were first told
	asked   time.Time         // when ids were last asked for
	urgent  bool              // something happened that a changed topic would explain
	changed map[string]string // topics that were made again: their new ids
	told    map[string]bool   // ids of logs of which it was told that they are new
	lacking bool              // the last store left something out: its log is to be confirmed

	asking  bool
	subject []*assignment // of the question: those to be placed
	answers chan logFacts
}

// confirmEvery is how often the ids of logs are asked for at most, because there
// are offsets to be committed.
func (o *owner) confirmEvery() time.Duration {
	return min(time.Second, max(o.c.client.CommitInterval(), storeEvery))
}

// watchLogs asks what is to be known of the logs, and acts on the answers. The owner
// calls it every storeEvery, and waits for nothing here.
func (o *owner) watchLogs(now time.Time) {
	if o.ctx.Err() != nil || o.phase >= phaseStopping {
		return
	}
	select {
	case f := <-o.logs.answers:
		o.logs.asking = false
		o.learn(now, f)
	default:
	}
	o.lowerCommits(now)
	if len(o.logs.changed) > 0 {
		o.renew()
		return
	}
	if o.logs.asking {
		return
	}
	var q inquiry
	since := now.Sub(o.logs.asked)
	if since >= o.c.client.RefreshInterval() || (o.logs.urgent || o.logs.lacking) && since >= o.confirmEvery() {
		q.topics, _ = o.c.routes.topicNames()
		o.logs.asked, o.logs.urgent = now, false
		for _, a := range o.assignments.list {
			a.confirming = a.watermark.Load()
		}
	}
	o.logs.subject = nil
	for _, a := range o.assignments.list {
		if p := a.place; p != nil && !now.Before(p.due) {
			o.logs.subject = append(o.logs.subject, a)
			q.watermarks = append(q.watermarks, a.at(0))
			if a.next < 0 && p.committed == unknownOffset {
				q.committed = append(q.committed, a.at(0))
			}
			if a.next < 0 && p.committed < 0 && o.startsElsewhere(a) && !slices.Contains(q.starts, a.source.name) {
				q.starts, q.startAt = append(q.starts, a.source.name), o.c.cfg.StartAt.at
			}
		}
	}
	if len(q.topics)+len(q.watermarks) > 0 {
		o.askLater(q)
	}
}

// learn acts on an answer.
func (o *owner) learn(now time.Time, f logFacts) {
	o.learnIDs(f)
	if len(o.logs.changed) > 0 {
		return // everything is read anew
	}
	if f.idsErr == nil {
		for _, a := range o.assignments.list {
			if id := f.ids.ByName[a.source.name]; id != "" && id == a.topicID {
				a.confirmed = max(a.confirmed, a.confirming)
			}
		}
	}
	o.placeAgain(now, o.logs.subject, f)
}

// learnIDs compares topic ids with those that were known, and notes which topics
// are gone.
func (o *owner) learnIDs(f logFacts) {
	if f.idsAsked {
		o.tellReach(f)
	}
	if f.idsErr != nil {
		o.c.notices.Say(o.c.logger, "topic ids", "the topics' ids cannot be read: it is asked again", "group", o.c.cfg.Group, "error", f.idsErr)
		return
	}
	for name, id := range f.ids.ByName {
		switch old := o.logs.ids[name]; old {
		case "":
			o.logs.ids[name] = id
		case id:
		default:
			if o.logs.changed == nil {
				o.logs.changed = map[string]string{}
			}
			o.logs.changed[name] = id
		}
	}
	for _, a := range o.assignments.list {
		if a.topicID == "" {
			a.topicID = f.ids.ByName[a.source.name]
		}
	}
	if f.idsAsked {
		o.tellGone(f.ids.Gone)
	}
}

// tellGone notes which subscribed topics do not exist, for Health.
func (o *owner) tellGone(names []string) {
	var before []string
	if p := o.gone.Load(); p != nil {
		before = *p
	}
	if slices.Equal(before, names) {
		return
	}
	o.gone.Store(&names)
	if len(names) > 0 {
		o.c.logger.Error("a topic that is subscribed to does not exist any more: create it with eventctl topics apply", "group", o.c.cfg.Group, "topics", names)
	} else {
		o.c.logger.Info("the topics that are subscribed to exist again", "group", o.c.cfg.Group, "topics", before)
	}
}

// confirmNow asks whether the logs are still those that were read, before their
// last store: then no offset of theirs is committed over another log. Without an
// answer they are stored all the same, with the mark that tells.
func (o *owner) confirmNow(list []*assignment) {
	lacking := false
	for _, a := range list {
		lacking = lacking || a.topicID != "" && a.flow.Watermark() > a.confirmed
	}
	if !lacking {
		return
	}
	names, _ := o.c.routes.topicNames()
	f, err := o.askBriefly(inquiry{topics: names})
	for _, a := range list {
		id := f.ids.ByName[a.source.name]
		switch w := a.flow.Watermark(); {
		case err != nil || f.idsErr != nil || id == a.topicID:
			a.confirmed = w
		case w > a.confirmed:
			o.c.logger.Error("the topic was deleted or made again: what was settled of its old log is not committed",
				"group", o.c.cfg.Group, "topic", a.source.name, "partition", a.partition, "settled", w)
		}
	}
}

// storable is the offset of a that may be stored: nothing above what is confirmed to
// be of the log that was read.
func (a *assignment) storable(watermark int64) int64 {
	if a.topicID == "" {
		return watermark
	}
	return min(watermark, a.confirmed)
}

func (a *assignment) marked(offset int64) kafka.TopicPartition {
	tp := a.at(offset)
	tp.Metadata = kafkaclient.CommitMark(a.topicID)
	return tp
}
