package compat

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// routing compares what consumers and brokers find an event by.
func (p pair) routing() {
	before, after := p.before, p.after
	here := Finding{Promise: Both, Subject: string(after.message.FullName()), Old: at(before.message), New: at(after.message), Evidence: p.evidence()}
	if before.typ != after.typ {
		f := here
		f.Rule = TypeChanged
		f.Breaks = fmt.Sprintf("its wire type was %q and is %q: readers that are deployed skip it, and retained records are skipped by today's", before.typ, after.typ)
		f.Fix = fmt.Sprintf("keep type: %q, or add a new event and deprecate this one", before.typ)
		p.add(f)
	}
	if a, b := before.options.GetTopic(), after.options.GetTopic(); a != b {
		f := here
		f.Rule = TopicChanged
		f.Breaks = fmt.Sprintf("its topic was %q and is %q: consumers that are deployed read %q, and its retained records stay there", a, b, a)
		f.Fix = fmt.Sprintf("keep topic: %q, or add a new event on %q, publish both until every group has moved, and deprecate this one", a, b)
		p.add(f)
	}
	if a, b := key(before), key(after); a != b {
		f := here
		f.Rule, f.Evidence = KeyChanged, nil // it is read all the same
		f.Breaks = fmt.Sprintf("it was keyed by %s and is by %s: events of one entity move to other partitions, and lose their order among old ones", a, b)
		f.Fix = "keep the key, or add a new event with it"
		p.add(f)
	}
}

func key(e event) string {
	if e.options.GetUnkeyed() {
		return "nothing"
	}
	return e.options.GetKey()
}

// revision compares versions with what they stand for.
func (p pair) revision() {
	a, b := p.before.options.GetRevision(), p.after.options.GetRevision()
	f := Finding{Promise: Governance, Subject: string(p.after.message.FullName()), Old: at(p.before.message), New: at(p.after.message)}
	switch {
	case b < a:
		f.Rule = RevisionDecreased
		f.Breaks = fmt.Sprintf("its revision was %d and is %d: two contracts have the version %s", a, b, p.after.version())
		f.Fix = fmt.Sprintf("set revision: %d, or higher if the contract changed", a)
	case b == a && Digest(p.old, p.before.message) != Digest(p.new, p.after.message):
		f.Rule = RevisionNotBumped
		f.Breaks = fmt.Sprintf("the contract changed and its revision is %d as before: two contracts have the version %s", b, p.after.version())
		f.Fix = fmt.Sprintf("set revision: %d", b+1)
	default:
		return
	}
	p.add(f)
}

// removed judges an event that is not there any more.
func (c *comparison) removed(before event) {
	p := pair{c, before, event{}}
	var heir *event
	for _, e := range c.new.sortedEvents() {
		if e.typ == before.typ && e.major == before.major && e.options.GetTopic() == before.options.GetTopic() {
			heir = &e
		}
	}
	f := Finding{Promise: Both, Subject: string(before.message.FullName()), Old: at(before.message)}
	until, why := c.removable(before)
	switch {
	case until == nil && why == "" && heir == nil:
		return
	case until == nil && why == "":
		f.Rule, f.New = TypeReused, at(heir.message)
		f.Breaks = fmt.Sprintf("its wire type %q of major %d on topic %q is %s now: readers that are deployed, and retained records, take the one for the other", before.typ, before.major, before.options.GetTopic(), heir.message.FullName())
		f.Fix = fmt.Sprintf("give %s a type of its own", heir.message.FullName())
		p.add(f)
		return
	}
	f.Rule = RemovedEarly
	f.Breaks = "the event is removed, and " + why
	if until != nil {
		f.Fix = fmt.Sprintf("put it back, and remove it on %s or later", until.Format(time.DateOnly))
	} else {
		f.Fix = "put it back with deprecated: {since, sunset}, and remove it when its sunset is past and its records are gone"
	}
	if heir != nil {
		f.Breaks += fmt.Sprintf(" (%s has its wire type now: services compile against the name)", heir.message.FullName())
	}
	p.add(f)
}

// known is an event as the old state and those after it have it, the oldest first.
func (c *comparison) known(e event) (events []event, last *State) {
	events, last = []event{e}, c.old
	for _, s := range c.opts.Later {
		if l, ok := s.events[e.message.FullName()]; ok {
			events, last = append(events, l), s
		}
	}
	return events, last
}

// sunsetOf is the day until which an event may be published, and false if nobody said one:
// the last one that was ever announced, since whoever read it counts on it.
func (c *comparison) sunsetOf(e event) (sunset time.Time, announced bool, err error) {
	known, _ := c.known(e)
	if known[len(known)-1].options.GetDeprecated() == nil {
		return sunset, false, nil
	}
	for _, k := range known {
		d := k.options.GetDeprecated()
		if d == nil {
			continue
		}
		day, err := time.Parse(time.DateOnly, d.GetSunset())
		if err != nil {
			return sunset, true, fmt.Errorf("its sunset %q is not a date", d.GetSunset())
		}
		if day.After(sunset) {
			sunset = day
		}
	}
	return sunset, true, nil
}

