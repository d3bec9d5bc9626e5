package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Service is one entry of services.yaml.
type Service struct {
	Name      string
	Owner     string
	Principal string // the Kafka principal, such as "User:todo-api"
	Publishes []Named
	Groups    []Group
	Line      int
}

// Group is a consumer group of a service.
type Group struct {
	Name    string
	Handles []Named
	Deploys []int // major versions that its running releases can read
	Line    int
}

// Named is a name with the line that it stands on.
type Named struct {
	Name string
	Line int
}

// serviceYAML is one entry as it is written.
type serviceYAML struct {
	Service   yaml.Node   `yaml:"service"`
	Owner     string      `yaml:"owner"`
	Principal string      `yaml:"principal"`
	Publishes []yaml.Node `yaml:"publishes"`
	Groups    []groupYAML `yaml:"groups"`
}

type groupYAML struct {
	Name    yaml.Node   `yaml:"name"`
	Handles []yaml.Node `yaml:"handles"`
	Deploys []int       `yaml:"deploys"`
}

var (
	yamlLine  = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	yamlField = regexp.MustCompile(`^field (\S+) not found in type (\S+)$`)
)

// parseServices reads services.yaml: a list of services.
func parseServices(file string, text []byte) ([]Service, []Problem) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var raw []serviceYAML
	if err := dec.Decode(&raw); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlProblems(file, err)
	}
	services := make([]Service, len(raw))
	for i, s := range raw {
		services[i] = Service{
			Name: s.Service.Value, Line: s.Service.Line, Owner: s.Owner, Principal: s.Principal,
			Publishes: named(s.Publishes),
		}
		for _, g := range s.Groups {
			services[i].Groups = append(services[i].Groups, Group{
				Name: g.Name.Value, Line: g.Name.Line, Handles: named(g.Handles), Deploys: g.Deploys,
			})
		}
	}
	return services, nil
}

func named(nodes []yaml.Node) []Named {
	var out []Named
	for _, n := range nodes {
		out = append(out, Named{Name: n.Value, Line: n.Line})
	}
	return out
}

func yamlProblems(file string, err error) []Problem {
	texts := []string{err.Error()}
	var te *yaml.TypeError
	if errors.As(err, &te) {
		texts = te.Errors
	}
	var out []Problem
	for _, text := range texts {
		p := Problem{File: file, Problem: text}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Problem = m[2]
		}
		if m := yamlField.FindStringSubmatch(p.Problem); m != nil {
			p.Problem = fmt.Sprintf("unknown key %q", m[1])
			p.Fix = "a service has service, owner, principal, publishes and groups; a group has name, handles and deploys"
		}
		if strings.HasSuffix(p.Problem, "into []catalog.serviceYAML") {
			p.Problem, p.Fix = "the file is not a list of services", "begin each with - service: NAME"
		}
		out = append(out, p)
	}
	return out
}

var groupName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// checkServices checks services.yaml against the contracts.
func (c *Catalog) checkServices(file string) []Problem {
	var out []Problem
	groups := map[string]string{}
	seen := map[string]bool{}
	for _, s := range c.Services {
		report := func(line int, problem, fix string) {
			out = append(out, Problem{File: file, Line: line, Event: s.Name, Problem: problem, Fix: fix})
		}
		switch {
		case s.Name == "":
			report(s.Line, "a service has no name", "give it service: NAME")
		case seen[s.Name]:
			report(s.Line, "the service is listed twice", "merge the two entries")
		}
		seen[s.Name] = true
		if s.Owner == "" {
			report(s.Line, "the service has no owner", "give it owner: TEAM")
		}
		if kind, name, ok := strings.Cut(s.Principal, ":"); s.Principal != "" && (!ok || kind == "" || name == "") {
			report(s.Line, fmt.Sprintf("principal %q is not a Kafka principal", s.Principal), "write it as User:NAME")
		}
		for _, n := range s.Publishes {
			if problem, fix := c.checkType(n.Name); problem != "" {
				report(n.Line, "publishes "+problem, fix)
			}
		}
		for _, g := range s.Groups {
			if owner, taken := groups[g.Name]; taken {
				report(g.Line, fmt.Sprintf("group %q belongs to %s already", g.Name, owner), "a consumer group has one entry: name all that it handles there")
			}
			groups[g.Name] = s.Name
			c.checkGroup(g, report)
		}
	}
	return out
}

func (c *Catalog) checkGroup(g Group, report func(line int, problem, fix string)) {
	if !groupName.MatchString(g.Name) {
		report(g.Line, fmt.Sprintf("group name %q is not valid", g.Name), "use letters, digits, '.', '_' and '-', which topic names allow")
		return
	}
	if len(g.Handles) == 0 {
		report(g.Line, fmt.Sprintf("group %q handles nothing", g.Name), "list the types that it handles, or remove it")
	}
	if len(g.Deploys) == 0 {
		report(g.Line, fmt.Sprintf("group %q deploys no major version", g.Name), "list the majors that its running releases read, such as deploys: [1]")
	}
	known := map[int]bool{}
	for _, n := range g.Handles {
		problem, fix := c.checkType(n.Name)
		if problem != "" {
			report(n.Line, fmt.Sprintf("group %q handles %s", g.Name, problem), fix)
			continue
		}
		readable := false
		for _, k := range c.Find(n.Name) {
			known[k.Major] = true
			readable = readable || slices.Contains(g.Deploys, k.Major)
		}
		if !readable && len(g.Deploys) > 0 {
			report(n.Line, fmt.Sprintf("group %q handles %s, of which no major is among deploys %v", g.Name, n.Name, g.Deploys), "add the major that it reads to deploys")
		}
	}
	for _, major := range g.Deploys {
		if len(known) > 0 && !known[major] {
			report(g.Line, fmt.Sprintf("group %q deploys major %d, which no type that it handles has", g.Name, major), "remove it from deploys")
		}
	}
}

// checkType says what is wrong with a type's name, or nothing.
func (c *Catalog) checkType(name string) (problem, fix string) {
	found := c.Find(name)
	if len(found) == 0 {
		return fmt.Sprintf("%q, which no contract declares", name), "correct the name (eventctl list shows all) or remove it"
	}
	for _, k := range found {
		if k.Topic.Name != found[0].Topic.Name {
			return fmt.Sprintf("%q, which topics %s and %s both carry", name, found[0].Topic.Name, k.Topic.Name),
				fmt.Sprintf("write %s/%s or %s/%s", found[0].Topic.Name, k.Type, k.Topic.Name, k.Type)
		}
	}
	return "", ""
}

// TopicsOf are the topics that a group reads, ordered by name.
func (c *Catalog) TopicsOf(g Group) []*event.Topic {
	var out []*event.Topic
	for _, t := range c.Topics() {
		if slices.ContainsFunc(g.Handles, func(n Named) bool {
			return slices.ContainsFunc(c.Find(n.Name), func(k *event.Contract) bool { return k.Topic.Name == t.Name })
		}) {
			out = append(out, t)
		}
	}
	return out
}

// Group finds a consumer group by name.
func (c *Catalog) Group(name string) (Service, Group, bool) {
	for _, s := range c.Services {
		for _, g := range s.Groups {
			if g.Name == name {
				return s, g, true
			}
		}
	}
	return Service{}, Group{}, false
}
