package compat

import (
	"fmt"
	"slices"
	"strings"
	"time"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// Options say what beside the two states counts.
type Options struct {
	// Now is the day on which the change is judged: events may be removed after their
	// sunset. Required.
	Now time.Time
	// Groups are the consumer groups and what they deploy. Nil means that it is not
	// known, and nothing is said about deployments.
	Groups []Group
	// Formerly are the groups as they were before the change, which cannot itself say that
	// nobody reads an event any more.
	Formerly []Group
	// Covers says whether the old state still counts for what a promise is about: whether
	// readers of it run, or records of a topic that it wrote are retained. Nil: it does.
	Covers func(topic string, p Promise) bool
	// Later are the states between old and new, the oldest first: what the old one did not
	// announce, a later one may have.
	Later []*State
	// Off are ids of rules that are not asked.
	Off []string
}

// Group is a consumer group of services.yaml.
type Group struct {
	Name    string
	Handles []string // wire types, or topic/type
	Deploys []int    // majors that its running releases read
}

// covers asks Options.Covers.
func (c *comparison) covers(topic string, p Promise) bool {
	return c.opts.Covers == nil || c.opts.Covers(topic, p)
}

// read reports whether a group may read an event of this major: one of which nobody says
// what reads it, or one that a group deploys.
func (c *comparison) read(e event) bool {
	known := false
	for _, g := range slices.Concat(c.opts.Groups, c.opts.Formerly) {
		if g.handles(e) {
			known = true
			if len(g.Deploys) == 0 || slices.Contains(g.Deploys, e.major) {
				return true
			}
		}
	}
	return !known
}

func (g Group) handles(e event) bool {
	return slices.Contains(g.Handles, e.typ) || slices.Contains(g.Handles, e.options.GetTopic()+"/"+e.typ) || slices.Contains(g.Handles, string(e.message.FullName()))
}

// Compare is all that a change from old to new breaks, ordered by place.
func Compare(old, new *State, opts Options) []Finding {
	c := &comparison{old: old, new: new, opts: opts}
	for _, before := range old.sortedEvents() {
		after, ok := new.events[before.message.FullName()]
		if !ok {
			c.removed(before)
			continue
		}
		c.event(before, after)
	}
	for _, after := range new.sortedEvents() {
		if _, ok := old.events[after.message.FullName()]; !ok {
			c.added(after)
		}
	}
	c.topics()
	return sorted(c.findings)
}

// comparison collects findings.
type comparison struct {
	old, new *State
	opts     Options
	findings []Finding
}

// report adds a finding, unless its rule is off or nobody was promised what it breaks.
func (c *comparison) report(f Finding) {
	if !slices.Contains(c.opts.Off, f.Rule) {
		c.findings = append(c.findings, f)
	}
}

// pair is one event in both states.
type pair struct {
	*comparison
	before, after event
}

func (c *comparison) event(before, after event) {
	p := pair{c, before, after}
	p.routing()
	p.revision()
	p.sunset()
	w := walk{pair: p, seen: map[walked]bool{}}
	w.message(before.message, after.message, nil)
}

// add reports a finding about the event. Promises count as they were made: what the old
// state promised holds until its readers and records are gone, whatever the new one says.
func (p pair) add(f Finding) {
	kept := func(dropped eventcontractsv1.Compatibility) bool {
		promised := p.before.options.GetCompatibility()
		return promised != dropped && promised != eventcontractsv1.Compatibility_COMPATIBILITY_NONE
	}
	topic := p.before.options.GetTopic()
	backward := kept(eventcontractsv1.Compatibility_COMPATIBILITY_FORWARD) && p.covers(topic, Backward)
	forward := kept(eventcontractsv1.Compatibility_COMPATIBILITY_BACKWARD) && p.covers(topic, Forward) && (f.Rule == MajorAdded || p.read(p.before))
	switch f.Promise {
	case Governance:
		if !p.covers(topic, Governance) {
			return
		}
	case Backward:
		if !backward {
			return
		}
	case Forward:
		if !forward {
			return
		}
	case Both:
		switch {
		case !backward && !forward:
			return
		case !backward:
			f.Promise = Forward
		case !forward:
			f.Promise = Backward
		}
	}
	f.Event, f.Version = p.after.typ, p.after.version()
	if p.after.message == nil {
		f.Event, f.Version = p.before.typ, p.before.version()
	}
	p.report(f)
}

// way is one direction of a comparison: what one side writes, the other reads.
type way struct {
	promise        Promise
	writer, reader side
	forward        bool
}

func (w walk) ways() [2]way {
	return [2]way{{Backward, w.oldWriter(), w.newReader(), false}, {Forward, w.newWriter(), w.oldReader(), true}}
}

// sides are two things of the old and the new state as writer and reader.
func sides[T any](w way, old, new T) (writer, reader T) {
	if w.forward {
		return new, old
	}
	return old, new
}

// refusal says in words that a record is refused.
func (w way) refusal(record string) string {
	if w.forward {
		return fmt.Sprintf("a new record %s is refused by a reader that is deployed", record)
	}
	return fmt.Sprintf("a record %s, valid before, is refused by today's reader", record)
}

// doubt says in words that it is not known.
func (w way) doubt() string {
	if w.forward {
		return "whether a reader that is deployed refuses a new record cannot be told"
	}
	return "whether today's reader refuses a record that was valid before cannot be told"
}

// narrower says what to do about a rule by which records are refused.
func (w way) narrower() (rule, fix string) {
	if w.forward {
		return ConstraintRelaxed, "widen it for readers first, by (field).accept, and for writers when no reader with the old rule is deployed; or make the change in the next major"
	}
	return ConstraintTightened, "keep the rule as it was, or make the change in the next major"
}

// Reads reports whether the group handles the event of a finding.
func (g Group) Reads(f Finding) bool {
	for _, h := range g.Handles {
		if h == f.Event || strings.HasSuffix(h, "/"+f.Event) || strings.HasPrefix(f.Subject+".", h+".") {
			return true
		}
	}
	return false
}
