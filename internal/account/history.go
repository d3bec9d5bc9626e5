package account

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// History tells all that the evidence has of one record, in the order of time:
// published when, delivered where, settled how, committed by which request. Times
// are seconds since the first line of all journals.
func History(e Evidence, group string, p Position) string {
	h := story{zero: never}
	record, id := find(e, p)
	for _, j := range journals(e) {
		if len(j.Entries) > 0 {
			h.zero = min(h.zero, j.Entries[0].At)
		}
	}
	for _, j := range e.Producers {
		for _, en := range j.Entries {
			if id != "" && en.EventID == id {
				h.add(en.At, "%s: %s %s", j.Name, en.Kind, id)
			}
		}
	}
	owners := map[string]bool{}
	for _, g := range e.Groups {
		if g.Name != group && group != "" {
			continue
		}
		for i := range g.DeadLetters {
			if origin, err := g.DeadLetters[i].Origin(); err == nil && origin == p {
				h.letter(e, g.DeadLetters[i].Position)
			}
		}
		for _, j := range g.Journals {
			for _, en := range j.Entries {
				switch {
				case en.Kind.attempt() && en.Position == p:
					owners[j.Name] = true
					h.add(en.At, "%s: %s, attempt %d", j.Name, en.Kind, en.Attempt)
				case !en.Kind.attempt() && en.TopicPartition == p.TopicPartition:
					owners[j.Name] = true
					h.add(en.At, "%s: %s %s/%d", j.Name, en.Kind, p.Topic, p.Partition)
				case en.Kind == Left:
					h.add(en.At, "%s: left %s", j.Name, en.Text)
				}
			}
		}
	}
	if e.Observed != nil {
		h.commits(e.Observed.Entries, group, p)
	}
	if e.Driver != nil {
		for _, en := range e.Driver.Entries {
			if owners[en.Member] {
				h.add(en.At, "driver: %s %s %s", en.Kind, en.Member, en.Text)
			}
		}
	}
	title := fmt.Sprintf("%s is not in the log", p)
	if record != nil {
		title = fmt.Sprintf("%s: event %s, key %q", p, id, record.Key)
	}
	return title + "\n" + h.text()
}

// find is the record at a position and its event's id.
func find(e Evidence, p Position) (*Record, string) {
	for i := range e.Log {
		if e.Log[i].Position == p {
			md, _ := e.Log[i].Metadata()
			return &e.Log[i], md.ID
		}
	}
	for _, j := range e.Producers {
		for _, en := range j.Entries {
			if en.Kind == Acked && en.Position == p {
				return nil, en.EventID
			}
		}
	}
	return nil, ""
}

func journals(e Evidence) []Journal {
	out := slices.Clone(e.Producers)
	for _, g := range e.Groups {
		out = append(out, g.Journals...)
	}
	for _, j := range []*Journal{e.Observed, e.Driver} {
		if j != nil {
			out = append(out, *j)
		}
	}
	return out
}

// story is lines with their times.
type story struct {
	zero  int64
	lines []line
}

type line struct {
	at   int64
	text string
}

func (h *story) add(at int64, format string, args ...any) {
	h.lines = append(h.lines, line{at, strings.TrimSpace(fmt.Sprintf(format, args...))})
}

// letter adds when the broker acknowledged a dead letter.
func (h *story) letter(e Evidence, p Position) {
	seen := false
	if e.Observed != nil {
		for _, en := range e.Observed.Entries {
			if en.Kind == Written && en.TopicPartition == p.TopicPartition && en.Offset <= p.Offset && p.Offset < en.Offset+int64(en.Count) {
				h.add(en.Since, "broker: asked to write dead letter %s", p)
				h.add(en.At, "broker: dead letter %s answered, code %d", p, en.Code)
				seen = true
			}
		}
	}
	if !seen {
		h.add(never, "broker: dead letter %s, acknowledged at a time that nobody saw", p)
	}
}

// commits adds the first commits that cover a record, and the last ones below it.
func (h *story) commits(entries []Entry, group string, p Position) {
	const few = 3
	var below, above []Entry
	for _, en := range entries {
		if en.Kind != Committed || en.TopicPartition != p.TopicPartition || group != "" && en.Group != group {
			continue
		}
		if en.Offset <= p.Offset {
			below = append(below, en)
		} else if len(above) < few {
			above = append(above, en)
		}
	}
	for _, en := range append(below[max(0, len(below)-few):], above...) {
		h.add(en.Since, "broker: asked to commit %s/%d at %d, answered after %.1f ms with code %d %s", p.Topic, p.Partition, en.Offset, float64(en.At-en.Since)/1e6, en.Code, en.Member)
	}
}

func (h *story) text() string {
	slices.SortStableFunc(h.lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	for _, l := range h.lines {
		if l.at == never {
			fmt.Fprintf(&b, "  %10s  %s\n", "?", l.text)
			continue
		}
		fmt.Fprintf(&b, "  %10.6f  %s\n", float64(l.at-h.zero)/1e9, l.text)
	}
	return b.String()
}
