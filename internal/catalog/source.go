package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ErrNone matches the error of a place without contracts, where none were named. A tool
// that can do without contracts tells this from contracts that it cannot read.
var ErrNone = errors.New("no contracts")

// ServicesFile is the name of the file that says who publishes and who handles
// what. It lies beside buf.yaml.
const ServicesFile = "services.yaml"

// source is where contracts come from: either an image or modules of .proto
// files.
type source struct {
	root    string // directory that messages and services.yaml relate to
	image   string
	modules []module
	overlay map[string][]byte // content that is not on disk, by absolute path
}

// module is an import root with the .proto files below it.
type module struct {
	dir   string
	files []string // slash-separated, relative to dir, sorted
}

// locate finds the contracts that a path names: a directory with buf.yaml is a
// workspace, another directory is one import root, a file is an image. The
// empty path means the nearest buf.yaml from dir upwards. A single .proto file is
// refused: nothing says to which directory its imports are relative.
func locate(dir, path string) (source, error) {
	if path == "" {
		root, err := nearestWorkspace(dir)
		if err != nil {
			return source{}, err
		}
		return workspace(root)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return source{}, fmt.Errorf("contracts: %s does not exist: give a directory of .proto files or an image that buf build wrote", path)
	case err != nil:
		return source{}, fmt.Errorf("contracts: %w", err)
	case !info.IsDir():
		if filepath.Ext(path) == ".proto" {
			return source{}, fmt.Errorf("contracts: %s is one .proto file: give its import root, or the directory of its buf.yaml", path)
		}
		return source{root: filepath.Dir(path), image: path}, nil
	}
	return workspace(path)
}

// nearestWorkspace finds buf.yaml as git finds its repository: in a directory or
// one around it. Of a module with a buf.yaml of its own inside a workspace, the
// module's is found.
func nearestWorkspace(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "buf.yaml")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%w: no buf.yaml in %s or above it: go to the repository of your contracts or give --contracts DIR|IMAGE", ErrNone, dir)
		}
	}
}

// bufConfig is the part of buf.yaml (version v2) that says where modules are. Paths are
// relative to buf.yaml, those of excludes too. Other keys are buf's business, and a
// module's includes are not read: the whole module is compiled.
type bufConfig struct {
	Version string `yaml:"version"`
	Modules []struct {
		Path     string   `yaml:"path"`
		Excludes []string `yaml:"excludes"`
	} `yaml:"modules"`
}

// workspace reads which modules a directory has. Without buf.yaml, or with one of
// version v1, which names none, the directory itself is the import root.
func workspace(root string) (source, error) {
	src := source{root: root}
	file := filepath.Join(root, "buf.yaml")
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return source{}, fmt.Errorf("contracts: %w", err)
	}
	var cfg bufConfig
	if err := yaml.Unmarshal(text, &cfg); err != nil {
		return source{}, fmt.Errorf("contracts: read %s: %w", file, err)
	}
	if len(cfg.Modules) == 0 {
		files, err := protoFiles(root, nil)
		src.modules = []module{{dir: root, files: files}}
		return src, err
	}
	var roots []string
	for _, m := range cfg.Modules {
		roots = append(roots, filepath.Join(root, filepath.FromSlash(m.Path)))
	}
	for i, m := range cfg.Modules {
		var skip []string
		for _, e := range m.Excludes {
			skip = append(skip, filepath.Join(root, filepath.FromSlash(e)))
		}
		for j, other := range roots {
			if j != i && other != roots[i] {
				skip = append(skip, other) // a module inside a module has import paths of its own
			}
		}
		if _, err := os.Stat(roots[i]); err != nil {
			return source{}, fmt.Errorf("contracts: module %q of %s: %w", m.Path, file, err)
		}
		files, err := protoFiles(roots[i], skip)
		if err != nil {
			return source{}, err
		}
		src.modules = append(src.modules, module{dir: roots[i], files: files})
	}
	return src, nil
}

// protoFiles lists the .proto files below a directory, without those of skip and
// of hidden directories such as .git. Links to directories are not followed
// (filepath.WalkDir). The files are ordered, so that problems are the same each time.
func protoFiles(root string, skip []string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if slices.Contains(skip, path) || d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		// Imports have slashes on every system.
		if !d.IsDir() && filepath.Ext(path) == ".proto" {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("contracts: list .proto files: %w", err)
	}
	slices.Sort(files)
	return files, nil
}
