package eventbustest

import (
	"fmt"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// pollInterval is how often a wait looks again. The broker answers from the
// same process.
const pollInterval = 5 * time.Millisecond

// Committed are the offsets that a group has committed on a topic, by
// partition. A partition without a commit is absent.
func (b *Broker) Committed(group, topic string) map[int]int64 {
	b.t.Helper()
	b.mustTopic(topic)
	if offsets, ok := b.broker.Committed(group)[topic]; ok {
		return offsets
	}
	return map[int]int64{}
}

// EndOffsets are the offsets that a topic's next records will have, by
// partition.
func (b *Broker) EndOffsets(topic string) map[int]int64 {
	b.t.Helper()
	out := map[int]int64{}
	for p, info := range b.mustTopic(topic) {
		out[p] = info.End
	}
	return out
}

// WaitFor waits until cond holds, and ends the test when it takes too long;
// what names the condition in that message.
func (b *Broker) WaitFor(what string, cond func() bool) {
	b.t.Helper()
	b.waitFor(what, cond, nil)
}

// waitFor says with state what there was instead.
func (b *Broker) waitFor(what string, cond func() bool, state func() string) {
	b.t.Helper()
	deadline := time.Now().Add(b.timeout)
	if d, ok := testDeadline(b.t); ok && d.Before(deadline) {
		deadline = d
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for !cond() {
		if time.Now().After(deadline) {
			if state != nil {
				what += ": " + state()
			}
			b.t.Fatalf("eventbustest: gave up waiting for %s", what)
		}
		<-tick.C
	}
}

// WaitRecords waits until a topic holds at least n records and returns all of
// them.
func (b *Broker) WaitRecords(topic string, n int) []Record {
	b.t.Helper()
	var records []Record
	b.waitFor(fmt.Sprintf("%d records in topic %q", n, topic), func() bool {
		b.t.Helper()
		// Offsets are cheap to look at; some of them may be no records, but the
		// marks of transactions.
		if b.count(topic) < n {
			return false
		}
		records = b.Records(topic)
		return len(records) >= n
	}, func() string { b.t.Helper(); return b.topicState(topic) })
	return records
}

// WaitDeadLetters waits until a group's dead-letter topic for a source topic
// holds at least n records and returns all of them.
func (b *Broker) WaitDeadLetters(topic, group string, n int) []Record {
	b.t.Helper()
	return b.WaitRecords(event.DeadLetterTopic(topic, group), n)
}

// WaitCommitted waits until a group has committed everything that a topic
// holds: each record was handled, skipped or dead-lettered. A group that nobody has
// joined or committed for is waited for, even if the topic holds nothing.
func (b *Broker) WaitCommitted(group, topic string) {
	b.t.Helper()
	b.waitFor(fmt.Sprintf("group %q to commit the end of topic %q", group, topic), func() bool {
		b.t.Helper()
		if !b.broker.HasGroup(group) {
			return false
		}
		committed := b.Committed(group, topic)
		for p, info := range b.mustTopic(topic) {
			// A partition that was never written may stay without a commit.
			if info.Stable != info.Start && committed[p] < info.Stable {
				return false
			}
		}
		return true
	}, func() string { b.t.Helper(); return b.groupState(group, topic) })
}

func (b *Broker) count(topic string) int {
	b.t.Helper()
	n := int64(0)
	for _, info := range b.mustTopic(topic) {
		n += info.Stable - info.Start
	}
	return int(n)
}

func testDeadline(t any) (time.Time, bool) {
	if d, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		at, has := d.Deadline()
		return at.Add(-time.Second), has // leave time to report
	}
	return time.Time{}, false
}
