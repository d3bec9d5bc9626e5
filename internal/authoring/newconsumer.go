package authoring

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/servicegen"
	"github.com/eventcontracts/eventcontracts/internal/servicesedit"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"golang.org/x/mod/module"
)

// NewConsumer is what is asked for of a new service that handles events. Name and
// Events are required, and the rest is inferred where it is not given.
type NewConsumer struct {
	Name   string   // such as "notifier"
	Events []string // types, as Catalog.Find takes them
	Group  string   // the consumer group; that of services.yaml with the service's name
	Owner  string
	Dir    string // of the service, as the operating system names it; below Root
}

// serviceName is what a service may be called: its name becomes that of a directory, an
// image, a Kafka principal and objects of Kubernetes (RFC 1123).
var serviceName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// NewConsumer makes a service that handles events, and its entry in services.yaml.
// Nothing is written.
func (w *Workspace) NewConsumer(ctx context.Context, r NewConsumer) (*Change, error) {
	var ds decisions
	contracts, problems := w.handled(r.Events)
	problems = append(problems, w.checkConsumer(&r, &ds)...)
	owner, err := w.ownerOfService(r, contracts, &ds)
	if err := together(append(problems, err)); err != nil {
		return nil, err
	}
	b := w.build()
	c, err := b.consumer(r, contracts)
	if err != nil {
		return nil, err
	}
	files, err := c.Files()
	if err != nil {
		return nil, err
	}
	dir, _ := w.Catalog.Repo.Rel(r.Dir)
	for name, text := range files {
		b.create(path.Join(dir, name), text)
	}
	deploys := c.deploys()
	var types []string
	for _, k := range contracts {
		types = append(types, k.Type+" "+k.Version())
	}
	ds.add("group", r.Group, "")
	ds.add("handles", strings.Join(types, ", "), "")
	ds.add("reads majors", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(deploys)), ", "), "[]"), "")
	if err := b.enterConsumer(r, contracts, owner, deploys); err != nil {
		return nil, err
	}
	after, err := b.check(ctx)
	if err != nil {
		return nil, err
	}
	b.plan()
	return &Change{Service: r.Name, After: after, Facts: ds, Notes: c.notes, build: b, Next: []string{
		"go test ./" + c.Dir + " # each event, on an embedded broker",
		"eventctl topics apply # the topics of its group; eventctl broker has them",
		"go run ./" + c.Dir,
	}}, nil
}

// handled are the contracts that names mean, each in its highest major unless the name
// is that of a message.
func (w *Workspace) handled(names []string) (out []*event.Contract, problems []error) {
	if len(names) == 0 {
		return nil, []error{mistake("--events is missing: give the types of the events that the service handles, such as --events TodoCreated,TodoDeleted")}
	}
	for _, name := range names {
		found := w.Catalog.Find(name)
		if len(found) == 0 {
			var known []string
			for _, k := range w.Catalog.Contracts() {
				known = append(known, k.Type)
			}
			problems = append(problems, mistake("--events: no contract declares type %q: %s", name, nearOr(name, known, "eventctl list shows all")))
			continue
		}
		k := found[len(found)-1]
		if first := found[0].Topic.Name; first != k.Topic.Name {
			problems = append(problems, mistake("--events: type %q is on topics %s and %s: write %s/%s or %s/%s", name, first, k.Topic.Name, first, k.Type, k.Topic.Name, k.Type))
			continue
		}
		if slices.ContainsFunc(out, func(other *event.Contract) bool { return other.Type == k.Type && other.Topic == k.Topic }) {
			problems = append(problems, mistake("--events names %s twice: a service handles one major of an event, and reads the others through it", k.Type))
			continue
		}
		out = append(out, k)
	}
	return out, problems
}

// checkConsumer is everything that is wrong with the names, and fills in those that
// were not given.
func (w *Workspace) checkConsumer(r *NewConsumer, ds *decisions) (problems []error) {
	switch {
	case r.Name == "":
		problems = append(problems, mistake("the service has no name: give one such as notifier"))
	case !serviceName.MatchString(r.Name):
		problems = append(problems, mistake("%.64q is not a name for a service: use up to 63 of a to z, 0 to 9 and '-', a letter first and no '-' last", r.Name))
	case slices.Contains(restricted, r.Name):
		problems = append(problems, mistake("a service called %q would be in a directory that the go command leaves out or hides: choose another name", r.Name))
	}
	for _, s := range w.Catalog.Services {
		for _, g := range s.Groups {
			switch {
			case r.Group == "" && g.Name == r.Name && s.Name != r.Name:
				problems = append(problems, mistake("the group %q, which the service would have, belongs to %s already: name another by --group", g.Name, s.Name))
			case r.Group == g.Name && s.Name != r.Name:
				problems = append(problems, mistake("--group: the group %q belongs to %s already: choose another", g.Name, s.Name))
			case s.Name == r.Name && (r.Group == g.Name || r.Group == "" && g.Name == r.Name):
				problems = append(problems, fmt.Errorf("the service %s has a group %q in services.yaml already: name another by --group", s.Name, g.Name))
			}
		}
	}
	switch {
	case r.Group == "":
		r.Group = r.Name
	case !topicname.HasOnlyAllowed(r.Group):
		problems = append(problems, mistake("--group %.64q is not a name for a consumer group: use letters, digits, '.', '_' and '-'", r.Group))
	case len(r.Group) > topicname.MaxGroup:
		problems = append(problems, mistake("--group %.32q… has %d characters: its topics would have names that Kafka does not take", r.Group, len(r.Group)))
	}
	return append(problems, w.checkDir(r, ds))
}

