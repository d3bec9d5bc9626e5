package gate

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Impact is who is hit by what was found, by services.yaml.
type Impact struct {
	Events []EventImpact `json:"events"`
	Groups []GroupImpact `json:"groups"`
}

// EventImpact is what a change breaks of one event.
type EventImpact struct {
	Event  string   `json:"event"`
	Rules  []string `json:"rules"`
	Groups []string `json:"groups"`
}

// GroupImpact is which events break for one consumer group.
type GroupImpact struct {
	Group   string   `json:"group"`
	Service string   `json:"service"`
	Owner   string   `json:"owner,omitempty"`
	Deploys []int    `json:"deploys,omitempty"` // majors that its running releases read
	Events  []string `json:"events"`
}

// hit are the groups that a finding is about, sorted: those that handle its event, or any
// event of its topic.
func (j *judgement) hit(f compat.Finding) []string {
	topic, isTopic := strings.CutPrefix(f.Subject, "topic ")
	var out []string
	for _, g := range j.now.groups() {
		reads := f.Event != "" && g.Reads(f)
		if isTopic {
			for _, b := range append(slices.Clone(j.all), &Baseline{state: j.now}) {
				for _, e := range b.state.state.Entries() {
					reads = reads || e.Topic == topic && g.Reads(compat.Finding{Event: e.Type, Subject: string(e.Message.FullName())})
				}
			}
		}
		if reads {
			out = append(out, g.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// impact sums the findings up, those that are waived aside.
func (j *judgement) impact() Impact {
	events, groups := map[string]*EventImpact{}, map[string][]string{}
	for _, f := range j.report.Findings {
		name := f.Event
		if name == "" && strings.HasPrefix(f.Subject, "topic ") {
			name = f.Subject
		}
		if f.Promise == compat.Itself || len(f.Baselines) == 0 || name == "" {
			continue
		}
		e, ok := events[name]
		if !ok {
			e = &EventImpact{Event: name, Groups: []string{}}
			events[name] = e
		}
		if !slices.Contains(e.Rules, f.Rule) {
			e.Rules = append(e.Rules, f.Rule)
		}
		for _, g := range f.Groups {
			if !slices.Contains(e.Groups, g) {
				e.Groups = append(e.Groups, g)
			}
			if !slices.Contains(groups[g], name) {
				groups[g] = append(groups[g], name)
			}
		}
	}
	out := Impact{Events: []EventImpact{}, Groups: []GroupImpact{}}
	for _, name := range slices.Sorted(maps.Keys(events)) {
		slices.Sort(events[name].Rules)
		slices.Sort(events[name].Groups)
		out.Events = append(out.Events, *events[name])
	}
	for _, s := range j.now.services {
		for _, g := range s.Groups {
			if hit := groups[g.Name]; len(hit) > 0 {
				slices.Sort(hit)
				out.Groups = append(out.Groups, GroupImpact{g.Name, s.Name, s.Owner, g.Deploys, hit})
			}
		}
	}
	slices.SortFunc(out.Groups, func(a, b GroupImpact) int { return cmp.Compare(a.Group, b.Group) })
	return out
}

// eventsOf are the events of a state that a file has a part of: its own, and those that
// hold a message or an enum of it.
func eventsOf(l *loaded, file string) []compat.Entry {
	return slices.DeleteFunc(l.state.Entries(), func(e compat.Entry) bool {
		for m := range descriptor.Messages(e.Message) {
			if m.ParentFile().Path() == file {
				return false
			}
			for i := range m.Fields().Len() {
				if of := m.Fields().Get(i).Enum(); of != nil && of.ParentFile().Path() == file {
					return false
				}
			}
		}
		return true
	})
}
