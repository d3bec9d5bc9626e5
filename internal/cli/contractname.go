package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// wireTypes turns names as Find takes them into types as records hold them. A type that
// no contract declares is a mistake here, and not a filter that nothing passes. What a
// name finds has one type, whatever its topics and majors.
func wireTypes(c *catalog.Catalog, names []string) ([]string, error) {
	var out []string
	for _, n := range names {
		found := c.Find(n)
		if len(found) == 0 {
			return nil, unknownType(c, n)
		}
		out = append(out, found[0].Type)
	}
	return out, nil
}

// contract finds the one contract that a name and a major version mean; 0 is
// the highest major. The same type on two topics is two events: which one is meant,
// a command that publishes must not guess.
func contract(c *catalog.Catalog, name string, major int) (*event.Contract, error) {
	found := c.Find(name)
	if len(found) == 0 {
		return nil, unknownType(c, name)
	}
	for _, k := range found {
		if k.Topic.Name != found[0].Topic.Name {
			return nil, usagef("type %q is on topics %s and %s: write %s/%s or %s/%s", name,
				found[0].Topic.Name, k.Topic.Name, found[0].Topic.Name, k.Type, k.Topic.Name, k.Type)
		}
	}
	if major == 0 { // Find has them in ascending order
		return found[len(found)-1], nil
	}
	i := slices.IndexFunc(found, func(k *event.Contract) bool { return k.Major == major })
	if i < 0 {
		var have []string
		for _, k := range found {
			have = append(have, fmt.Sprint(k.Major))
		}
		return nil, usagef("type %q has no major %d: it has %s", name, major, strings.Join(have, ", "))
	}
	return found[i], nil
}

// unknownType names the types that are near to what was typed.
func unknownType(c *catalog.Catalog, name string) error {
	if near := c.NearTypes(name); len(near) > 0 {
		return usagef("no contract declares type %q: did you mean %s?", name, strings.Join(near, " or "))
	}
	return usagef("no contract declares type %q: eventctl list shows all", name)
}
