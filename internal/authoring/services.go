package authoring

import (
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/servicesedit"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// addServices enters a new event in services.yaml, if that was asked for. A service or
// a group that is not there is added, unless its name is nearly that of one that is.
func (b *build) addServices(r NewEvent, owner string, ds *decisions) error {
	if r.Publisher == "" && len(r.Groups) == 0 {
		return nil
	}
	return b.editServices(func(f *servicesedit.File) error {
		if r.Publisher != "" {
			if err := b.ensureService(f, "--publisher", r.Publisher, owner, ds); err != nil {
				return err
			}
			if err := f.AddPublishes(r.Publisher, r.Type); err != nil {
				return err
			}
			ds.add("publisher", r.Publisher, "")
		}
		for _, name := range r.Groups {
			if err := b.addGroup(f, name, r, owner, ds); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *build) addGroup(f *servicesedit.File, name string, r NewEvent, owner string, ds *decisions) error {
	service, group, ok := strings.Cut(name, "/")
	if !ok {
		if _, _, found := b.workspace.Catalog.Group(name); !found {
			return mistake("--group %q is not a group of services.yaml: %s", name, nearOr(name, groupNames(b.workspace.Catalog), "write SERVICE/"+name+" to add it"))
		}
		ds.add("group", name, "")
		return f.AddHandles(name, r.Type)
	}
	if !topicname.HasOnlyAllowed(group) {
		return mistake("--group %q: the group's name is not valid: use letters, digits, '.', '_' and '-'", name)
	}
	if of, _, found := b.workspace.Catalog.Group(group); found && of.Name != service {
		return mistake("--group %q: the group %s belongs to the service %s", name, group, of.Name)
	}
	if err := b.ensureService(f, "--group", service, owner, ds); err != nil {
		return err
	}
	ds.add("group", group, "")
	return f.AddGroup(service, servicesedit.Group{Name: group, Handles: []string{r.Type}, Deploys: []int{r.Major}})
}

// ensureService adds a service that is not there. Its principal is named as Kafka names
// the user that a certificate or a password belongs to.
func (b *build) ensureService(f *servicesedit.File, flag, name, owner string, ds *decisions) error {
	var names []string
	for _, s := range b.workspace.Catalog.Services {
		if s.Name == name {
			return nil
		}
		names = append(names, s.Name)
	}
	if !topicname.HasOnlyAllowed(name) {
		return mistake("%s %q is not a name of a service: use letters, digits, '.', '_' and '-'", flag, name)
	}
	if near := suggest.Near(name, names); len(near) > 0 {
		return mistake("%s %q is not a service of services.yaml: did you mean %s? Else add it there first", flag, name, strings.Join(near, " or "))
	}
	if told := (Fact{"service", name, "new: its owner is that of the event"}); !slices.Contains(*ds, told) {
		*ds = append(*ds, told)
	}
	return f.AddService(servicesedit.Service{Name: name, Owner: owner, Principal: "User:" + name})
}

func groupNames(c *catalog.Catalog) []string {
	var out []string
	for _, s := range c.Services {
		for _, g := range s.Groups {
			out = append(out, g.Name)
		}
	}
	return out
}

// nearOr suggests names that may have been meant, or says what to do.
func nearOr(name string, known []string, otherwise string) string {
	if near := suggest.Near(name, known); len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	return otherwise
}
