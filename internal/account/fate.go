package account

import (
	"bytes"
	"slices"
)

// fate is what became of one record in one group.
type fate struct {
	direct, redriven int    // successes
	first            moment // of the direct ones
	skipped          bool   // by a handler
	deadLetter       bool

	successes []success // direct ones, as they are in the journals
	letters   []*Record // of it, in the order of their topic
	settled   int64     // when it was first settled, as far as anybody has seen; 0: never
}

// success is one of a record, and when its attempt began.
type success struct {
	moment

	from int64
}

// settle notes that the record was settled at a time.
func (f *fate) settle(at int64) {
	if f.settled == 0 || at < f.settled {
		f.settled = at
	}
}

// fates reads them from the group's dead letters and journals.
func (c *checker) fates(g Group) map[Position]*fate {
	fates := map[Position]*fate{}
	of := func(p Position, rule Rule, what string) *fate {
		if !slices.Contains(g.Topics, p.Topic) || c.log[p] == nil {
			c.find(rule, g.Name, p, "%s of %s, which is not in the group's log", what, p)
		}
		if fates[p] == nil {
			fates[p] = &fate{}
		}
		return fates[p]
	}
	acknowledged := c.acknowledged(g)
	for i := range g.DeadLetters {
		l := &g.DeadLetters[i]
		p, err := l.Origin()
		if err != nil {
			c.find(LetterIsTheRecord, g.Name, l.Position, "dead letter %s: %v", l.Position, err)
			continue
		}
		f := of(p, LetterIsTheRecord, "a dead letter")
		f.deadLetter, f.letters = true, append(f.letters, l)
		if at, ok := acknowledged[l.Position]; ok {
			f.settle(at)
		}
		r := c.log[p]
		switch {
		case r == nil:
		case !(same(r.Key, l.Key) && same(r.Value, l.Value)):
			c.find(LetterIsTheRecord, g.Name, p, "dead letter %s differs from its record %s", l.Position, p)
		case !l.redriven() && !sameHeaders(r.Headers, l.Headers[:min(len(r.Headers), len(l.Headers))]):
			c.find(LetterIsTheRecord, g.Name, p, "dead letter %s does not begin with the headers of its record %s", l.Position, p)
		}
	}
	origins := c.origins(g)
	for n, j := range g.Journals {
		began := map[Position]int64{} // the last attempt
		for i, e := range j.Entries {
			if !e.Kind.attempt() {
				continue
			}
			if e.Kind == Started {
				began[e.Position] = e.At
			}
			p := e.Position
			if e.Redriven {
				origin, ok := origins[e.Position]
				if !ok {
					c.find(HandledIsInTheLog, g.Name, p, "journal %s has a redriven record that is not in the redrive topics: %s", j.Name, p)
					continue
				}
				p = origin
			}
			f := of(p, HandledIsInTheLog, "handling")
			switch {
			case e.Kind == Skipped:
				f.skipped = true
				f.settle(e.At)
			case e.Kind != Handled:
			case e.Redriven:
				f.redriven++
			default:
				f.settle(e.At)
				f.successes = append(f.successes, success{moment{n, i, e.At}, began[e.Position]})
				if f.direct++; f.direct == 1 || (moment{n, i, e.At}).before(f.first) {
					f.first = moment{n, i, e.At}
				}
			}
		}
	}
	return fates
}

// origins tells which record of the log each record of the redrive topics is.
func (c *checker) origins(g Group) map[Position]Position {
	origins := map[Position]Position{}
	for i := range g.Redriven {
		r := &g.Redriven[i]
		p, err := r.Origin()
		if err != nil {
			c.find(LetterIsTheRecord, g.Name, r.Position, "redriven record %s: %v", r.Position, err)
			continue
		}
		origins[r.Position] = p
	}
	return origins
}

func sameHeaders(a, b []Header) bool {
	return slices.EqualFunc(a, b, func(a, b Header) bool { return a.Key == b.Key && same(a.Value, b.Value) })
}

// same compares bytes, and null is not empty.
func same(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
