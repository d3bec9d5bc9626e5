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
	until, why := c.removable(c.latest(before))
	if until == nil && why == "" {
		return
	}
	f := Finding{Rule: RemovedEarly, Promise: Both, Subject: string(before.message.FullName()), Old: at(before.message)}
	f.Breaks = "the event is removed, and " + why
	if until != nil {
		f.Fix = fmt.Sprintf("put it back, and remove it on %s or later", until.Format(time.DateOnly))
	} else {
		f.Fix = "put it back with deprecated: {since, sunset}, and remove it when its sunset is past and its records are gone"
	}
	for _, e := range c.new.sortedEvents() {
		if e.typ == before.typ && e.major == before.major && e.options.GetTopic() == before.options.GetTopic() {
			f.Breaks += fmt.Sprintf(" (%s has its wire type now: services compile against the name)", e.message.FullName())
		}
	}
	p.add(f)
}

// latest is an event as it was last, and the state that had it.
func (c *comparison) latest(e event) (event, *State) {
	for _, s := range slices.Backward(c.opts.Later) {
		if l, ok := s.events[e.message.FullName()]; ok {
			return l, s
		}
	}
	return e, c.old
}

// removable is why an event may not be removed yet, and from when it may; neither if
// it may. Until the sunset it may be published, and for its topic's retention it is read.
func (c *comparison) removable(e event, last *State) (*time.Time, string) {
	d := e.options.GetDeprecated()
	if d == nil {
		return nil, "was never deprecated: somebody may publish and read it"
	}
	sunset, err := time.Parse(time.DateOnly, d.GetSunset())
	if err != nil {
		return nil, fmt.Sprintf("its sunset %q is not a date", d.GetSunset())
	}
	if c.opts.Now.Before(sunset) {
		return &sunset, fmt.Sprintf("its sunset is %s: until then it may be published", d.GetSunset())
	}
	t, ok := last.topics[e.options.GetTopic()]
	if !ok {
		return nil, ""
	}
	if _, kept := c.new.topics[e.options.GetTopic()]; !kept {
		return nil, "" // TOPIC_REMOVED says what becomes of its records
	}
	kept, forever := retained(t)
	if forever {
		return nil, fmt.Sprintf("topic %q keeps its records without an end", e.options.GetTopic())
	}
	if gone := sunset.Add(kept); c.opts.Now.Before(gone) {
		gone = gone.Truncate(24*time.Hour).AddDate(0, 0, 1)
		return &gone, fmt.Sprintf("records that were written until its sunset %s are retained for %s", d.GetSunset(), t.options.GetRetention())
	}
	return nil, ""
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