// sunset judges the day that a change announces: one that is past, or before the one that
// was announced, would let the event be removed while somebody counts on it.
func (p pair) sunset() {
	after := p.after.options.GetDeprecated()
	day, err := time.Parse(time.DateOnly, after.GetSunset())
	if after == nil || err != nil {
		return // the checker tells what is not a date
	}
	f := Finding{Rule: SunsetAdvanced, Promise: Both, Subject: string(p.after.message.FullName()), Old: at(p.before.message), New: at(p.after.message)}
	was, announced, err := p.sunsetOf(p.before)
	today := p.opts.Now.Truncate(24 * time.Hour)
	switch {
	case err != nil:
		return
	case announced && day.Before(was):
		f.Breaks = fmt.Sprintf("its sunset was %s and is %s: whoever publishes or reads it counts on the day that was announced", was.Format(time.DateOnly), after.GetSunset())
		f.Fix = fmt.Sprintf("keep sunset: %q, or set a later one", was.Format(time.DateOnly))
	case !announced && day.Before(today):
		f.Breaks = fmt.Sprintf("it is deprecated with the sunset %s, which is past: nobody was told before", after.GetSunset())
		f.Fix = "set a sunset by which whoever publishes or reads it can have moved"
	default:
		return
	}
	p.add(f)
}

// removable is why an event may not be removed yet, and from when it may; neither if it
// may. Until the sunset it may be published, and it is read for as long as its topic or
// dead letters of it are retained.
func (c *comparison) removable(e event) (*time.Time, string) {
	sunset, announced, err := c.sunsetOf(e)
	switch {
	case err != nil:
		return nil, err.Error()
	case !announced:
		return nil, "was never deprecated: somebody may publish and read it"
	case c.opts.Now.Before(sunset):
		return &sunset, fmt.Sprintf("its sunset is %s: until then it may be published", sunset.Format(time.DateOnly))
	}
	topic := e.options.GetTopic()
	_, last := c.known(e)
	if _, kept := c.new.topics[topic]; !kept {
		return nil, "" // TOPIC_REMOVED says what becomes of its records
	}
	kept, forever := last.Retains(topic)
	if forever {
		return nil, fmt.Sprintf("topic %q keeps its records or their dead letters without an end", topic)
	}
	if gone := sunset.Add(kept); c.opts.Now.Before(gone) {
		gone = gone.Truncate(24*time.Hour).AddDate(0, 0, 1)
		return &gone, fmt.Sprintf("records that were written until its sunset %s are retained for %s, in the topic or as dead letters", sunset.Format(time.DateOnly), days(kept))
	}
	return nil, ""
}

// days is a retention in whole days, where it is that.
func days(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return d.String()
}

// added judges a new event: only a new major of one that is there can break somebody.
func (c *comparison) added(after event) {
	var previous *event
	for _, e := range c.old.sortedEvents() {
		if e.typ == after.typ && e.options.GetTopic() == after.options.GetTopic() && e.major < after.major && (previous == nil || e.major > previous.major) {
			previous = &e
		}
	}
	if previous == nil {
		return
	}
	var missing []string
	for _, g := range c.opts.Groups {
		if g.handles(after) && !slices.Contains(g.Deploys, after.major) {
			missing = append(missing, g.Name)
		}
	}
	if len(missing) == 0 {
		return
	}
	pair{c, *previous, after}.add(Finding{
		Rule: MajorAdded, Promise: Forward, Subject: string(after.message.FullName()), Old: at(previous.message), New: at(after.message),
		Breaks: fmt.Sprintf("major %d is new, and running releases of %s do not read it: they would hold or dead-letter its records", after.major, strings.Join(missing, ", ")),
		Fix:    fmt.Sprintf("release it, upgrade these groups and add %d to their deploys in services.yaml, then switch producers; waive this until then", after.major),
	})
}

// sensitivity compares who may see a field.
func (w walk) sensitivity(old, new protoField, path fieldPath) {
	if !descriptor.Sensitive(old) || rank(new) >= rank(old) {
		return
	}
	w.add(Finding{
		Rule: SensitivityLowered, Promise: Governance, Subject: path.subject(w.pair), Old: at(old), New: at(new),
		Breaks: fmt.Sprintf("%s was %s and is %s: its values show in logs, headers and pages from now on", path, level(old), level(new)),
		Fix:    "keep its sensitivity; if it was never personal or secret, waive this with the reason",
	})
}
