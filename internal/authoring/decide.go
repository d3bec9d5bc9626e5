package authoring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Fact is one thing that was decided about an event.
type Fact struct {
	Name  string `json:"name"`  // such as "key"
	Value string `json:"value"` // such as "todo_id"
	Why   string `json:"why"`   // what it was inferred from; empty if it was asked for
}

// decisions are all that was decided, in the order in which it is told.
type decisions []Fact

func (ds *decisions) add(name, value, why string) { *ds = append(*ds, Fact{name, value, why}) }

// decideDomain finds the domain of a new event, and the word for what its events are
// about.
func (l *landscape) decideDomain(r NewEvent, w *Workspace, ds *decisions) (d *domain, entity string, err error) {
	if r.Domain != "" {
		d, entity = l.named(r.Domain), r.Domain
		if d == nil {
			d = l.fresh(r.Domain, w.Catalog)
		}
		if match, begin := l.matching(r.Type); match != nil && match == d {
			entity = begin
		}
		ds.add("domain", r.Domain, "")
		return d, entity, l.checkDomain(r.Domain, d.prefix)
	}
	if d, entity = l.matching(r.Type); d != nil {
		why := fmt.Sprintf("the domain that %s begins with", r.Type)
		if d.name != entity {
			why = "the plural of what " + r.Type + " begins with"
		}
		ds.add("domain", d.name, why)
		return d, entity, nil
	}
	entity = words(r.Type)[0]
	d = l.fresh(entity, w.Catalog)
	ds.add("domain", entity, "new: the first word of "+r.Type)
	return d, entity, l.checkDomain(entity, d.prefix)
}

// topicPlace is the topic of a new event: the file that declares it, or is to.
type topicPlace struct {
	name string
	file string // import path; empty if it has to be declared
}

