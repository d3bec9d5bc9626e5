package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// showLog shows what the topics hold of this run, read independently.
func (d *demo) showLog(context.Context) error {
	log, err := d.observe.read(d.starts)
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
		if h, err := r.head(); err == nil {
			s.events++
			s.types[h.Type+" "+h.Version] = true
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
func longestChain(log []record) []string {
	heads := map[string]head{}
	for i := range log {
		if h, err := log[i].head(); err == nil {
			heads[h.ID] = h
		}
	}
	var longest []string
	for _, id := range slices.Sorted(maps.Keys(heads)) {
		var c []string
		for h, ok := heads[id]; ok && h.CorrelationID == heads[id].CorrelationID && !slices.Contains(c, h.Type); h, ok = heads[h.CausationID] {
			c = append(c, h.Type)
		}
		if len(c) > len(longest) {
			longest = c
		}
	}
	slices.Reverse(longest)
	return longest
}

// readDerived reads a group's dead-letter or redrive topics from their beginning:
// they belong to this run alone.
func (d *demo) readDerived(role string, name func(topic, group string) string) ([]record, error) {
	var topics []string
	for _, t := range roles[role].topics {
		topics = append(topics, name(t, d.groups[role]))
	}
	starts, err := d.observe.ends(topics...)
	if err != nil {
		return nil, err
	}
	for p := range starts {
		starts[p] = 0
	}
	return d.observe.read(starts)
}

// showLetters shows how many dead letters there are by reason, and an example of
// each reason.
func (d *demo) showLetters(context.Context) error {
	d.out.title("Dead letters")
	counts, examples := map[string]map[string]int{}, map[string]record{}
	again := 0
	for role, group := range d.groups {
		letters, err := d.readDerived(role, event.DeadLetterTopic)
		if err != nil {
			return err
		}
		counts[group] = map[string]int{}
		seen := map[string]bool{}
		for _, l := range letters {
			id, reason := l.Headers[deadletter.HeaderID], l.Headers[deadletter.HeaderReason]
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
		h := examples[reason].Headers
		what := cmp.Or(h[deadletter.HeaderEventType], "no event")
		rows = append(rows, []string{
			reason, h[deadletter.HeaderAttempts],
			fmt.Sprintf("%s/%s/%s %s", h[deadletter.HeaderTopic], h[deadletter.HeaderPartition], h[deadletter.HeaderOffset], what), short(h[deadletter.HeaderError], 44),
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

// showAccount prints the account as a table and a verdict.
// showFailedAgain tells of redriven events that are dead letters once more.
func (d *demo) showFailedAgain() error {
	letters, err := d.readDerived("notifier", event.DeadLetterTopic)
	if err != nil {
		return err
	}
	failed, why := map[deadletter.ID]bool{}, ""
	for _, l := range letters {
		id, ok := deadletter.ParseID(l.Headers[deadletter.HeaderID])
		if ok && id.Topic == event.RedriveTopic(l.Headers[deadletter.HeaderTopic], id.Group) {
			failed[id], why = true, l.Headers[deadletter.HeaderError]
		}
	}
	if len(failed) > 0 {
		d.out.say("%s of them failed again, and are dead letters once more: %s", number(len(failed)), short(why, 60))
	}
	return nil
}

func (d *demo) showAccount(a account) {
	rows := [][]string{{"GROUP", "TOPIC", "RECORDS", "", "DIRECT", "REDRIVEN", "DEAD", "SKIPPED", "LOST", "DUPLICATES", "ORDER"}}
	for _, r := range a.Rows {
		what := r.Topic
		if r.Foreign {
			what += ", foreign"
		}
		order := "kept"
		if r.Disorder > 0 {
			order = number(r.Disorder) + " broken"
		}
		rows = append(rows, []string{r.Group, what, number(r.Records), "=", number(r.Direct), number(r.Redriven), number(r.Dead), number(r.Skipped), number(r.Lost), number(r.Duplicates), order})
	}
	d.out.table(rows)
	d.out.say("duplicates were handled twice: the killed member had not committed them")
	for _, p := range a.Problems {
		d.out.say("%s %s", d.out.red("!"), p)
	}
	fmt.Fprintln(d.out.out)
	if a.holds() {
		d.out.say("%s every record was handled, is a dead letter, or was skipped. None is lost.", d.out.green("The account holds:"))
		return
	}
	d.out.say("%s records are lost, out of order or unexplained.", d.out.red("The account does not hold:"))
}
