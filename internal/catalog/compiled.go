package catalog

import (
	"cmp"
	"context"

	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// Compiled is contracts that compile, whatever else may be wrong with them.
type Compiled struct {
	Files *protoregistry.Files
	Root  string             // the directory that holds them
	Repo  *contractrepo.Repo // nil for an image

	paths map[string]string
}

// Path is where a file lies, for people, as Catalog.Path says it.
func (c *Compiled) Path(file string) string { return cmp.Or(c.paths[file], file) }

// Compile compiles contracts and checks nothing: an earlier state is what it was. The
// error is of type Problems if they do not compile.
func Compile(ctx context.Context, opts Options) (*Compiled, error) {
	opts, src, err := find(opts)
	if err != nil {
		return nil, err
	}
	out := &Compiled{Root: src.root, Repo: src.repo, paths: displayPaths(opts.Dir, src)}
	set, problems, err := descriptors(ctx, opts, src)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		for i := range problems {
			problems[i].File = out.Path(problems[i].File)
		}
		return nil, sortProblems(problems)
	}
	out.Files, err = link(set)
	return out, err
}
