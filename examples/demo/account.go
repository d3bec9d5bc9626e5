package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// evidence is everything that the account is made from. None of it comes from
// the bus.
type evidence struct {
	Groups []groupEvidence
	Log    []record // the event topics, of this run
	Acked  []place  // what the producer was told to be written
}

// groupEvidence is what one consumer group left behind.
type groupEvidence struct {
	Group     string
	Topics    []string            // that it subscribes to
	Handles   []string            // event types that it has handlers for
	Journals  []journal           // one for each incarnation of a member
	Letters   []record            // its dead-letter topics
	Redrives  []record            // its redrive topics
	Committed map[partition]int64 // by the group, at the end
}

// row is the account of one group's records of one topic.
type row struct {
	Group, Topic string
	Foreign      bool // the records that are no events

	Records    int // in the log
	Direct     int // handled as they came
	Redriven   int // handled only after they were redriven
	Dead       int // dead letters, never handled
	Skipped    int // by a handler, or because the group has none for the type
	Duplicates int // further successes, which at-least-once allows
	Disorder   int // handled before an older record of their key
	Lost       int // none of all that
}

func (r row) holds() bool {
	return r.Records == r.Direct+r.Redriven+r.Dead+r.Skipped && r.Lost == 0 && r.Disorder == 0
}

// account is the result: it holds if every row does and nothing odd was found.
type account struct {
	Rows     []row
	Problems []string
}

func (a account) holds() bool {
	return len(a.Problems) == 0 && !slices.ContainsFunc(a.Rows, func(r row) bool { return !r.holds() })
}

// settle makes the account.
func settle(e evidence) account {
	var a account
	log := make(map[place]*record, len(e.Log))
	for i := range e.Log {
		log[e.Log[i].place] = &e.Log[i]
	}
	for _, p := range e.Acked {
		if log[p] == nil {
			a.problem("%s was acknowledged to the producer and is not in the log", p)
		}
	}
	for _, g := range e.Groups {
		a.group(g, log)
	}
	return a
}

// problem notes what should not be; the first few are enough to look into.
func (a *account) problem(format string, args ...any) {
	const enough = 10
	switch {
	case len(a.Problems) < enough:
		a.Problems = append(a.Problems, fmt.Sprintf(format, args...))
	case len(a.Problems) == enough:
		a.Problems = append(a.Problems, "and more")
	}
}

// fate is what became of one record in one group.
type fate struct {
	direct, redriven int // successes
	first            moment
	skipped, dead    bool
}

// moment orders what handlers did: within a journal by its lines, between
// journals by the clock, which all of them share.
type moment struct {
	journal, line int
	at            int64
}

func (m moment) before(o moment) bool {
	if m.journal == o.journal {
		return m.line < o.line
	}
	return m.at < o.at
}

func (a *account) group(g groupEvidence, log map[place]*record) {
	fates := map[place]*fate{}
	at := func(p place, what string) *fate {
		if !slices.Contains(g.Topics, p.Topic) || log[p] == nil {
			a.problem("%s: %s of %s, which is not in its log", g.Group, what, p)
		}
		f := fates[p]
		if f == nil {
			f = &fate{}
			fates[p] = f
		}
		return f
	}
	origins := a.letters(g, log, at)
	for n, j := range g.Journals {
		for i, l := range j.Lines {
			p, redriven := l.place, false
			if l.Redriven {
				origin, ok := origins[l.place]
				if !ok {
					a.problem("%s: journal %s has a redriven record that is not in the redrive topics: %s", g.Group, j.Name, l.place)
					continue
				}
				p, redriven = origin, true
			}
			f := at(p, "handling")
			switch {
			case l.What == lineSkip:
				f.skipped = true
			case l.What != lineOK:
			case redriven:
				f.redriven++
			default:
				if f.direct++; f.direct == 1 || (moment{n, i, l.At}).before(f.first) {
					f.first = moment{n, i, l.At}
				}
			}
		}
	}
	rows := map[string]*row{}
	key := func(topic string, foreign bool) string { return fmt.Sprint(topic, foreign) }
	for _, topic := range slices.Sorted(slices.Values(g.Topics)) {
		for _, foreign := range []bool{false, true} {
			rows[key(topic, foreign)] = &row{Group: g.Group, Topic: topic, Foreign: foreign}
		}
	}
	for p, r := range log {
		if row := rows[key(p.Topic, r.foreign())]; row != nil {
			a.count(row, g, r, fates[p])
		}
	}
	a.order(g, log, fates, func(r *record) { rows[key(r.Topic, false)].Disorder++ })
	for _, topic := range slices.Sorted(slices.Values(g.Topics)) {
		a.Rows = append(a.Rows, *rows[key(topic, false)], *rows[key(topic, true)])
	}
}

