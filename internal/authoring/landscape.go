package authoring

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// landscape is how contracts are divided: a package is prefix.domain.vN, such as
// events.todo.v1.
type landscape struct {
	domains []*domain // by name
	roots   map[string]bool
	files   []protoreflect.FileDescriptor // those of the modules that have packages of a domain, by path
}

// domain is a part of the business with its events, such as todo.
type domain struct {
	name, prefix string
	module       string         // the import root, below the root of the contracts
	dirs         map[int]string // directory of a major below the module
	contracts    []*event.Contract
}

// pkg is the name of a major's package.
func (d *domain) pkg(major string) string {
	if d.prefix == "" {
		return d.name + "." + major
	}
	return d.prefix + "." + d.name + "." + major
}

// survey reads how contracts are divided. A package belongs to a domain if it has an
// event or a topic.
func survey(c *catalog.Catalog) *landscape {
	l := &landscape{roots: map[string]bool{}}
	found := map[string]*domain{}
	events := map[protoreflect.FullName][]*event.Contract{}
	for _, k := range c.Contracts() {
		pkg := k.Descriptor.ParentFile().Package()
		events[pkg] = append(events[pkg], k)
	}
	c.Files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		first, _, _ := strings.Cut(string(f.Package()), ".")
		l.roots[first] = true
		source := c.Source(f.Path())
		prefix, name, major, ok := split(f.Package())
		if source == "" || !ok || len(events[f.Package()]) == 0 && len(descriptor.Topics(f)) == 0 {
			return true
		}
		l.files = append(l.files, f)
		d := found[prefix+"."+name]
		if d == nil {
			d = &domain{name: name, prefix: prefix, module: moduleOf(source, f.Path()), dirs: map[int]string{}}
			found[prefix+"."+name] = d
		}
		if d.dirs[major] == "" || path.Dir(f.Path()) < d.dirs[major] {
			d.dirs[major] = path.Dir(f.Path())
		}
		return true
	})
	slices.SortFunc(l.files, func(a, b protoreflect.FileDescriptor) int { return cmp.Compare(a.Path(), b.Path()) })
	for _, key := range slices.Sorted(maps.Keys(found)) {
		d := found[key]
		for _, major := range slices.Sorted(maps.Keys(d.dirs)) {
			d.contracts = append(d.contracts, events[protoreflect.FullName(d.pkg(majorText(major)))]...)
		}
		l.domains = append(l.domains, d)
	}
	return l
}

// split takes a package's name apart.
func split(pkg protoreflect.FullName) (prefix, name string, major int, ok bool) {
	parts := strings.Split(string(pkg), ".")
	n := len(parts)
	if n < 2 || !majorName.MatchString(parts[n-1]) {
		return "", "", 0, false
	}
	return strings.Join(parts[:n-2], "."), parts[n-2], majorNumber(parts[n-1]), true
}

// moduleOf is the import root of a file: where it lies, without how it is imported.
func moduleOf(source, imported string) string {
	return cmp.Or(strings.TrimSuffix(strings.TrimSuffix(source, imported), "/"), ".")
}

// matching are the domains that a type begins with, the longest first. A domain may be
// the plural of what the type begins with, as in orders and OrderPlaced.
func (l *landscape) matching(typ string) (d *domain, entity string) {
	all := words(typ)
	for _, candidate := range l.domains {
		for n := len(all); n > 0; n-- {
			begin := strings.Join(all[:n], "_")
			if candidate.name != begin && candidate.name != plural(begin) {
				continue
			}
			if d == nil || len(begin) > len(entity) || len(begin) == len(entity) && candidate.name == begin {
				d, entity = candidate, begin
			}
			break
		}
	}
	return d, entity
}

// named is the domain of a name; nil if there is none.
func (l *landscape) named(name string) *domain {
	for _, d := range l.domains {
		if d.name == name {
			return d
		}
	}
	return nil
}

// defaultPrefix is that of a repository without events, as in the examples of the
// documentation.
const defaultPrefix = "events"

// fresh is a domain that does not exist yet, laid out as most others are.
func (l *landscape) fresh(name string, c *catalog.Catalog) *domain {
	type place struct{ prefix, module string }
	count := map[place]int{}
	best := place{defaultPrefix, emptyModule(c)}
	for _, d := range l.domains {
		p := place{d.prefix, d.module}
		if count[p]++; count[p] > count[best] {
			best = p
		}
	}
	return &domain{name: name, prefix: best.prefix, module: best.module, dirs: map[int]string{}}
}

// emptyModule is where the first contracts go: the first module that does not only hold
// what others have written.
func emptyModule(c *catalog.Catalog) string {
	for _, m := range c.Repo.Modules {
		foreign := func(f string) bool { return slices.Contains(contractrepo.Lent, f) }
		if len(m.Files) == 0 || slices.ContainsFunc(m.Files, func(f string) bool { return !foreign(f) }) {
			return m.Dir
		}
	}
	return c.Repo.Modules[0].Dir
}

// dir is the directory of a major's files below the module.
func (d *domain) dir(major int) string {
	if dir := d.dirs[major]; dir != "" {
		return dir
	}
	// As the other majors' directories are, where one is not named as the package.
	for _, known := range slices.Sorted(maps.Keys(d.dirs)) {
		if path.Base(d.dirs[known]) == majorText(known) {
			return path.Join(path.Dir(d.dirs[known]), majorText(major))
		}
	}
	return strings.ReplaceAll(d.pkg(majorText(major)), ".", "/")
}

// goPackage is the option go_package that a new file needs: none where buf.gen.yaml
// fills it in, and else one like those of the files that there are.
func (l *landscape) goPackage(dir string) (string, error) {
	named := ""
	for _, f := range l.files {
		option := f.Options().(*descriptorpb.FileOptions).GetGoPackage()
		if option == "" {
			continue
		}
		if path.Dir(f.Path()) == dir {
			return option, nil
		}
		importPath, _, _ := strings.Cut(option, ";")
		if base, ok := strings.CutSuffix(importPath, "/"+path.Dir(f.Path())); ok {
			return base + "/" + dir + ";" + goName(dir), nil
		}
		named = f.Path()
	}
	if named != "" {
		return "", fmt.Errorf("the go_package of %s is not made of its directory, so that none can be made for %s: write a file of that package by hand first", named, dir)
	}
	return "", nil
}

// goName is the name of the Go package of a directory, as buf's managed mode gives it:
// todov1 for events/todo/v1.
func goName(dir string) string {
	name := path.Base(dir)
	if majorName.MatchString(name) {
		name = path.Base(path.Dir(dir)) + name
	}
	return strings.ReplaceAll(name, "_", "")
}
