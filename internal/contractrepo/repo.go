package contractrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/inputfile"
)

// ErrNone matches the error of a place without contracts, where none were named. A tool
// that can do without contracts tells this from contracts that it cannot read.
var ErrNone = errors.New("no contracts")

// Limits of a repository, which may be a stranger's pull request. Contracts of one file
// have some kilobytes; a literal of a megabyte takes a gigabyte to compile.
const (
	MaxFile  = 1 << 20  // bytes of a file
	MaxFiles = 20_000   // .proto files
	MaxTotal = 64 << 20 // bytes of all .proto files together
)

// bufFile is the file that makes a directory the root of contracts.
const bufFile = "buf.yaml"

// Planned are files as they will be, by their path below the root, with "/". A file
// without content (nil) will not be there.
type Planned map[string][]byte

// Repo is a directory with contracts. It is safe for concurrent use.
type Repo struct {
	// Root is the directory of buf.yaml, as an absolute path if it was found or given
	// as one.
	Root string

	// Modules are in the order of buf.yaml. Without buf.yaml the root is one.
	Modules []Module

	planned Planned
}

// Module is an import root with the .proto files below it.
type Module struct {
	Dir   string   // below the root, with "/"; "." for the root
	Files []string // as imports name them, sorted
}

// Find is the nearest directory with a buf.yaml or buf.work.yaml from dir upwards, as git finds its
// repository. Of a module with a buf.yaml of its own inside a workspace, the module's
// is found. No such directory is an error that matches ErrNone.
func Find(dir string) (string, error) {
	for at := dir; ; at = filepath.Dir(at) {
		for _, name := range []string{bufFile, workFile} {
			if _, err := os.Stat(filepath.Join(at, name)); err == nil {
				return at, nil
			}
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%w: no buf.yaml in %s or above it: go to the repository of your contracts, give --contracts DIR|IMAGE, or make one by eventctl init DIR", ErrNone, dir)
		}
	}
}

// Open reads which modules a directory has, with or without a buf.yaml in it. Files of
// planned count as if they were written already, for every method of the Repo; a root
// that does not exist is empty if there are any.
func Open(root string, planned Planned) (*Repo, error) {
	r := &Repo{Root: root, planned: planned}
	modules, err := r.modules()
	if err != nil {
		return nil, err
	}
	r.Modules = modules
	return r, nil
}

// With is the repository as it will be once more files are written, beside and before
// those that are planned already.
func (r *Repo) With(more Planned) (*Repo, error) {
	planned := maps.Clone(r.planned)
	if planned == nil {
		planned = Planned{}
	}
	maps.Copy(planned, more)
	return Open(r.Root, planned)
}

// ReadFile reads a file by its path below the root, with "/". A file that is not
// there, or will not be, is an error that matches fs.ErrNotExist.
func (r *Repo) ReadFile(name string) ([]byte, error) {
	if content, ok := r.planned[name]; ok {
		if content == nil {
			return nil, &fs.PathError{Op: "open", Path: r.Abs(name), Err: fs.ErrNotExist}
		}
		return content, nil
	}
	if len(name) == 0 || !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, &fs.PathError{Op: "open", Path: r.Abs(name), Err: fs.ErrNotExist}
	}
	text, err := inputfile.ReadIn(r.Root, filepath.FromSlash(name), MaxFile)
	var path *fs.PathError
	if errors.As(err, &path) { // with the whole path, as users and callers know it
		path.Path = r.Abs(name)
	}
	return text, err
}

// Abs is where a file of the root lies, for the operating system.
func (r *Repo) Abs(name string) string { return filepath.Join(r.Root, filepath.FromSlash(name)) }

// Rel is the path below the root, with "/", of a file that the operating system
// names; false if it is not below the root.
func (r *Repo) Rel(name string) (string, bool) {
	rel, err := filepath.Rel(r.Root, name)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// Lies is where the file of an import lies below the root; false if no module has it.
func (r *Repo) Lies(imported string) (string, bool) {
	for _, m := range r.Modules {
		if _, ok := slices.BinarySearch(m.Files, imported); ok {
			return path.Join(m.Dir, imported), true
		}
	}
	return "", false
}

// Imported is the name by which imports have a file, which is given below the root;
// false if no module has it.
func (r *Repo) Imported(name string) (string, bool) {
	for _, m := range r.Modules {
		rel, below := name, m.Dir == "."
		if !below {
			rel, below = strings.CutPrefix(name, m.Dir+"/")
		}
		if _, ok := slices.BinarySearch(m.Files, rel); below && ok {
			return rel, true
		}
	}
	return "", false
}

// files are all files below a directory of the root, sorted, without those of hidden
// directories such as .git. Links to directories are not followed (filepath.WalkDir).
func (r *Repo) files(dir string) ([]string, error) {
	found := map[string]bool{}
	start := r.Abs(dir)
	err := filepath.WalkDir(start, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == start && errors.Is(err, fs.ErrNotExist) && len(r.planned) > 0 {
				return nil // all of it is planned
			}
			return err
		}
		if d.IsDir() {
			if name != start && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		rel, _ := r.Rel(name)
		found[rel] = true
		return nil
	})
	for name, content := range r.planned {
		delete(found, name)
		if content != nil && within(dir, name) && !hidden(dir, name) {
			found[name] = true
		}
	}
	out := make([]string, 0, len(found))
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out, err
}

// within reports whether a path is a directory or below it.
func within(dir, name string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}

// hidden reports whether a directory between dir and a file in it is.
func hidden(dir, name string) bool {
	for at := path.Dir(name); at != dir && at != "."; at = path.Dir(at) {
		if strings.HasPrefix(path.Base(at), ".") {
			return true
		}
	}
	return false
}
