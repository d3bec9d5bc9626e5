package account

// publication is what producers' journals say of one event.
type publication struct {
	producer string
	intent   Entry
	outcome  Kind // Acked, Refused, Unknown; Unknown if there is none
	ended    bool // it has an outcome
	at       int64
	where    Position // of Acked
}

// checkPublishing compares what producers say with the log.
func (c *checker) checkPublishing() {
	if c.evidence.Producers == nil {
		c.unchecked("producers keep no journals", RefusedIsNotWritten, WrittenWasIntended, WrittenOnce)
		return
	}
	var ids []string // in the order of their intents, so that findings do not depend on a map's
	c.published = map[string]*publication{}
	for _, j := range c.evidence.Producers {
		for i, e := range j.Entries {
			p := c.published[e.EventID]
			switch {
			case e.Kind == Intended && p != nil:
				c.find(WrittenOnce, "", Position{}, "event %s was published by %s and again by %s", e.EventID, p.producer, j.Name)
			case e.Kind == Intended:
				c.published[e.EventID] = &publication{producer: j.Name, intent: e, outcome: Unknown}
				ids = append(ids, e.EventID)
			case e.Kind != Acked && e.Kind != Refused && e.Kind != Unknown:
			case p == nil:
				c.unseen("journal %s, line %d: an outcome of event %s, whose intent is missing", j.Name, i+1, e.EventID)
			case p.ended:
				c.find(WrittenOnce, "", e.Position, "the publish of event %s has two outcomes, %s and %s", e.EventID, p.outcome, e.Kind)
			default:
				p.outcome, p.ended, p.at, p.where = e.Kind, true, e.At, e.Position
			}
		}
	}
	written := map[string]*logged{}
	for _, r := range c.records {
		if r.foreign() {
			continue
		}
		if first := written[r.id]; first != nil {
			c.find(WrittenOnce, "", r.Position, "event %s is in the log twice, at %s and %s", r.id, first.Position, r.Position)
			continue
		}
		written[r.id] = r
		switch p := c.published[r.id]; {
		case p == nil:
			c.find(WrittenWasIntended, "", r.Position, "%s has event %s, which no producer has published", r.Position, r.id)
		case p.outcome == Refused:
			c.find(RefusedIsNotWritten, "", r.Position, "%s has event %s, which %s was told is not written", r.Position, r.id, p.producer)
		}
	}
	for _, id := range ids {
		p := c.published[id]
		if p.outcome != Acked {
			continue
		}
		switch r := written[id]; {
		case r == nil:
			c.find(AckedIsWritten, "", p.where, "event %s was acknowledged to %s at %s and is not in the log: the broker has lost it", id, p.producer, p.where)
		case p.where.Offset >= 0 && r.Position != p.where:
			c.find(AckedIsWritten, "", p.where, "event %s was acknowledged to %s at %s and is at %s", id, p.producer, p.where, r.Position)
		}
	}
}

// checkFate compares a record's fate with the one that its producer knew.
func (c *checker) checkFate(g Group, r *logged, f *fate) {
	p := c.published[r.id]
	if p == nil || p.intent.Fate == "" || r.foreign() {
		return
	}
	wrong := ""
	switch {
	case p.intent.Fate != Handled && f.direct+f.redriven > 0:
		wrong = "was handled"
	case p.intent.Fate != Failed && f.deadLetter:
		wrong = "is a dead letter"
	case p.intent.Fate != Skipped && f.skipped:
		wrong = "was skipped"
	default:
		return
	}
	c.find(OneFate, g.Name, r.Position, "%s %s, and its handler always ends with %s", r.Position, wrong, p.intent.Fate)
}
