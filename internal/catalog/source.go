package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/inputfile"
)

// ServicesFile is the name of the file that says who publishes and who handles
// what. It lies beside buf.yaml.
const ServicesFile = "services.yaml"

// source is where contracts come from: either an image or a repository of .proto
// files.
type source struct {
	root  string // directory that messages and services.yaml relate to
	image string
	repo  *contractrepo.Repo
}

// locate finds the contracts that Options.Contracts names: a directory with buf.yaml is a
// workspace, another directory is one import root, a file is an image. The
// empty path means the nearest buf.yaml from Options.Dir upwards. A single .proto file is
// refused: nothing says to which directory its imports are relative.
func locate(opts Options) (source, error) {
	path := opts.Contracts
	if path == "" {
		root, err := contractrepo.Find(opts.Dir)
		if err != nil {
			return source{}, err
		}
		return directory(root, opts.Planned)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(opts.Dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(opts.Planned) > 0: // a plan makes it
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
	return directory(path, opts.Planned)
}

func directory(root string, planned contractrepo.Planned) (source, error) {
	repo, err := contractrepo.Open(root, planned)
	return source{root: root, repo: repo}, err
}

// read reads a file that the operating system names, as it will be if it is below the
// root.
func (src source) read(file string) ([]byte, error) {
	if src.repo != nil {
		if name, ok := src.repo.Rel(file); ok {
			return src.repo.ReadFile(name)
		}
	}
	return inputfile.Read(file, contractrepo.MaxFile)
}
