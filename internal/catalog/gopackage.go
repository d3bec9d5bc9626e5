package catalog

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// goPackages finds files that become no Go that builds, and so no service that starts:
// of those that hold events or topics, and what they import. An image is made from
// sources that are elsewhere, with options that its builder may fill in.
func (c *Catalog) goPackages() ([]Problem, error) {
	if c.Repo == nil {
		return nil, nil
	}
	g := &goFiles{files: c.generated(), packages: map[string]goPackage{}}
	// Vendored files have one always, and say nothing about those beside them.
	declares := slices.ContainsFunc(g.files, func(f protoreflect.FileDescriptor) bool { return isContract(f) && declaredPackage(f) != "" })
	t, known := c.Repo.GoPackages()
	switch {
	case known:
		g.template = t.File
	case declares: // they say how Go is generated, as nothing else does
		t = &contractrepo.Template{}
	default:
		return nil, nil
	}
	for _, f := range g.files {
		g.read(f, t.GoPackage(f.Path(), string(f.Package()), declaredPackage(f)))
	}
	if len(g.problems) == 0 { // whose packages are not known imports nobody knows what
		g.cycles()
	}
	if len(g.problems) > 0 {
		return g.problems, nil
	}
	return g.goNames()
}

// isContract reports whether a file holds events or topics.
func isContract(f protoreflect.FileDescriptor) bool {
	return len(descriptor.Events(f.Messages())) > 0 || len(descriptor.Topics(f)) > 0
}

// generated are the files with events or topics and what they import, by path.
func (c *Catalog) generated() []protoreflect.FileDescriptor {
	found := map[string]protoreflect.FileDescriptor{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if found[f.Path()] != nil || f.IsPlaceholder() {
			return
		}
		found[f.Path()] = f
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i).FileDescriptor)
		}
	}
	c.Files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if isContract(f) {
			add(f)
		}
		return true
	})
	var out []protoreflect.FileDescriptor
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[name])
	}
	return out
}

func declaredPackage(f protoreflect.FileDescriptor) string {
	o, _ := f.Options().(*descriptorpb.FileOptions)
	return o.GetGoPackage()
}

// goPackage is what protoc-gen-go makes of a file's go_package.
type goPackage struct{ path, name string }

// goFiles are files by the Go package that each becomes a part of.
type goFiles struct {
	template string // "" if there is none
	files    []protoreflect.FileDescriptor
	packages map[string]goPackage // by file
	problems []Problem
}

// read takes a file's go_package apart, as protoc-gen-go does: an import path, and
// behind a semicolon a name, which is the path's last part by default
// (https://protobuf.dev/reference/go/go-generated/#package).
func (g *goFiles) read(f protoreflect.FileDescriptor, value string) {
	report := func(problem, fix string) {
		g.problems = append(g.problems, Problem{File: f.Path(), Line: goPackageLine(f), Problem: problem, Fix: fix})
	}
	fix := fmt.Sprintf("add option go_package = %q", "MODULE/"+path.Dir(f.Path()))
	if g.template != "" {
		fix += ", or an override of go_package_prefix to managed in " + g.template
	}
	p := goPackage{path: value}
	if before, after, ok := strings.Cut(value, ";"); ok {
		p = goPackage{path: before, name: after}
	}
	if p.name == "" {
		p.name = path.Base(p.path)
	}
	switch {
	case p.path == "":
		report("no go_package: no Go can be generated from the file", fix)
		return
	case !strings.ContainsAny(p.path, "./"):
		report(fmt.Sprintf("go_package %q is the name of a package, and not its import path", value), fix)
		return
	}
	for _, other := range g.files {
		if o, ok := g.packages[other.Path()]; ok && o.path == p.path && o.name != p.name {
			report(fmt.Sprintf("the Go package %s is called %s here and %s in %s", p.path, p.name, o.name, other.Path()), "give both files one go_package")
			return
		}
	}
	g.packages[f.Path()] = p
}

// goPackageLine is where a file declares its go_package, or else its package.
func goPackageLine(f protoreflect.FileDescriptor) int {
	const options, name, pkg = 8, 11, 2 // field numbers of descriptor.proto
	for _, at := range []protoreflect.SourcePath{{options, name}, {pkg}} {
		if loc := f.SourceLocations().ByPath(at); loc.Path != nil {
			return loc.StartLine + 1
		}
	}
	return 0
}

// cycles finds Go packages that import each other. Files of protobuf may: only each file
// by itself must not import itself.
func (g *goFiles) cycles() {
	const visiting, done = 1, 2
	state := map[string]int{}
	members := map[string][]protoreflect.FileDescriptor{}
	for _, f := range g.files {
		at := g.packages[f.Path()].path
		members[at] = append(members[at], f)
	}
	var way []string
	var visit func(string)
	visit = func(at string) {
		state[at], way = visiting, append(way, at)
		for _, f := range members[at] {
			for i := range f.Imports().Len() {
				imported := f.Imports().Get(i)
				next := g.packages[imported.Path()].path
				switch {
				case next == at || state[next] == done:
				case state[next] == visiting:
					round := append(slices.Clone(way[slices.Index(way, next):]), next)
					g.problems = append(g.problems, Problem{
						File: f.Path(), Line: importLine(f, i),
						Problem: "importing " + imported.Path() + " makes Go packages import each other, which Go refuses: " + strings.Join(round, " → "),
						Fix:     "move what both need into a third package",
					})
				default:
					visit(next)
				}
			}
		}
		state[at], way = done, way[:len(way)-1]
	}
	for _, f := range g.files {
		if at := g.packages[f.Path()].path; state[at] == 0 {
			visit(at)
		}
	}
}

// importLine is where the i-th import of a file stands.
func importLine(f protoreflect.FileDescriptor, i int) int {
	const dependency = 3 // its field number in descriptor.proto
	if loc := f.SourceLocations().ByPath(protoreflect.SourcePath{dependency, int32(i)}); loc.Path != nil {
		return loc.StartLine + 1
	}
	return 0
}
