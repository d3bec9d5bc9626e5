package contractrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// bufConfig is the part of buf.yaml (version v2) that says which files are contracts.
// All paths are relative to buf.yaml. Other keys are buf's business.
type bufConfig struct {
	Modules []struct {
		Path     string   `yaml:"path"`
		Includes []string `yaml:"includes"`
		Excludes []string `yaml:"excludes"`
	} `yaml:"modules"`
}

// modules reads buf.yaml. Without it, or with one of version v1, which names no modules,
// the root itself is the import root.
func (r *Repo) modules() ([]Module, error) {
	text, err := r.ReadFile(bufFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("contracts: %w", err)
	}
	var cfg bufConfig
	if err := yaml.Unmarshal(text, &cfg); err != nil {
		return nil, fmt.Errorf("contracts: read %s: %w", r.Abs(bufFile), err)
	}
	if len(cfg.Modules) == 0 {
		m, err := r.module(".", nil, nil)
		return []Module{m}, err
	}
	var dirs []string
	for _, m := range cfg.Modules {
		dir := path.Clean(m.Path)
		if !fs.ValidPath(dir) {
			return nil, fmt.Errorf("contracts: module %q of %s: give a path below the directory of buf.yaml", m.Path, r.Abs(bufFile))
		}
		if err := r.inside(dir); err != nil && !r.plans(dir) {
			return nil, fmt.Errorf("contracts: module %q of %s: %w", m.Path, r.Abs(bufFile), err)
		}
		dirs = append(dirs, dir)
	}
	var out []Module
	for i, m := range cfg.Modules {
		skip := cleaned(m.Excludes)
		for _, other := range dirs {
			// A module inside a module has import paths of its own.
			if other != dirs[i] && within(dirs[i], other) {
				skip = append(skip, other)
			}
		}
		module, err := r.module(dirs[i], cleaned(m.Includes), skip)
		if err != nil {
			return nil, err
		}
		out = append(out, module)
	}
	return out, nil
}

// module lists the .proto files of a module: those below one of only, if there are
// any, and below none of skip.
func (r *Repo) module(dir string, only, skip []string) (Module, error) {
	names, err := r.files(dir)
	if err != nil {
		return Module{}, fmt.Errorf("contracts: list .proto files: %w", err)
	}
	m := Module{Dir: dir}
	below := func(dirs []string, name string) bool {
		return slices.ContainsFunc(dirs, func(dir string) bool { return within(dir, name) })
	}
	for _, name := range names {
		if path.Ext(name) != ".proto" || below(skip, name) || len(only) > 0 && !below(only, name) {
			continue
		}
		if dir != "." {
			name = strings.TrimPrefix(name, dir+"/")
		}
		if m.Files = append(m.Files, name); len(m.Files) > MaxFiles {
			return Module{}, fmt.Errorf("contracts: %s has more than %d .proto files: give the directory of your contracts with --contracts", r.Abs(dir), MaxFiles)
		}
	}
	return m, nil
}

// inside looks up a directory of the root, which no link may lead out of.
func (r *Repo) inside(dir string) error {
	root, err := os.OpenRoot(r.Root)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing was written
	_, err = root.Stat(dir)
	return err
}

// plans reports whether a directory will be there because of a file in it.
func (r *Repo) plans(dir string) bool {
	for name, content := range r.planned {
		if content != nil && within(dir, name) {
			return true
		}
	}
	return false
}

func cleaned(paths []string) []string {
	var out []string
	for _, p := range paths {
		out = append(out, path.Clean(p))
	}
	return out
}
