package catalog

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// With is the catalog that there would be if files had other content, or were there at
// all, beside those of Options.Planned. Only they, and what imports them, are compiled
// again, which is what makes it quicker than to load everything a second time.
func (c *Catalog) With(ctx context.Context, planned contractrepo.Planned) (*Catalog, error) {
	if c.Repo == nil {
		return nil, errors.New("contracts: an image cannot be changed: give the directory of its .proto files")
	}
	opts := c.opts
	opts.Planned = maps.Clone(opts.Planned)
	if opts.Planned == nil {
		opts.Planned = contractrepo.Planned{}
	}
	maps.Copy(opts.Planned, planned)
	repo, err := contractrepo.Open(c.Root, opts.Planned)
	if err != nil {
		return nil, err
	}
	stale := map[string]bool{}
	for _, at := range []*contractrepo.Repo{c.Repo, repo} { // what is there, and what was
		for _, m := range at.Modules {
			for _, f := range m.Files {
				if _, ok := planned[path.Join(m.Dir, f)]; ok {
					stale[f] = true
				}
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
	set, problems, err := compile(ctx, repo, done)
	if err != nil {
		return nil, err
	}
	return check(opts, source{root: c.Root, repo: repo}, set, problems)
}

// Source is where a file of the contracts lies below Root, with slashes; "" if it is
// lent or from an image.
func (c *Catalog) Source(file string) string {
	if c.Repo == nil {
		return ""
	}
	at, _ := c.Repo.Lies(file)
	return at
}

// ServicesSource is where services.yaml lies below Root, or would lie, with slashes; ""
// if it is elsewhere, or the contracts are an image.
func (c *Catalog) ServicesSource() string {
	if c.Repo == nil {
		return ""
	}
	name, _ := c.Repo.Rel(servicesPath(c.opts, c.src))
	return name
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
