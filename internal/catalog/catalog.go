package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Options say where contracts are.
type Options struct {
	// Contracts is a directory or an image file. Defaults to the nearest
	// buf.yaml from Dir upwards.
	Contracts string

	// Dir is the directory that paths are relative to. Defaults to the
	// process's working directory.
	Dir string

	// Planned are files that are not on disk yet, so that a plan can be checked before
	// anything is written. Contracts is then the directory that their paths are below;
	// services.yaml is among them if it has its default place.
	Planned contractrepo.Planned

	// Empty takes a place without .proto files for contracts that have no event yet,
	// and not for a wrong place.
	Empty bool

	// Services is the services file. Defaults to services.yaml beside buf.yaml
	// or, with a directory or an image, in or beside it; no such file means no
	// services.
	Services string
}

// Catalog is the contracts of one place.
type Catalog struct {
	// Files are the compiled files with their comments and positions.
	Files *protoregistry.Files

	// Registry encodes and decodes the events. It has no conversions between majors,
	// which are Go code of services.
	Registry *event.Registry

	// Root is the directory that holds the contracts.
	Root string

	// Repo is how the files of Root are laid out; nil for an image.
	Repo *contractrepo.Repo

	// Services are the services of services.yaml, in its order.
	Services []Service

	paths map[string]string // import path to a path the user can open
	opts  Options
	src   source
	set   *descriptorpb.FileDescriptorSet // Files, as the compiler or an image gave them
}

// Load compiles and checks contracts. The error is of type Problems if the
// contracts have mistakes, and then holds every one that could be found. Any other
// error, such as that of a file that cannot be read, means that not all was checked.
//
// It returns when ctx ends, or after two minutes, whatever the contracts are.
//
// It is all or nothing: the Catalog is nil if there is an error.
func Load(ctx context.Context, opts Options) (*Catalog, error) {
	opts, src, err := find(opts)
	if err != nil {
		return nil, err
	}
	return inTime(ctx, func(ctx context.Context) (*Catalog, error) {
		set, problems, err := descriptors(ctx, opts, src)
		if err != nil {
			return nil, err
		}
		return check(opts, src, set, problems)
	})
}

// Root is the directory that holds contracts, without reading them.
func Root(opts Options) (string, error) {
	_, src, err := find(opts)
	return src.root, err
}

// find is where contracts are, and the options with the directory that they are
// relative to.
func find(opts Options) (Options, source, error) {
	if opts.Dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return opts, source{}, fmt.Errorf("contracts: %w", err)
		}
		opts.Dir = dir
	}
	src, err := locate(opts)
	return opts, src, err
}

// check makes a catalog of what was compiled, and looks for mistakes beyond those of the
// compiler.
func check(opts Options, src source, set *descriptorpb.FileDescriptorSet, problems []Problem) (*Catalog, error) {
	c := &Catalog{Root: src.root, Repo: src.repo, paths: displayPaths(opts.Dir, src), opts: opts, src: src, set: set}
	if len(problems) > 0 { // files that do not compile have no contracts to check
		return nil, c.problems(problems)
	}
	var err error
	if c.Files, err = link(set); err != nil {
		return nil, err
	}
	// From here on everything is checked, whatever was found before: the registry holds
	// what is sound, and the checks below leave alone what is not.
	if c.Registry, problems, err = Check(c.Files); err != nil {
		return nil, err
	}
	goProblems, err := c.goPackages()
	if err != nil {
		return nil, err
	}
	problems = append(problems, goProblems...)
	services, serviceProblems, err := loadServices(opts, src)
	if err != nil {
		return nil, err
	}
	c.Services = services
	problems = append(problems, serviceProblems...)
	file := display(opts.Dir, servicesPath(opts, src))
	problems = append(problems, c.checkServices(file)...)
	problems = append(problems, c.checkTopics(file)...)
	problems = append(problems, c.checkReplacements()...)
	if len(problems) > 0 {
		return nil, c.problems(problems)
	}
	return c, nil
}

// Check is what is wrong with contracts that somebody has compiled, without a services
// file, and a registry of what is sound. Problems name files by their import paths.
func Check(files *protoregistry.Files) (*event.Registry, []Problem, error) {
	r, contractErr := event.NewRegistry(files)
	problems, err := contractProblems(contractErr)
	if err != nil {
		return nil, nil, fmt.Errorf("contracts: %w", err)
	}
	return r, sortProblems(append(problems, fileProblems(files)...)), nil
}