// letters notes the dead letters and returns which source record each record of
// the redrive topics is.
func (a *account) letters(g groupEvidence, log map[place]*record, at func(place, string) *fate) map[place]place {
	for i := range g.Letters {
		l := &g.Letters[i]
		p, err := l.origin()
		if err != nil {
			a.problem("%s: dead letter %s: %v", g.Group, l.place, err)
			continue
		}
		at(p, "a dead letter").dead = true
		if src := log[p]; src != nil && !(bytes.Equal(src.Key, l.Key) && bytes.Equal(src.Value, l.Value)) {
			a.problem("%s: dead letter %s differs from its record %s", g.Group, l.place, p)
		}
	}
	origins := map[place]place{}
	for i := range g.Redrives {
		p, err := g.Redrives[i].origin()
		if err != nil {
			a.problem("%s: redriven record %s: %v", g.Group, g.Redrives[i].place, err)
			continue
		}
		origins[g.Redrives[i].place] = p
	}
	return origins
}

// count adds one record to its row.
func (a *account) count(row *row, g groupEvidence, r *record, f *fate) {
	row.Records++
	if f == nil {
		f = &fate{}
	}
	if r.foreign() && f.direct+f.redriven > 0 {
		a.problem("%s: %s is no event, and was handled", g.Group, r.place)
	}
	row.Duplicates += max(0, f.direct+f.redriven-1)
	switch {
	case f.direct > 0:
		row.Direct++
	case f.redriven > 0:
		row.Redriven++
	case f.skipped:
		row.Skipped++
	case f.dead:
		row.Dead++
	// No handler ever saw it: that it was passed over on purpose shows in its
	// type and in the group's commit.
	case !r.foreign() && !slices.Contains(g.Handles, r.eventType()) && r.Offset < g.Committed[r.partition]:
		row.Skipped++
	default:
		row.Lost++
		a.problem("%s: %s (%s) is neither handled nor dead nor skipped", g.Group, r.place, cmp.Or(r.eventType(), "no event"))
	}
}

// order compares the first successes of each key with the log. Records that
// were dead letters are exempt: their turn had passed.
func (a *account) order(g groupEvidence, log map[place]*record, fates map[place]*fate, disorder func(*record)) {
	type lane struct {
		partition
		key string
	}
	lanes := map[lane][]*record{}
	for p, f := range fates {
		if r := log[p]; r != nil && f.direct > 0 && !f.dead && r.Key != nil && slices.Contains(g.Topics, p.Topic) {
			l := lane{p.partition, string(r.Key)}
			lanes[l] = append(lanes[l], r)
		}
	}
	for l := range maps.Values(lanes) {
		slices.SortFunc(l, func(a, b *record) int { return cmp.Compare(a.Offset, b.Offset) })
		for i := 1; i < len(l); i++ {
			if fates[l[i].place].first.before(fates[l[i-1].place].first) {
				disorder(l[i])
				a.problem("%s: %s was handled before %s of the same key", g.Group, l[i].place, l[i-1].place)
			}
		}
	}
}
