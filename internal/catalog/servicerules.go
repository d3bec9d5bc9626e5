package catalog

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// checkServices checks services.yaml against the contracts. Events whose contracts
// are wrong are not known to the registry: what names them is left alone, since
// their own problem is reported. A key that is missing is not an error for the YAML
// decoder, so that it is reported here.
func (c *Catalog) checkServices(file string) []Problem {
	var out []Problem
	groups := map[string]string{}
	seen := map[string]bool{}
	declared := c.declaredEvents()
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
		// Kafka writes a principal as TYPE:NAME, in ACLs too (KafkaPrincipal). A service
		// need not have one: clusters without authentication have none.
		if kind, name, ok := strings.Cut(s.Principal, ":"); s.Principal != "" && (!ok || kind == "" || name == "") {
			report(s.Line, fmt.Sprintf("principal %q is not a Kafka principal", s.Principal), "write it as User:NAME")
		}
		for i, n := range s.Publishes {
			if problem, fix := c.checkType(n.Name, declared); problem != "" {
				report(n.Line, "publishes "+problem, fix)
			} else if listed(s.Publishes[:i], n.Name) {
				report(n.Line, fmt.Sprintf("publishes %s twice", n.Name), "list it once")
			}
		}
		// Kafka shares partitions among all members of a group: each of two services with
		// one group id would get a part of the events.
		for _, g := range s.Groups {
			if owner, taken := groups[g.Name]; taken && g.Name != "" {
				report(g.Line, fmt.Sprintf("group %q belongs to %s already", g.Name, owner), "a consumer group has one entry: name all that it handles there")
			}
			groups[g.Name] = s.Name
			c.checkGroup(g, declared, report)
		}
	}
	return out
}

// checkGroup checks one group. Its deploys say which majors its running releases read,
// and so what a change of a contract would break: a type none of whose majors
// is read is a mistake, and so is a major that no type has.
func (c *Catalog) checkGroup(g Group, declared map[string]bool, report func(line int, problem, fix string)) {
	switch {
	case !topicname.HasOnlyAllowed(g.Name):
		report(g.Line, fmt.Sprintf("group name %q is not valid", g.Name), "use letters, digits, '.', '_' and '-', which topic names allow")
	case len(g.Name) > topicname.MaxGroup:
		report(g.Line, fmt.Sprintf("group name %.32q… has %d characters: the names of its redrive topics would have more than the %d that Kafka takes", g.Name, len(g.Name), topicname.Max), "shorten it")
	}
	if len(g.Handles) == 0 {
		report(g.Line, fmt.Sprintf("group %q handles nothing", g.Name), "list the types that it handles, or remove it")
	}
	if len(g.Deploys) == 0 {
		report(g.Line, fmt.Sprintf("group %q deploys no major version", g.Name), "list the majors that its running releases read, such as deploys: [1]")
	}
	known, unsound := map[int]bool{}, false
	var unread []Named // of no major that is deployed
	for i, n := range g.Handles {
		problem, fix := c.checkType(n.Name, declared)
		if problem != "" {
			report(n.Line, fmt.Sprintf("group %q handles %s", g.Name, problem), fix)
			continue
		}
		if listed(g.Handles[:i], n.Name) {
			report(n.Line, fmt.Sprintf("group %q handles %s twice", g.Name, n.Name), "list it once")
			continue
		}
		if declared[bare(n.Name)] {
			unsound = true // not all its majors are known: its own problem is reported
			continue
		}
		readable := false
		for _, k := range c.Find(n.Name) {
			known[k.Major] = true
			readable = readable || slices.Contains(g.Deploys, k.Major)
		}
		if !readable && len(g.Deploys) > 0 {
			unread = append(unread, n)
		}
	}
	// If no name is known, each of them has its problem already.
	wrong := false
	for _, major := range g.Deploys {
		if len(known) > 0 && !known[major] && !unsound {
			wrong = true
			report(g.Line, fmt.Sprintf("group %q deploys major %d, which no type that it handles has", g.Name, major), "remove it from deploys, or correct it")
		}
	}
	if wrong { // the number that was meant may be the one that is missed
		return
	}
	for _, n := range unread {
		report(n.Line, fmt.Sprintf("group %q handles %s, but no major of it is in deploys %v", g.Name, n.Name, g.Deploys), "add the major that it reads to deploys")
	}
}

// checkType says what is wrong with a type's name, or nothing. The problem is the end of
// a sentence that begins with who names it ("publishes …"). An event that is declared
// and unsound is reported for itself.
func (c *Catalog) checkType(name string, declared map[string]bool) (problem, fix string) {
	found := c.Find(name)
	if len(found) == 0 && declared[bare(name)] {
		return "", ""
	}
	if len(found) == 0 {
		fix = "correct the name (eventctl list shows all) or remove it"
		if near := c.NearTypes(name); len(near) > 0 {
			fix = fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
		}
		return fmt.Sprintf("%q, which no contract declares", name), fix
	}
	for _, k := range found {
		if k.Topic.Name != found[0].Topic.Name {
			return fmt.Sprintf("%q, which topics %s and %s both carry", name, found[0].Topic.Name, k.Topic.Name),
				fmt.Sprintf("write %s/%s or %s/%s", found[0].Topic.Name, k.Type, k.Topic.Name, k.Type)
		}
	}
	return "", ""
}

// bare is a type's name without its topic.
func bare(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// declaredEvents are the names, wire types and full names, of all messages that
// are marked as events but did not make it into the registry. Such a name is
// not unknown: its contract has a problem, which is reported once.
func (c *Catalog) declaredEvents() map[string]bool {
	sound, out := map[protoreflect.FullName]bool{}, map[string]bool{}
	for _, k := range c.Registry.Contracts() {
		sound[k.Descriptor.FullName()] = true
	}
	c.Files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for _, m := range descriptor.Events(f.Messages()) {
			if sound[m.FullName()] {
				continue
			}
			for _, name := range []string{string(m.Name()), string(m.FullName()), descriptor.Event(m).GetType()} {
				out[name] = true
			}
		}
		return true
	})
	return out
}

// listed reports whether a name is in a list, as it is written.
func listed(names []Named, name string) bool {
	return slices.ContainsFunc(names, func(n Named) bool { return n.Name == name })
}
