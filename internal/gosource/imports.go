package gosource

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Imports are those of one Go file. Two packages of one name get different ones, and
// none gets a name that the file uses for something else. The zero value is empty.
type Imports struct {
	// Reserved are names that no package may get: those that the file declares.
	Reserved []string

	// Module is the module whose own packages stand in a group of their own.
	Module string

	names map[string]string // by path; "" for a package that is only linked
}

// Add imports a package and returns the name by which the file knows it. name is the
// package's own; it may be empty where that is the path's last element.
func (i *Imports) Add(importPath, name string) string {
	if has := i.names[importPath]; has != "" {
		return has
	}
	if name == "" {
		name = path.Base(importPath)
	}
	taken := func(name string) bool {
		return slices.Contains(i.Reserved, name) || slices.Contains(slices.Collect(maps.Values(i.names)), name)
	}
	free := name
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s%d", name, n)
	}
	i.set(importPath, free)
	return free
}

// Link imports a package for its side effects, unless it is imported already.
func (i *Imports) Link(importPath string) {
	if _, ok := i.names[importPath]; !ok {
		i.set(importPath, "")
	}
}

// Names are the names of what is imported, by path; "" for what is only linked.
func (i *Imports) Names() map[string]string { return maps.Clone(i.names) }

func (i *Imports) set(importPath, name string) {
	if i.names == nil {
		i.names = map[string]string{}
	}
	i.names[importPath] = name
}

// String is the import declaration: the standard library, other modules, the module
// itself, each ordered by path. A name stands before the path where it is not the
// path's last element.
func (i *Imports) String() string {
	var groups [3][]string
	for _, p := range slices.Sorted(maps.Keys(i.names)) {
		line := fmt.Sprintf("%q", p)
		switch name := i.names[p]; name {
		case "":
			line = "_ " + line
		case path.Base(p):
		default:
			line = name + " " + line
		}
		first, _, _ := strings.Cut(p, "/")
		group := 1
		switch {
		case i.Module != "" && (p == i.Module || strings.HasPrefix(p, i.Module+"/")):
			group = 2
		case !strings.Contains(first, "."):
			group = 0
		}
		groups[group] = append(groups[group], "\t"+line+"\n")
	}
	var out []string
	for _, g := range groups {
		if len(g) > 0 {
			out = append(out, strings.Join(g, ""))
		}
	}
	return "import (\n" + strings.Join(out, "\n") + ")\n"
}
