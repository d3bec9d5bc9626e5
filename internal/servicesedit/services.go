package servicesedit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/textedit"
)

// Service is an entry to add.
type Service struct {
	Name      string
	Owner     string
	Principal string // may be empty
	Publishes []string
	Groups    []Group
}

// Group is a consumer group to add.
type Group struct {
	Name    string
	Handles []string
	Deploys []int // major versions that its running releases read
}

// AddPublishes has a service publish a type of event.
func (f *File) AddPublishes(service, typ string) error {
	i, s, err := f.service(service)
	if err != nil {
		return err
	}
	add := func(all []any) []any {
		m := entry(all[i])
		list, _ := m["publishes"].([]any)
		m["publishes"] = append(list, typ)
		return all
	}
	list := value(s, "publishes")
	if list == nil {
		block := "publishes:\n" + item(text(typ), f.step(), 1)
		return f.edit(s, add, f.addKey(s, []string{"service", "owner", "principal"}, block, "publishes: "+texts([]string{typ}))...)
	}
	return f.addName(list, s, typ, add)
}

// AddHandles has a consumer group handle a type of event.
func (f *File) AddHandles(group, typ string) error {
	i, j, g := f.group(group)
	if g == nil {
		return f.missing("group", group, f.groupNames())
	}
	add := func(all []any) []any {
		m := groupAt(entry(all[i]), j)
		list, _ := m["handles"].([]any)
		m["handles"] = append(list, typ)
		return all
	}
	list := value(g, "handles")
	if list == nil {
		entry := "handles: " + texts([]string{typ})
		return f.edit(g, add, f.addKey(g, []string{"name"}, entry, entry)...)
	}
	return f.addName(list, g, typ, add)
}

// addName adds a name to a list if it does not have it.
func (f *File) addName(list, owner *yaml.Node, name string, add func([]any) []any) error {
	for _, n := range list.Content {
		if n.Value == name {
			return nil
		}
	}
	switch {
	case list.Kind == yaml.SequenceNode:
		return f.edit(list, add, f.addItem(list, text(name), text(name))...)
	case list.Kind == yaml.ScalarNode && list.Tag == "!!null" && list.Value == "":
		at := f.start(list) // behind the colon
		if at < 0 {
			return f.edit(list, add, unknown)
		}
		return f.edit(list, add, f.below(at, item(text(name), owner.Column-1+f.step(), 1)))
	}
	return f.problem(list, "make it a list", "it is not a list of types")
}

// AddGroup gives a service a consumer group. One that it has gets the types that it
// does not handle yet; a group of another service is refused.
func (f *File) AddGroup(service string, group Group) error {
	i, s, err := f.service(service)
	if err != nil {
		return err
	}
	if of, _, g := f.group(group.Name); g != nil {
		if of != i {
			return f.problem(g, "choose another name", "group %q belongs to %s already", group.Name, value(f.services.Content[of], "service").Value)
		}
		before := *f
		for _, typ := range group.Handles {
			if err := f.AddHandles(group.Name, typ); err != nil {
				*f = before
				return err
			}
		}
		return nil
	}
	add := func(all []any) []any {
		m := entry(all[i])
		list, _ := m["groups"].([]any)
		m["groups"] = append(list, group.decoded())
		return all
	}
	groups := value(s, "groups")
	switch {
	case groups == nil:
		return f.edit(s, add, f.addKey(s, nil, "groups:\n"+item(group.block(), f.step(), 1), "groups: ["+group.flow()+"]")...)
	case groups.Kind == yaml.SequenceNode:
		return f.edit(groups, add, f.addItem(groups, group.block(), group.flow())...)
	}
	return f.problem(groups, "make it a list", "groups is not a list")
}

// AddService adds a service at the end of the list. One that is there is no change,
// whatever it publishes.
func (f *File) AddService(s Service) error {
	if _, _, err := f.service(s.Name); err == nil {
		return nil
	}
	add := func(all []any) []any { return append(all, s.decoded()) }
	block := s.block(f.step())
	switch {
	case f.services == nil:
		end := len(f.src)
		eol := textedit.LineEnd(f.src, end)
		lead, tail := "", eol
		if end > 0 && f.src[end-1] != '\n' && !bytes.Equal(f.src, []byte(bom)) {
			lead, tail = eol, ""
		}
		return f.edit(&yaml.Node{Line: 1, Column: 1}, add, textedit.Insert(end, lead+textedit.Lines(item(block, 0, 1), "", eol)+tail))
	case f.services.Style&yaml.FlowStyle == 0 && len(f.services.Content) > 0:
		edits := f.addItem(f.services, block, "")
		if f.spaced() {
			edits[0].Text = textedit.LineEnd(f.src, max(edits[0].Start, 0)) + edits[0].Text
		}
		return f.edit(f.services, add, edits...)
	}
	return f.edit(f.services, add, f.addItem(f.services, "", s.flow())...)
}

// spaced says whether blank lines stand between services, as they do by default.
func (f *File) spaced() bool {
	n := len(f.services.Content)
	if n < 2 {
		return true
	}
	from, to := f.end(f.services.Content[n-2]), f.start(f.services.Content[n-1])
	return from < 0 || from > to || bytes.Contains(bytes.ReplaceAll(f.src[from:to], []byte("\r"), nil), []byte("\n\n"))
}

func (f *File) service(name string) (int, *yaml.Node, error) {
	var names []string
	if f.services != nil {
		for i, s := range f.services.Content {
			if v := value(s, "service"); v != nil {
				if v.Value == name {
					return i, s, nil
				}
				names = append(names, v.Value)
			}
		}
	}
	return 0, nil, f.missing("service", name, names)
}

// group finds a group in any service.
func (f *File) group(name string) (service, group int, node *yaml.Node) {
	if f.services == nil {
		return 0, 0, nil
	}
	for i, s := range f.services.Content {
		groups := value(s, "groups")
		if groups == nil {
			continue
		}
		for j, g := range groups.Content {
			if v := value(g, "name"); v != nil && v.Value == name && value(s, "service") != nil {
				return i, j, g
			}
		}
	}
	return 0, 0, nil
}

func (f *File) groupNames() []string {
	var names []string
	if f.services == nil {
		return nil
	}
	for _, s := range f.services.Content {
		if groups := value(s, "groups"); groups != nil {
			for _, g := range groups.Content {
				if v := value(g, "name"); v != nil {
					names = append(names, v.Value)
				}
			}
		}
	}
	return names
}

func (f *File) missing(what, name string, known []string) error {
	fix := "add it first"
	if len(known) > 0 {
		fix = "give one of " + strings.Join(slices.Sorted(slices.Values(known)), ", ") + ", or add it first"
	}
	return &textedit.Problem{File: f.name, Line: 1, Col: 1, Problem: fmt.Sprintf("%s %q is not in this file", what, name), Fix: fix}
}
