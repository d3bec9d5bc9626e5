package eventbustest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// What a failure prints is bounded: a test may have written any number of records.
const (
	shownRecords = 20
	shownBytes   = 300
)

// topicState is what a topic holds, for a failure's message.
func (b *Broker) topicState(topic string) string {
	b.t.Helper()
	records := b.Records(topic)
	var out strings.Builder
	fmt.Fprintf(&out, "topic %q holds %d records", topic, len(records))
	for i, r := range records {
		if i == shownRecords {
			fmt.Fprintf(&out, "\n  … and %d more", len(records)-i)
			break
		}
		fmt.Fprintf(&out, "\n  %d/%d key %q value %.*q", r.Partition, r.Offset, r.Key, shownBytes, r.Value)
		for _, name := range []string{"dlq-reason", "dlq-error"} {
			if v, ok := r.Header(name); ok {
				fmt.Fprintf(&out, " %s %.*q", name, shownBytes, v)
			}
		}
	}
	return out.String()
}

// groupState is what a group has done of a topic, for a failure's message.
func (b *Broker) groupState(group, topic string) string {
	b.t.Helper()
	var out strings.Builder
	if !b.broker.HasGroup(group) {
		fmt.Fprintf(&out, "group %q does not exist: no consumer has joined it, and nothing was committed for it", group)
		var others []string
		for _, other := range b.groups() {
			if other != group && b.broker.HasGroup(other) {
				others = append(others, fmt.Sprintf("%q", other))
			}
		}
		if len(others) > 0 {
			fmt.Fprintf(&out, "; there is %s", strings.Join(others, ", "))
		}
	} else {
		fmt.Fprintf(&out, "group %q has %d members", group, b.broker.Members(group))
	}
	committed := b.Committed(group, topic)
	for p, info := range b.mustTopic(topic) {
		at := "nothing"
		if offset, ok := committed[p]; ok {
			at = fmt.Sprint(offset)
		}
		fmt.Fprintf(&out, "\n  %s/%d: records from %d to %d, committed %s", topic, p, info.Start, info.Stable, at)
	}
	if dlq := topicname.DeadLetter(topic, group); b.has(dlq) {
		out.WriteString("\n" + b.topicState(dlq))
	}
	return out.String()
}

// groups are those that have a dead-letter topic here.
func (b *Broker) groups() []string {
	found := map[string]bool{}
	for _, topic := range b.topics {
		for _, dlq := range b.topics {
			if group, ok := strings.CutPrefix(dlq, topic+"."); ok {
				if group, ok = strings.CutSuffix(group, ".dlq"); ok {
					found[group] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func (b *Broker) has(topic string) bool {
	_, ok := b.broker.Topic(topic)
	return ok
}
