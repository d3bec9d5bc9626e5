package catalog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// With is the catalog that there would be if files had other content, or were there at
// all: a change is compiled and checked before it is written. The files are named by
// their paths below Root, with slashes, and replace those of an earlier With. Only they,
// and what imports them, are compiled again.
func (c *Catalog) With(ctx context.Context, files map[string][]byte) (*Catalog, error) {
	if c.src.image != "" {
		return nil, errors.New("contracts: an image cannot be changed: give the directory of its .proto files")
	}
	src := c.src
	src.overlay = maps.Clone(c.src.overlay)
	if src.overlay == nil {
		src.overlay = map[string][]byte{}
	}
	src.modules = slices.Clone(src.modules)
	stale := map[string]bool{}
	for name, content := range files {
		path := filepath.Join(src.root, filepath.FromSlash(name))
		src.overlay[path] = content
		if i, rel := src.module(path); i >= 0 && filepath.Ext(path) == ".proto" {
			stale[rel] = true
			if m := src.modules[i]; !slices.Contains(m.files, rel) {
				m.files = slices.Sorted(slices.Values(append(slices.Clone(m.files), rel)))
				src.modules[i] = m
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
	set, problems, err := compile(ctx, src, done)
	if err != nil {
		return nil, err
	}
	return check(c.opts, src, set, problems)
}

// Modules are the import roots of the contracts, as paths below Root with slashes: "."
// for Root itself. An image has none.
func (c *Catalog) Modules() []string {
	var out []string
	for _, m := range c.src.modules {
		if rel, err := filepath.Rel(c.src.root, m.dir); err == nil {
			out = append(out, filepath.ToSlash(rel))
		}
	}
	return out
}

// Source is where a file of the contracts lies below Root, with slashes; "" if it is
// lent or from an image.
func (c *Catalog) Source(file string) string {
	for _, m := range c.src.modules {
		if _, found := slices.BinarySearch(m.files, file); found {
			rel, err := filepath.Rel(c.src.root, filepath.Join(m.dir, filepath.FromSlash(file)))
			if err == nil {
				return filepath.ToSlash(rel)
			}
		}
	}
	return ""
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

// module is the innermost module that a path lies in, and its import path there; −1 if
// there is none.
func (src source) module(path string) (int, string) {
	best, rel := -1, ""
	for i, m := range src.modules {
		r, err := filepath.Rel(m.dir, path)
		if err == nil && filepath.IsLocal(r) && (best < 0 || len(m.dir) > len(src.modules[best].dir)) {
			best, rel = i, filepath.ToSlash(r)
		}
	}
	return best, rel
}

// open opens a file of the contracts, whether it is on disk or only planned.
func (src source) open(path string) (io.ReadCloser, error) {
	if text, ok := src.overlay[path]; ok {
		return io.NopCloser(bytes.NewReader(text)), nil
	}
	return os.Open(path)
}

func (src source) read(path string) ([]byte, error) {
	if text, ok := src.overlay[path]; ok {
		return text, nil
	}
	return os.ReadFile(path)
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
