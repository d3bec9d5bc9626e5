package account

import "math"

// process is what the driver's journal says of one process.
type process struct {
	name            string
	killed          int64 // 0: it was not
	stopping, ended int64
	wrong           string // what was wrong with its end
	frozen          []window
}

// window is a stretch of time, both ends included.
type window struct{ from, to int64 }

func (w window) meets(o window) bool { return w.from <= o.to && o.from <= w.to }

// processes reads the driver's journal.
func (c *checker) processes() map[string]*process {
	if c.evidence.Driver == nil {
		c.unchecked("nobody wrote down which processes there were", EndsInTime)
		return nil
	}
	all := map[string]*process{}
	for i, e := range c.evidence.Driver.Entries {
		p := all[e.Member]
		if p == nil {
			if e.Kind != Launched {
				c.unseen("the driver's journal, line %d: %s of %q, which was not launched", i+1, e.Kind, e.Member)
			}
			p = &process{name: e.Member}
			all[e.Member] = p
		}
		switch e.Kind {
		case Killed:
			p.killed = e.At
		case Freezing:
			p.frozen = append(p.frozen, window{e.At, math.MaxInt64})
		case Thawed:
			if n := len(p.frozen); n > 0 {
				p.frozen[n-1].to = e.At
			}
		case Stopping:
			p.stopping = e.At
		case Ended:
			p.ended, p.wrong = e.At, e.Text
		}
	}
	return all
}

// gone is when the process could do nothing more.
func (p *process) gone() int64 {
	switch {
	case p == nil:
		return math.MaxInt64
	case p.killed != 0:
		return p.killed
	case p.ended != 0:
		return p.ended
	}
	return math.MaxInt64
}

// frozenDuring reports whether the process stood still at some time in w.
func (p *process) frozenDuring(w window) bool {
	if p == nil {
		return false
	}
	for _, f := range p.frozen {
		if f.meets(w) {
			return true
		}
	}
	return false
}

// checkEnds looks at how processes have ended.
func (c *checker) checkEnds() {
	if c.evidence.Driver == nil {
		return
	}
	seen := map[string]bool{}
	for _, e := range c.evidence.Driver.Entries {
		if seen[e.Member] {
			continue
		}
		seen[e.Member] = true
		p := c.driven[e.Member]
		limit := c.evidence.StopLimit.Nanoseconds()
		switch {
		case p.killed != 0:
		case p.ended == 0:
			c.find(EndsInTime, "", Position{}, "process %s has not ended", p.name)
		case p.stopping == 0:
			c.find(EndsInTime, "", Position{}, "process %s ended by itself: %s", p.name, p.wrong)
		case p.wrong != "":
			c.find(EndsInTime, "", Position{}, "process %s did not end in order: %s", p.name, p.wrong)
		case limit > 0 && p.ended-p.stopping > limit && !p.frozenDuring(window{p.stopping, p.ended}):
			c.find(EndsInTime, "", Position{}, "process %s ended %d ms after it was asked to, and may take %d", p.name, (p.ended-p.stopping)/1e6, limit/1e6)
		}
	}
}
