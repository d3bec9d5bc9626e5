package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// showLog shows what the topics hold of this run, read independently.
func (d *demo) showLog(ctx context.Context) error {
	log, err := d.observe.Read(ctx, d.starts)
	if err != nil {
		return err
	}
	d.out.title("What the topics hold")
	type sum struct {
		events, foreign int
		types, keys     map[string]bool
	}
	sums := map[string]*sum{}
	for i := range log {
		r := &log[i]
		s := sums[r.Topic]
		if s == nil {
			s = &sum{types: map[string]bool{}, keys: map[string]bool{}}
			sums[r.Topic] = s
		}
		s.keys[string(r.Key)] = true
		if md, err := r.Metadata(); err == nil {
			s.events++
			s.types[md.Type+" "+md.Version] = true
		} else {
			s.foreign++
		}
	}
	rows := [][]string{{"TOPIC", "FORMAT", "EVENTS", "TYPES AND VERSIONS", "KEYS", "FOREIGN"}}
	for _, t := range event.Linked().Topics() {
		if s := sums[t.Name]; s != nil {
			rows = append(rows, []string{t.Name, fmt.Sprint(t.Format), number(s.events), number(len(s.types)), number(len(s.keys)), number(s.foreign)})
		}
	}
	d.out.table(rows)
	if c := longestChain(log); len(c) > 1 {
		d.out.say("one correlation id: %s", strings.Join(c, " → "))
	}
	return nil
}

// longestChain follows causation ids back from event to event, as long as each
// is of another type.
func longestChain(log []account.Record) []string {
	events := map[string]account.Metadata{} // by id
	for i := range log {
		if md, err := log[i].Metadata(); err == nil {
			events[md.ID] = md
		}
	}
	var longest []string
	for _, id := range slices.Sorted(maps.Keys(events)) {
		var c []string
		for md, ok := events[id]; ok && md.CorrelationID == events[id].CorrelationID && !slices.Contains(c, md.Type); md, ok = events[md.CausationID] {
			c = append(c, md.Type)
		}
		if len(c) > len(longest) {
			longest = c
		}
	}
	slices.Reverse(longest)
	return longest
}

// showLetters shows how many dead letters there are by reason, and an example of
// each reason.
func (d *demo) showLetters(ctx context.Context) error {
	d.out.title("Dead letters")
	counts, examples := map[string]map[string]int{}, map[string]account.Record{}
	again := 0
	for role, group := range d.groups {
		letters, err := d.readDerived(ctx, role, event.DeadLetterTopic)
		if err != nil {
			return err
		}
		counts[group] = map[string]int{}
		seen := map[string]bool{}
		for _, l := range letters {
			id, reason := l.Header(deadletter.HeaderID), l.Header(deadletter.HeaderReason)
			if seen[id] {
				again++
				continue
			}
			seen[id] = true
			counts[group][reason]++
			if _, ok := examples[reason]; !ok {
				examples[reason] = l
			}
		}
	}
	reasons := slices.Sorted(maps.Keys(examples))
	rows := [][]string{append([]string{"GROUP"}, reasons...)}
	for _, group := range slices.Sorted(maps.Keys(counts)) {
		row := []string{group}
		for _, reason := range reasons {
			row = append(row, number(counts[group][reason]))
		}
		rows = append(rows, row)
	}
	d.out.table(rows)
	if again > 0 {
		d.out.say("and %s written twice: the killed member had not committed them", number(again))
	}
	fmt.Fprintln(d.out.out)
	rows = [][]string{{"REASON", "ATTEMPTS", "FOR EXAMPLE", "ERROR"}}
	for _, reason := range reasons {
		l := examples[reason]
		what := cmp.Or(l.Header(deadletter.HeaderEventType), "not an event")
		rows = append(rows, []string{
			reason, l.Header(deadletter.HeaderAttempts),
			fmt.Sprintf("%s/%s/%s %s", l.Header(deadletter.HeaderTopic), l.Header(deadletter.HeaderPartition), l.Header(deadletter.HeaderOffset), what), short(l.Header(deadletter.HeaderError), 44),
		})
	}
	d.out.table(rows)
	d.out.say("each is byte for byte the record that failed, with headers that say why")
	return nil
}

// short is the first line of s, cut to n characters.
func short(s string, n int) string {
	s, _, _ = strings.Cut(s, "\n")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// showFailedAgain tells of redriven events that are dead letters once more.
func (d *demo) showFailedAgain(ctx context.Context) error {
	letters, err := d.readDerived(ctx, "notifier", event.DeadLetterTopic)
	if err != nil {
		return err
	}
	failed, why := map[deadletter.ID]bool{}, ""
	for _, l := range letters {
		id, ok := deadletter.ParseID(l.Header(deadletter.HeaderID))
		if ok && id.Topic == event.RedriveTopic(l.Header(deadletter.HeaderTopic), id.Group) {
			failed[id], why = true, l.Header(deadletter.HeaderError)
		}
	}
	if len(failed) > 0 {
		d.out.say("%s of them failed again, and are dead letters once more: %s", number(len(failed)), short(why, 60))
	}
	return nil
}