// descriptors reads an image, or compiles .proto files.
func descriptors(ctx context.Context, opts Options, src source) (*descriptorpb.FileDescriptorSet, []Problem, error) {
	if src.image != "" {
		set, err := readImage(src.image)
		return set, nil, err
	}
	if opts.Empty && !slices.ContainsFunc(src.repo.Modules, func(m contractrepo.Module) bool { return len(m.Files) > 0 }) {
		return &descriptorpb.FileDescriptorSet{}, nil, nil
	}
	return compile(ctx, src.repo, nil)
}

// displayPaths maps what errors name a file by to what the user can open.
func displayPaths(dir string, src source) map[string]string {
	paths := map[string]string{}
	if src.repo == nil {
		return paths
	}
	for _, m := range src.repo.Modules {
		for _, f := range m.Files {
			paths[f] = display(dir, src.repo.Abs(path.Join(m.Dir, f)))
		}
	}
	return paths
}

// display is a path as a person in dir would type it, unless it is far away.
func display(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil || strings.HasPrefix(rel, filepath.Join("..", "..", "..")) {
		return file
	}
	return rel
}

// Path is where a file of the contracts lies, for people: relative to the
// working directory, or its import path if it came from an image.
func (c *Catalog) Path(file string) string { return cmp.Or(c.paths[file], file) }

// problems are ps as they are reported: in order, and with paths that can be opened.
func (c *Catalog) problems(ps []Problem) Problems {
	for i := range ps {
		ps[i].File = c.Path(ps[i].File)
	}
	return sortProblems(ps)
}

// Contracts are all events, ordered by topic, type and major version.
func (c *Catalog) Contracts() []*event.Contract {
	// The registry's own order is that of files, and its slice is not ours to sort.
	all := slices.Clone(c.Registry.Contracts())
	slices.SortFunc(all, func(a, b *event.Contract) int {
		return cmp.Or(cmp.Compare(a.Topic.Name, b.Topic.Name), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Major, b.Major))
	})
	return all
}

// Topics are all declared topics, ordered by name.
func (c *Catalog) Topics() []*event.Topic {
	all := slices.Clone(c.Registry.Topics())
	slices.SortFunc(all, func(a, b *event.Topic) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Find returns the contracts that a name means, in the order of Contracts: a
// wire type ("TodoCreated"), one of a topic ("todos/TodoCreated") or a message's
// full name ("events.todo.v1.TodoCreated"). The first two mean every major, and the
// first also the events of that type on other topics.
func (c *Catalog) Find(name string) []*event.Contract {
	var out []*event.Contract
	for _, k := range c.Contracts() {
		if name == k.Type || name == k.Topic.Name+"/"+k.Type || name == string(k.Descriptor.FullName()) {
			out = append(out, k)
		}
	}
	return out
}

// Location is the file and line on which a declaration starts, and its comment;
// the line is 0 if the contracts carry no positions.
func (c *Catalog) Location(d protoreflect.Descriptor) (file string, line int, comment string) {
	f := d.ParentFile()
	return c.Path(f.Path()), descriptor.Line(d), f.SourceLocations().ByDescriptor(d).LeadingComments
}

// loadServices reads services.yaml. That it does not exist is an error only if
// Options.Services names it: contracts can be worked with before there is a service.
func loadServices(opts Options, src source) ([]Service, []Problem, error) {
	file := servicesPath(opts, src)
	text, err := src.read(file)
	if errors.Is(err, fs.ErrNotExist) && opts.Services == "" {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("services: %w", err)
	}
	services, problems := parseServices(display(opts.Dir, file), text)
	return services, problems, nil
}

// servicesPath is the services file, whether it exists or not. Its default is beside the
// contracts, while one that is named is relative to where the user is, as paths are.
func servicesPath(opts Options, src source) string {
	switch {
	case opts.Services == "":
		return filepath.Join(src.root, ServicesFile)
	case filepath.IsAbs(opts.Services):
		return opts.Services
	default:
		return filepath.Join(opts.Dir, opts.Services)
	}
}

// NearTypes are the wire types that somebody who typed name may have meant. Of a name
// with a topic or a package its last part is compared.
func (c *Catalog) NearTypes(name string) []string {
	var known []string
	for _, k := range c.Contracts() {
		known = append(known, k.Type)
	}
	return suggest.Near(name[strings.LastIndexAny(name, "/.")+1:], known)
}
