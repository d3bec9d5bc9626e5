package catalog

import (
	"bytes"
	"cmp"
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

// Service is one entry of services.yaml: an application, of which any number of processes
// may run.
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

// serviceYAML is one entry as it is written. Names are nodes, because only a yaml.Node
// keeps the line on which it stands.
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

// What the YAML library says, which has no fields for lines and keys.
var (
	yamlLine  = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	yamlField = regexp.MustCompile(`^field (\S+) not found in type (\S+)$`)
)

// ParseServices reads a services.yaml of an earlier time, as far as it can be read.
func ParseServices(text []byte) []Service {
	services, _ := parseServices("services.yaml", text)
	return services
}

// parseServices reads services.yaml: a list of services.
func parseServices(file string, text []byte) ([]Service, []Problem) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true) // a misspelled "groups:" would be a service without groups
	var raw []serviceYAML
	if err := dec.Decode(&raw); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlProblems(file, err)
	}
	// Decode reads one document: what follows a "---" would be ignored.
	var further yaml.Node
	if err := dec.Decode(&further); !errors.Is(err, io.EOF) {
		return nil, []Problem{{File: file, Line: further.Line, Problem: "the file holds more than one YAML document", Fix: "make them one list"}}
	}
	var nodes []yaml.Node // where what has no name stands
	if err := yaml.Unmarshal(text, &nodes); err != nil {
		return nil, yamlProblems(file, err)
	}
	services := make([]Service, len(raw))
	for i, s := range raw {
		services[i] = Service{
			Name: s.Service.Value, Line: cmp.Or(s.Service.Line, nodes[i].Line), Owner: s.Owner, Principal: s.Principal,
			Publishes: named(s.Publishes),
		}
		for _, g := range s.Groups {
			services[i].Groups = append(services[i].Groups, Group{
				Name: g.Name.Value, Line: cmp.Or(g.Name.Line, services[i].Line), Handles: named(g.Handles), Deploys: g.Deploys,
			})
		}
	}
	return services, nil
}

// named keeps the line of each name, for problems about it.
func named(nodes []yaml.Node) []Named {
	var out []Named
	for _, n := range nodes {
		out = append(out, Named{Name: n.Value, Line: n.Line})
	}
	return out
}

// yamlProblems takes the YAML library's error apart. It lists wrong types and keys all
// at once, each with its line; at wrong syntax it stops.
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
		// The library names the Go type that it could not fill.
		if strings.HasSuffix(p.Problem, "into []catalog.serviceYAML") {
			p.Problem, p.Fix = "the file is not a list of services", "begin each with - service: NAME"
		}
		out = append(out, p)
	}
	return out
}

// TopicsOf are the topics that a group reads, ordered by name: all that carry one of the
// types that it handles.
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
