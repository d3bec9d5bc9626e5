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

// bufConfig is the part of buf.yaml that says which files are contracts. Other keys are
// buf's business.
type bufConfig struct {
	// Modules are those of version v2, with paths relative to buf.yaml.
	Modules []bufModule `yaml:"modules"`

	// Build is of versions v1 and v1beta1, in which a buf.yaml is that of one module.
	// Paths are relative to buf.yaml; v1 has no roots
	// (https://buf.build/docs/configuration/v1/buf-yaml/).
	Build struct {
		Roots    []string `yaml:"roots"`
		Excludes []string `yaml:"excludes"`
	} `yaml:"build"`
}

type bufModule struct {
	Path     string   `yaml:"path"`
	Includes []string `yaml:"includes"`
	Excludes []string `yaml:"excludes"`
}

// workFile names the modules of a workspace of version v1, each of which has a buf.yaml
// of its own (https://buf.build/docs/configuration/v1/buf-work-yaml/).
const workFile = "buf.work.yaml"

// configured are the modules that buf.yaml or buf.work.yaml name; none without them.
func (r *Repo) configured() ([]bufModule, error) {
	var cfg bufConfig
	if err := r.settings(bufFile, &cfg); err != nil {
		return nil, err
	}
	if len(cfg.Modules) > 0 {
		return cfg.Modules, nil
	}
	if len(cfg.Build.Roots) > 0 || len(cfg.Build.Excludes) > 0 {
		return cfg.modules("."), nil
	}
	var work struct {
		Directories []string `yaml:"directories"`
	}
	if err := r.settings(workFile, &work); err != nil {
		return nil, err
	}
	var out []bufModule
	for _, dir := range work.Directories {
		var cfg bufConfig
		if err := r.settings(path.Join(dir, bufFile), &cfg); err != nil {
			return nil, err
		}
		out = append(out, cfg.modules(path.Clean(dir))...)
	}
	return out, nil
}

// modules are those of a buf.yaml before v2 in dir.
func (cfg bufConfig) modules(dir string) []bufModule {
	roots := cfg.Build.Roots
	if len(roots) == 0 {
		roots = []string{"."}
	}
	var out []bufModule
	for _, root := range roots {
		m := bufModule{Path: path.Join(dir, root)}
		for _, e := range cfg.Build.Excludes {
			m.Excludes = append(m.Excludes, path.Join(dir, e))
		}
		out = append(out, m)
	}
	return out
}

// settings reads one of buf's files into v. A file that is not there says nothing.
func (r *Repo) settings(name string, v any) error {
	text, err := r.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("contracts: %w", err)
	}
	if err := yaml.Unmarshal(text, v); err != nil {
		return fmt.Errorf("contracts: read %s: %w", r.Abs(name), err)
	}
	return nil
}

// modules reads which modules there are. Where nothing names any, the root itself is the
// import root.
func (r *Repo) modules() ([]Module, error) {
	configured, err := r.configured()
	if err != nil {
		return nil, err
	}
	if len(configured) == 0 {
		m, err := r.module(".", nil, nil)
		return []Module{m}, err
	}
	var dirs []string
	for _, m := range configured {
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
	for i, m := range configured {
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
	if at := (*fs.PathError)(nil); errors.As(err, &at) { // "statat protos: …"
		return &fs.PathError{Op: "stat", Path: r.Abs(dir), Err: at.Err}
	}
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
