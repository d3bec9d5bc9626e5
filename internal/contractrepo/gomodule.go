package contractrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/eventcontracts/eventcontracts/internal/inputfile"
)

// GoModule is the Go module that a repository of contracts is in.
type GoModule struct {
	Path     string            // such as "example.com/contracts"
	Dir      string            // of its go.mod
	Go       string            // the version of Go that it asks for, such as "1.26.0"; may be empty
	Requires map[string]string // module path to version, those of replaced modules too
	Local    []string          // modules that directories replace
}

// ErrNoGoModule matches the error of contracts that are in no Go module.
var ErrNoGoModule = errors.New("no go.mod")

// GoModule reads go.mod of the root, or of the nearest directory above it, as the go
// command does.
func (r *Repo) GoModule() (*GoModule, error) {
	text, err := r.ReadFile("go.mod")
	dir := r.Root
	for errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		text, err = inputfile.Read(filepath.Join(dir, "go.mod"), MaxFile)
	}
	file := filepath.Join(dir, "go.mod")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w in %s or above it: make one with go mod init MODULE", ErrNoGoModule, r.Root)
	case err != nil:
		return nil, fmt.Errorf("find the Go module: %w", err)
	}
	parsed, err := modfile.Parse(file, text, nil)
	if err != nil { // a newer Go may know more, and then replacements are not read
		parsed, err = modfile.ParseLax(file, text, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("find the Go module: %w", err)
	}
	if parsed.Module == nil {
		return nil, fmt.Errorf("find the Go module: %s has no module directive", file)
	}
	m := &GoModule{Path: parsed.Module.Mod.Path, Dir: dir, Requires: map[string]string{}}
	for _, req := range parsed.Require {
		m.Requires[req.Mod.Path] = req.Mod.Version
	}
	if parsed.Go != nil {
		m.Go = parsed.Go.Version
	}
	for _, r := range parsed.Replace {
		if r.New.Version == "" {
			m.Local = append(m.Local, r.Old.Path)
		}
	}
	return m, nil
}

// ImportPath is the Go import path of a directory of the repository, given below its
// root with "/".
func (r *Repo) ImportPath(dir string) (string, error) {
	m, err := r.GoModule()
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(m.Dir, r.Abs(dir))
	if err != nil {
		return "", fmt.Errorf("find the import path of %s: %w", dir, err)
	}
	return path.Join(m.Path, filepath.ToSlash(rel)), nil
}
