package catalog

import (
	"fmt"
	"slices"
	"strings"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Wanted are the topics that contracts and groups need: each declared topic
// followed by its groups' dead-letter and redrive topics, ordered by name of
// topic and group.
func (c *Catalog) Wanted() []topicplan.Topic {
	var out []topicplan.Topic
	for _, t := range c.Topics() {
		out = append(out, topicplan.ForSource(t))
		for _, g := range c.groupsOf(t.Name) {
			out = append(out, topicplan.ForGroup(t, g.Name)...)
		}
	}
	return out
}

// WantedBy are the topics that one group needs: those of its events, and its own beside
// them.
func (c *Catalog) WantedBy(g Group) []topicplan.Topic {
	var out []topicplan.Topic
	for _, t := range c.TopicsOf(g) {
		out = append(append(out, topicplan.ForSource(t)), topicplan.ForGroup(t, g.Name)...)
	}
	return out
}

// Unlisted is a group that services.yaml does not have, by its name and the types that it
// handles, with what would be wrong with it there.
func (c *Catalog) Unlisted(name string, handles []string) (Group, []Problem) {
	g := Group{Name: name}
	for _, n := range handles {
		g.Handles = append(g.Handles, Named{Name: n})
		for _, k := range c.Find(n) {
			g.Deploys = append(g.Deploys, k.Major)
		}
	}
	slices.Sort(g.Deploys)
	if g.Deploys = slices.Compact(g.Deploys); len(g.Deploys) == 0 {
		g.Deploys = []int{1} // of types that nobody knows, which is the problem
	}
	with := *c
	with.Services = append(slices.Clone(c.Services), Service{Name: "\x00", Owner: "\x00", Groups: []Group{g}})
	// What services.yaml has is sound: all problems are of the new group.
	return g, append(with.checkServices(""), with.checkTopics("")...)
}

// groupsOf are the groups that read a topic. A group with two entries is there
// twice; checkServices reports it.
func (c *Catalog) groupsOf(topic string) []Group {
	var out []Group
	for _, s := range c.Services {
		for _, g := range s.Groups {
			for _, t := range c.TopicsOf(g) {
				if t.Name == topic {
					out = append(out, g)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Group) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// checkTopics finds derived names that Kafka would refuse or take for others. Of
// a group and a topic it reports one: the names of both derived topics follow
// from theirs. What is wrong with the names of declared topics, package event
// has reported.
func (c *Catalog) checkTopics(servicesFile string) []Problem {
	var out []Problem
	taken := map[string]topicplan.Topic{}
	said := map[[2]origin]bool{}
	for _, w := range c.Wanted() {
		p := c.topicProblem(w, servicesFile)
		// The redrive topic's name is the longer one of the two. For a group whose name
		// fits no topic, checkGroup has said so.
		if w.Kind == topicplan.Redrive && len(w.Name) > topicname.Max && len(w.Group) <= topicname.MaxGroup {
			p.Problem = fmt.Sprintf("the name of the %s has %d characters, of which Kafka takes %d", title(w), len(w.Name), topicname.Max)
			p.Fix = "shorten the name of the topic or of the group"
			out = append(out, p)
		}
		key := topicname.CollisionKey(w.Name)
		other, ok := taken[key]
		if !ok {
			taken[key] = w
			continue
		}
		pair := [2]origin{{other.Source, other.Group}, {w.Source, w.Group}}
		if said[pair] || w.Kind == topicplan.Source && other.Kind == topicplan.Source ||
			pair[0] == pair[1] && w.Kind == other.Kind { // a group with two entries, which is a problem of its own
			continue
		}
		said[pair] = true
		if other.Name == w.Name {
			p.Problem = fmt.Sprintf("the %s and the %s have one name", title(w), title(other))
		} else {
			p.Problem = fmt.Sprintf("the %s and the %s, named %q, differ only in '.' and '_', which Kafka refuses", title(w), title(other), other.Name)
		}
		p.Fix = "rename the topic or the group"
		out = append(out, p)
	}
	return out
}

// origin is what a topic's name is made of; the group of a declared topic is
// empty.
type origin struct{ topic, group string }

// topicProblem is a problem of a topic, at what it is named by: the declared
// topic or the group.
func (c *Catalog) topicProblem(w topicplan.Topic, servicesFile string) Problem {
	if w.Kind == topicplan.Source {
		t, _ := c.Registry.Topic(w.Name)
		return Problem{File: t.File, Line: c.topicLine(t), Event: w.Name}
	}
	_, g, _ := c.Group(w.Group)
	return Problem{File: servicesFile, Line: g.Line, Event: w.Name}
}

// topicLine is where a topic is declared; 0 if the contracts carry no positions.
func (c *Catalog) topicLine(t *event.Topic) int {
	f, err := c.Files.FindFileByPath(t.File)
	if err != nil {
		return 0
	}
	return descriptor.TopicLine(f, slices.IndexFunc(descriptor.Topics(f), func(o *eventcontractsv1.TopicOptions) bool { return o.GetName() == t.Name }))
}

// title is what a person calls a topic: a derived one by what it is derived from, since
// its own name does not tell where the topic ends and the group begins.
func title(w topicplan.Topic) string {
	switch w.Kind {
	case topicplan.DeadLetter:
		return fmt.Sprintf("dead-letter topic of (%s, %s)", w.Source, w.Group)
	case topicplan.Redrive:
		return fmt.Sprintf("redrive topic of (%s, %s)", w.Source, w.Group)
	default:
		return fmt.Sprintf("declared topic %q", w.Name)
	}
}