// checkDir is what is wrong with the directory of the service. By default it is where
// Go programs usually are.
func (w *Workspace) checkDir(r *NewConsumer, ds *decisions) error {
	if w.Catalog.Repo == nil {
		return fmt.Errorf("an image of contracts holds no services: give the directory of its .proto files by --contracts")
	}
	if r.Dir == "" && serviceName.MatchString(r.Name) {
		r.Dir = w.Catalog.Repo.Abs(path.Join("cmd", r.Name))
	}
	if r.Dir == "" {
		return nil // the name's own problem
	}
	dir, ok := w.Catalog.Repo.Rel(r.Dir)
	if !ok {
		return mistake("--dir: %s is not below %s, where services.yaml is: both are written together, or not at all", r.Dir, w.Catalog.Root)
	}
	if module.CheckImportPath(dir) != nil {
		return mistake("--dir: a Go package cannot be in %q: use letters, digits, '-', '_' and '.'", dir)
	}
	if slices.ContainsFunc(strings.Split(dir, "/"), leftOut) {
		return mistake("--dir: the go command leaves out the directory %q: choose another", dir)
	}
	if entries, err := os.ReadDir(r.Dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("the directory %s exists already, and is not empty: choose another by --dir", dir)
	}
	ds.add("directory", dir, "")
	return nil
}

// leftOut reports whether the go command leaves out a directory of that name.
func leftOut(name string) bool {
	return name == "testdata" || name == "vendor" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")
}

// ownerOfService is the team that answers for the service: that of the entry which it
// has already, or of the events that it handles.
func (w *Workspace) ownerOfService(r NewConsumer, contracts []*event.Contract, ds *decisions) (string, error) {
	for _, s := range w.Catalog.Services {
		if s.Name != r.Name {
			continue
		}
		if r.Owner != "" && r.Owner != s.Owner {
			return "", mistake("--owner: services.yaml says that %s belongs to %s: leave the flag out, or change it there", s.Name, s.Owner)
		}
		ds.add("owner", s.Owner, "as services.yaml says")
		return s.Owner, nil
	}
	if r.Owner != "" {
		ds.add("owner", r.Owner, "")
		return r.Owner, checkText("--owner", r.Owner, 100)
	}
	if owner := only(contracts); owner != "" {
		ds.add("owner", owner, "that of the events")
		return owner, nil
	}
	if owner := only(w.Catalog.Contracts()); owner != "" {
		ds.add("owner", owner, "that of all events")
		return owner, nil
	}
	if len(contracts) == 0 {
		return "", nil // that is the problem
	}
	return "", mistake("the events are of several teams: say by --owner whose the service is")
}

// enterConsumer enters the service in services.yaml.
func (b *build) enterConsumer(r NewConsumer, contracts []*event.Contract, owner string, deploys []int) error {
	group := servicesedit.Group{Name: r.Group, Deploys: deploys}
	for _, k := range contracts {
		name := k.Type
		for _, other := range b.workspace.Catalog.Find(k.Type) {
			if other.Topic != k.Topic {
				name = k.Topic.Name + "/" + k.Type // several topics carry it
			}
		}
		group.Handles = append(group.Handles, name)
	}
	return b.editServices(func(f *servicesedit.File) error {
		for _, s := range b.workspace.Catalog.Services {
			if s.Name == r.Name {
				return f.AddGroup(r.Name, group)
			}
		}
		return f.AddService(servicesedit.Service{Name: r.Name, Owner: owner, Principal: "User:" + r.Name, Groups: []servicesedit.Group{group}})
	})
}

// consumer is the service as package servicegen takes it, and what to tell about it.
type consumer struct {
	servicegen.Consumer

	majors []int
	notes  []string
}

func (c consumer) deploys() []int {
	slices.Sort(c.majors)
	return slices.Compact(c.majors)
}

// relative is where a directory of the contracts is below the Go module.
func relative(moduleDir, dir string) (string, error) {
	rel, err := filepath.Rel(moduleDir, dir)
	return filepath.ToSlash(rel), err
}
