package account

import (
	"fmt"
	"maps"
	"slices"
)

// Check makes the account. It is a pure function: it reads no clock and no file,
// and the same evidence gives the same account.
func Check(e Evidence) Account {
	c := checker{evidence: e, log: make(map[Position]*logged, len(e.Log))}
	for i := range e.Log {
		r := &logged{Record: &e.Log[i]}
		if md, err := r.Metadata(); err == nil {
			r.eventType, r.id = md.Type, md.ID
		}
		c.log[r.Position] = r
		c.records = append(c.records, r)
	}
	for _, p := range e.Acked {
		if c.log[p] == nil {
			c.find(AckedIsWritten, "", p, "%s was acknowledged to the producer and is not in the log", p)
		}
	}
	c.checkPublishing()
	c.driven = c.processes()
	c.checkSeen()
	for _, g := range e.Groups {
		c.checkGroup(g)
	}
	c.checkEnds()
	c.checkSecrets()
	return c.account
}

// checker is a Check under way.
type checker struct {
	evidence Evidence
	log      map[Position]*logged
	records  []*logged // of log, in the order of the evidence
	account  Account

	published map[string]*publication // by event id; nil: producers keep no journals
	driven    map[string]*process     // by the name of its journal; nil: nobody wrote about them
}

// logged is a record of the log.
type logged struct {
	*Record

	eventType, id string // "": it is not an event
}

func (r *logged) foreign() bool { return r.eventType == "" }

// unchecked notes that there was no evidence for rules.
func (c *checker) unchecked(missing string, rules ...Rule) {
	if c.account.Unchecked == nil {
		c.account.Unchecked = map[Rule]string{}
	}
	for _, r := range rules {
		c.account.Unchecked[r] = missing
	}
}

func (c *checker) unseen(format string, args ...any) {
	c.account.Unseen = append(c.account.Unseen, fmt.Sprintf(format, args...))
}

func (c *checker) find(rule Rule, group string, p Position, format string, args ...any) {
	c.account.Findings = append(c.account.Findings, Finding{rule, group, p, fmt.Sprintf(format, args...)})
}

// checkGroup adds a group's rows to the account: for each topic one of the events
// and one of the foreign records.
func (c *checker) checkGroup(g Group) {
	fates := c.fates(g)
	type half struct {
		topic   string
		foreign bool
	}
	rows := map[half]*Row{}
	topics := slices.Sorted(slices.Values(g.Topics))
	for _, topic := range topics {
		for _, foreign := range []bool{false, true} {
			rows[half{topic, foreign}] = &Row{Group: g.Name, Topic: topic, Foreign: foreign}
		}
	}
	for _, r := range c.records {
		if row := rows[half{r.Topic, r.foreign()}]; row != nil {
			c.count(row, g, r, fates[r.Position])
		}
	}
	for _, r := range c.overtaking(g, fates) {
		rows[half{r.Topic, r.foreign()}].OutOfOrder++
	}
	c.checkCommits(g)
	c.checkHistory(g, fates)
	for _, topic := range topics {
		c.account.Rows = append(c.account.Rows, *rows[half{topic, false}], *rows[half{topic, true}])
	}
}

// count adds one record to its row.
func (c *checker) count(row *Row, g Group, r *logged, f *fate) {
	row.Records++
	if f == nil {
		f = &fate{}
	}
	if r.foreign() && f.direct+f.redriven > 0 {
		c.find(OneFate, g.Name, r.Position, "%s is not an event, and was handled", r.Position)
	}
	row.Duplicates += max(0, f.direct+f.redriven-1)
	c.checkFate(g, r, f)
	switch {
	case f.direct > 0:
		row.Direct++
	case f.redriven > 0:
		row.Redriven++
	case f.skipped:
		row.Skipped++
	case f.deadLetter:
		row.DeadLetters++
	// No handler ever saw it: that it was passed over on purpose shows in its type
	// and in the group's commit.
	case !r.foreign() && !slices.Contains(g.Handles, r.eventType) && r.Offset < g.Committed[r.TopicPartition]:
		row.Skipped++
	default:
		row.Lost++
		what := r.eventType
		if r.foreign() {
			what = "not an event"
		}
		c.find(NothingIsLost, g.Name, r.Position, "%s (%s) was neither handled nor skipped, and is not a dead letter", r.Position, what)
	}
}

// checkCommits compares a group's last commits with the ends of its topics. A
// partition that was never written needs none.
func (c *checker) checkCommits(g Group) {
	partitions := slices.SortedFunc(maps.Keys(c.evidence.Ends), TopicPartition.compare)
	for _, p := range partitions {
		end, committed := c.evidence.Ends[p], g.Committed[p]
		if slices.Contains(g.Topics, p.Topic) && committed != end {
			c.find(CommitIsTheEnd, g.Name, Position{p, committed}, "the last commit of %s/%d is %d, and its end is %d", p.Topic, p.Partition, committed, end)
		}
	}
}
