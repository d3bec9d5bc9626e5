package compat

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// topics compares how topics are declared.
func (c *comparison) topics() {
	for _, name := range slices.Sorted(maps.Keys(c.old.topics)) {
		before := c.old.topics[name]
		after, ok := c.new.topics[name]
		if !ok {
			c.topicRemoved(name, before)
			continue
		}
		c.topic(name, before, after)
	}
}

func (c *comparison) topicRemoved(name string, before topic) {
	// An event that is removed in its time takes its topic with it.
	var early []string
	for _, e := range c.old.sortedEvents() {
		if e.options.GetTopic() != name {
			continue
		}
		sunset, announced, err := c.sunsetOf(e)
		_, last := c.known(e)
		kept, forever := last.Retains(name)
		if err != nil || !announced || forever || c.opts.Now.Before(sunset.Add(kept)) {
			early = append(early, e.typ)
		}
	}
	if len(early) == 0 || !c.covers(name, Backward) {
		return
	}
	c.report(Finding{
		Rule: TopicRemoved, Promise: Backward, Subject: "topic " + name, Old: before.at,
		Breaks: fmt.Sprintf("topic %q is not declared any more, and retains records of %s", name, named(early)),
		Fix:    "put it back until its events' sunset is past and their records are gone",
	})
}

func named(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s, %s, %s and %d other events", names[0], names[1], names[2], len(names)-3)
	}
	out := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			out += " and "
		default:
			out += ", "
		}
		out += n
	}
	return out
}

// retained is how long a topic keeps a record; forever says that there is no end.
func retained(t topic) (kept time.Duration, forever bool) {
	if c := t.options.GetCleanup(); c == eventcontractsv1.Cleanup_CLEANUP_COMPACT || c == eventcontractsv1.Cleanup_CLEANUP_COMPACT_DELETE && t.options.GetRetention() == "" {
		return 0, true
	}
	d, err := descriptor.Retention(t.options.GetRetention())
	return d, err != nil || d == descriptor.Unlimited
}

func (c *comparison) topic(name string, before, after topic) {
	a, b := before.options, after.options
	add := func(rule string, promise Promise, breaks, fix string) {
		// What a topic is set to is a matter of the day on which it changes.
		covered := c.covers(name, Operation)
		switch rule {
		case TopicFormatChanged:
			covered = c.covers(name, Backward) || c.covers(name, Forward)
		case TopicHeaderRemoved:
			covered = c.covers(name, Forward)
		}
		if !covered {
			return
		}
		c.report(Finding{Rule: rule, Promise: promise, Subject: "topic " + name, Old: before.at, New: after.at, Breaks: fmt.Sprintf("topic %q: %s", name, breaks), Fix: fix})
	}
	if x, y := formatOf(a), formatOf(b); x != y {
		add(TopicFormatChanged, Both, fmt.Sprintf("its format was %s and is %s: our readers take both, and others, such as Python services and Kafka tools, read one", x, y),
			"keep the format; if no other reader is there, waive this with the reason")
	}
	switch x, y := a.GetPartitions(), b.GetPartitions(); {
	case y < x:
		add(PartitionsDecreased, Operation, fmt.Sprintf("it had %d partitions and has %d: Kafka cannot take partitions away", x, y), fmt.Sprintf("keep %d, or declare a new topic", x))
	case y > x:
		add(PartitionsIncreased, Operation, fmt.Sprintf("it had %d partitions and has %d: keys move, and for a while an entity's events are read out of order", x, y),
			"do it when no event is in flight, and waive this with the day")
	}
	if x, y := cleanupOf(a), cleanupOf(b); x != y {
		add(TopicCleanupChanged, Backward, fmt.Sprintf("its cleanup was %s and is %s: records are deleted or kept otherwise than its readers rely on", x, y), "keep the cleanup, or declare a new topic")
	}
	for _, l := range topicLimits(a, b) {
		add(l.rule, Backward, l.breaks, l.fix)
	}
	if gone := headersGone(a, b); len(gone) > 0 {
		add(TopicHeaderRemoved, Forward, fmt.Sprintf("its records have no header %s any more: brokers, tools and consumers that filter by it find nothing", strings.Join(gone, " and ")),
			"keep the header; if nobody filters by it, waive this with the reason")
	}
}

func formatOf(o *eventcontractsv1.TopicOptions) eventcontractsv1.Format {
	if o.GetFormat() == eventcontractsv1.Format_FORMAT_UNSPECIFIED {
		return eventcontractsv1.Format_FORMAT_ENVELOPE
	}
	return o.GetFormat()
}

func cleanupOf(o *eventcontractsv1.TopicOptions) eventcontractsv1.Cleanup {
	if o.GetCleanup() == eventcontractsv1.Cleanup_CLEANUP_UNSPECIFIED {
		return eventcontractsv1.Cleanup_CLEANUP_DELETE
	}
	return o.GetCleanup()
}

// Retains is for how long a record of a topic may be read again: from the topic, or from
// the dead letters of one of its groups, whichever is longer. forever says that there is
// no end, or none that is known.
func (s *State) Retains(name string) (d time.Duration, forever bool) {
	t, ok := s.topics[name]
	if !ok {
		return 0, false
	}
	kept, forever := retained(t)
	letters, err := descriptor.Retention(orDefault(t.options.GetDlqRetention()))
	return max(kept, letters), forever || err != nil || letters == descriptor.Unlimited
}

// Topics are the declared topics, by name.
func (s *State) Topics() []*eventcontractsv1.TopicOptions {
	var out []*eventcontractsv1.TopicOptions
	for _, name := range slices.Sorted(maps.Keys(s.topics)) {
		out = append(out, s.topics[name].options)
	}
	return out
}
