package deadletter

import (
	"strconv"

	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// RedrivenTo says whether a record of a redrive topic was sent there for this
// topic and group. What was written there by other means is not for them: two
// topics and groups may have one redrive topic between them, as a.b and c have
// with a and b.c.
func RedrivenTo(headers []event.Header, topic, group string) bool {
	return Text(headers, HeaderRedriveTopic) == topic && Text(headers, HeaderRedriveGroup) == group
}

// origin is where the record failed first. The record's own headers say it if
// they are to be believed: on the group's own redrive topic, and well-formed.
// Otherwise it is here, in the source topic.
func (f Failure) origin(record []event.Header) Place {
	if f.onRedriveTopic() {
		p, exact := readPlace(record, Text(record, HeaderOriginTopic), HeaderOriginPartition, HeaderOriginOffset, HeaderOriginTimestamp)
		if exact && topicname.Valid(p.Topic) {
			return p
		}
	}
	here := f.At
	here.Topic = f.Topic
	return here
}

// redriveCount is how often a record had been redriven when it became this dead
// letter, which must have failed on the redrive topic: on the source topic
// anyone may have written these headers. They count if they are about the dead
// letter's topic and group.
func redriveCount(headers []event.Header) int {
	for _, pair := range [][2]string{{HeaderRedriveTopic, HeaderTopic}, {HeaderRedriveGroup, HeaderGroup}} {
		redriven, ok := Header(headers, pair[0])
		if !ok || redriven != Text(headers, pair[1]) {
			return 0
		}
	}
	n, err := strconv.Atoi(Text(headers, HeaderRedriveCount))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// SourceTopic is the topic whose contracts a record was written by. A dead
// letter names it in a header, and so does a redriven record. It counts only if
// the topic in which the record was found is the one that follows from it.
func SourceTopic(rec event.Record) string {
	for _, kind := range []struct {
		topic, group string
		derived      func(topic, group string) string
	}{
		{HeaderTopic, HeaderGroup, event.DeadLetterTopic},
		{HeaderRedriveTopic, HeaderRedriveGroup, event.RedriveTopic},
	} {
		topic, okTopic := Header(rec.Headers, kind.topic)
		group, okGroup := Header(rec.Headers, kind.group)
		if okTopic && okGroup && kind.derived(topic, group) == rec.Topic {
			return topic
		}
	}
	return rec.Topic
}
