package catalog

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// With is the catalog that there would be if files had other content, or were there at
// all: a change is compiled and checked before it is written. The files are named by
// their paths below Root, with slashes, and replace those of an earlier With. Only they,
// and what imports them, are compiled again.
func (c *Catalog) With(ctx context.Context, files map[string][]byte) (*Catalog, error) {
	if c.src.image != "" {
		return nil, errors.New("contracts: an image cannot be changed: give the directory of its .proto files")
	}
	repo, err := c.src.repo.With(files)
	if err != nil {
		return nil, err
	}
	stale := map[string]bool{}
	for name := range files {
		for _, r := range []*contractrepo.Repo{c.src.repo, repo} { // also what will not be there
			if imported, ok := r.Imported(name); ok {
				stale[imported] = true
			}
		}
	}
	done := &compiled{files: c.Files, set: &descriptorpb.FileDescriptorSet{}, names: map[string]bool{}}
	for _, f := range c.set.File { // imports come before those that import them
		if stale[f.GetName()] || slices.ContainsFunc(f.Dependency, func(dep string) bool { return stale[dep] }) {
			stale[f.GetName()] = true
			continue
		}
		done.add(f)
	}
	return inTime(ctx, func(ctx context.Context) (*Catalog, error) {
		set, problems, err := compile(ctx, repo, done)
		if err != nil {
			return nil, err
		}
		return check(c.opts, source{root: c.src.root, repo: repo}, set, problems)
	})
}

// Modules are the import roots of the contracts, as paths below Root with slashes: "."
// for Root itself. An image has none.
func (c *Catalog) Modules() []string {
	if c.Repo == nil {
		return nil
	}
	var out []string
	for _, m := range c.Repo.Modules {
		out = append(out, m.Dir)
	}
	return out
}

// Source is where a file of the contracts lies below Root, with slashes; "" if it is
// lent or from an image.
func (c *Catalog) Source(file string) string {
	if c.Repo == nil {
		return ""
	}
	name, _ := c.Repo.Lies(file)
	return name
}

// ServicesFile is the services file as Options.Services names one.
func (c *Catalog) ServicesFile() string {
	if c.opts.Services == "" {
		return "" // its default place, where it need not be
	}
	return servicesPath(c.opts, c.src)
}

// ServicesSource is where services.yaml lies below Root, or would lie, with slashes; ""
// if it is elsewhere.
func (c *Catalog) ServicesSource() string {
	rel, err := filepath.Rel(c.src.root, servicesPath(c.opts, c.src))
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// compiled are files that need not be compiled again. Nil has none.
type compiled struct {
	files *protoregistry.Files
	set   *descriptorpb.FileDescriptorSet
	names map[string]bool
}

func (d *compiled) add(f *descriptorpb.FileDescriptorProto) {
	d.set.File = append(d.set.File, f)
	d.names[f.GetName()] = true
}

func (d *compiled) has(file string) bool { return d != nil && d.names[file] }

// all are the files' names, for a caller to add to.
func (d *compiled) all() map[string]bool {
	if d == nil {
		return map[string]bool{}
	}
	return maps.Clone(d.names)
}

// before resolves an import by what is compiled already, and else by another resolver,
// whose error counts.
func (d *compiled) before(next protocompile.Resolver) protocompile.Resolver {
	return protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
		if !d.has(path) {
			return next.FindFileByPath(path)
		}
		fd, err := d.files.FindFileByPath(path)
		return protocompile.SearchResult{Desc: fd}, err
	})
}