// decideTopic finds the topic of a new event: that of its domain's other events, else
// the plural of the domain.
func (l *landscape) decideTopic(r NewEvent, w *Workspace, d *domain, ds *decisions) (topicPlace, error) {
	declared := map[string]string{}
	for _, t := range w.Catalog.Topics() {
		declared[t.Name] = t.File
	}
	if r.Topic != "" {
		if declared[r.Topic] == "" {
			ds.add("topic", r.Topic, "new: "+newTopic)
		} else {
			ds.add("topic", r.Topic, "")
		}
		return topicPlace{r.Topic, declared[r.Topic]}, nil
	}
	var used []string
	for _, k := range d.contracts {
		used = append(used, k.Topic.Name)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	if usual := plural(d.name); len(used) > 1 && slices.Contains(used, usual) {
		ds.add("topic", usual, fmt.Sprintf("the plural of the domain, of its %d topics", len(used)))
		return topicPlace{usual, declared[usual]}, nil
	}
	switch len(used) {
	case 0:
		name := plural(d.name)
		if declared[name] != "" {
			ds.add("topic", name, "the plural of the domain")
			return topicPlace{name, declared[name]}, nil
		}
		if own := l.topicsOf(d); len(own) == 1 {
			ds.add("topic", own[0], "the domain's only topic")
			return topicPlace{own[0], declared[own[0]]}, nil
		}
		ds.add("topic", name, "new: "+newTopic)
		return topicPlace{name, ""}, nil
	case 1:
		ds.add("topic", used[0], "that of the domain's events")
		return topicPlace{used[0], declared[used[0]]}, nil
	default:
		return topicPlace{}, mistake("the events of the domain %s are on the topics %s: choose one by --topic", d.name, strings.Join(used, ", "))
	}
}

// decideKey finds the field that orders a new event: <domain>_id, else id, else the
// only UUID. It must always be there.
func decideKey(r NewEvent, d *domain, entity string, s *spec.Spec, ds *decisions) (string, error) {
	if r.Unkeyed {
		if r.Key != "" {
			return "", mistake("--key and --unkeyed contradict each other: give one")
		}
		ds.add("key", "none", "")
		return "", nil
	}
	if r.Key != "" {
		first, _, _ := strings.Cut(r.Key, ".")
		if s.Field(first) == nil {
			return "", mistake("--key %q is not a field of the event: give one of %s", r.Key, strings.Join(fieldNames(s), ", "))
		}
		ds.add("key", r.Key, "")
		return r.Key, nil
	}
	for _, name := range slices.Compact([]string{entity + "_id", d.name + "_id", "id"}) {
		f := s.Field(name)
		if f == nil {
			continue
		}
		if !canBeKey(f.Type) {
			return "", mistake("the field %s would be the key, and is %s, which may be absent or empty: make it required, or choose another by --key", name, f.Type)
		}
		ds.add("key", name, "the id of the event's subject")
		return name, nil
	}
	var candidates []string
	for _, f := range s.Fields {
		if f.Type.Base == spec.UUID && !f.Type.Optional {
			candidates = append(candidates, f.Name)
		}
	}
	if len(candidates) == 1 {
		ds.add("key", candidates[0], "the only UUID")
		return candidates[0], nil
	}
	if len(candidates) == 0 {
		for _, f := range s.Fields {
			if canBeKey(f.Type) {
				candidates = append(candidates, f.Name)
			}
		}
	}
	if len(candidates) == 0 {
		return "", mistake("no field can be the key, by which Kafka keeps events in order: add one that is always there, such as %s_id (UUID), or say --unkeyed", entity)
	}
	if r.Ask == nil && len(candidates) == 1 {
		return "", mistake("no field is an id, so that nothing says which is the key, by which Kafka keeps events in order: say --key %s or --unkeyed", candidates[0])
	}
	if r.Ask == nil {
		return "", mistake("several fields may be the key, by which Kafka keeps events in order: choose one of %s by --key", strings.Join(candidates, ", "))
	}
	answer, err := r.Ask(Question{What: "key", Text: "Which field is the key, by which Kafka keeps events in order?", Choices: candidates})
	if err != nil {
		return "", err
	}
	ds.add("key", answer, "")
	return answer, nil
}

// canBeKey reports whether the rules of a type make sure of a text that is not empty.
func canBeKey(t spec.Type) bool {
	switch t.Base {
	case spec.List, spec.Set, spec.Dict, spec.Any, spec.Message, spec.Datetime, spec.Duration, spec.Bytes, spec.Float, spec.Bool:
		return false
	case spec.Str:
		return !t.Optional && (!t.Min.Set() || t.Min.Number != "0")
	}
	return !t.Optional
}

func fieldNames(s *spec.Spec) []string {
	var out []string
	for _, f := range s.Fields {
		out = append(out, f.Name)
	}
	return out
}

// decideOwner finds the team that answers for a new event: that of the domain's other
// events, of its publisher, or of all contracts. A person is asked for one that nothing
// says; without one it is made of the domain, since an event without an owner is refused.
func (l *landscape) decideOwner(r NewEvent, w *Workspace, d *domain, ds *decisions) (string, error) {
	if r.Owner != "" {
		ds.add("owner", r.Owner, "")
		return r.Owner, checkText("--owner", r.Owner, 100)
	}
	if owner := only(d.contracts); owner != "" {
		ds.add("owner", owner, "that of the domain's events")
		return owner, nil
	}
	if r.Publisher != "" {
		for _, s := range w.Catalog.Services {
			if s.Name == r.Publisher && s.Owner != "" {
				ds.add("owner", s.Owner, "that of its publisher "+s.Name)
				return s.Owner, nil
			}
		}
	}
	if owner := only(w.Catalog.Contracts()); owner != "" {
		ds.add("owner", owner, "that of all events")
		return owner, nil
	}
	guess := "team-" + strings.ReplaceAll(d.name, "_", "-")
	if r.Ask != nil {
		answer, err := r.Ask(Question{What: "owner", Text: "Which team answers for the event?", Default: guess})
		if err != nil {
			return "", err
		}
		ds.add("owner", answer, "")
		return answer, checkText("the owner", answer, 100)
	}
	ds.add("owner", guess, "made of the domain: --owner names another")
	return guess, nil
}

// only is the owner that all contracts have; "" if there is none, or several.
func only(contracts []*event.Contract) string {
	owners := map[string]bool{}
	for _, k := range contracts {
		owners[k.Owner] = true
	}
	if len(owners) != 1 {
		return ""
	}
	return contracts[0].Owner
}

// topicsOf are the topics that the files of a domain declare.
func (l *landscape) topicsOf(d *domain) []string {
	var out []string
	for _, f := range l.files {
		if prefix, name, _, _ := split(f.Package()); prefix == d.prefix && name == d.name {
			out = append(out, topicNames(f)...)
		}
	}
	return out
}
