package catalog

import (
	"cmp"
	"context"
	"path/filepath"

	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// Compiled is contracts that compile, whatever else may be wrong with them.
type Compiled struct {
	Files *protoregistry.Files
	Root  string             // the directory that holds them
	Repo  *contractrepo.Repo // nil for an image

	// Set is Files, in an order in which they can be linked.
	Set *descriptorpb.FileDescriptorSet

	paths map[string]string
	dir   string // that paths for people are relative to
}

// Path is where a file lies, for people, as Catalog.Path says it.
func (c *Compiled) Path(file string) string { return cmp.Or(c.paths[file], file) }

// Beside is where a file lies that is named by its path below Root, for people.
func (c *Compiled) Beside(name string) string {
	return display(c.dir, filepath.Join(c.Root, filepath.FromSlash(name)))
}

// Compile compiles contracts and checks nothing: an earlier state is what it was. The
// error is of type Problems if they do not compile.
func Compile(ctx context.Context, opts Options) (*Compiled, error) {
	opts, src, err := find(opts)
	if err != nil {
		return nil, err
	}
	return inTime(ctx, func(ctx context.Context) (*Compiled, error) { return compiledOf(ctx, opts, src) })
}

func compiledOf(ctx context.Context, opts Options, src source) (*Compiled, error) {
	out := &Compiled{Root: src.root, Repo: src.repo, paths: displayPaths(opts.Dir, src), dir: opts.Dir}
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
	out.Set = set
	out.Files, err = link(set)
	return out, err
}

// Link is contracts that were compiled earlier, such as those of a release. What the set
// lacks of protobuf's own files and of the vocabulary is lent.
func Link(set *descriptorpb.FileDescriptorSet) (*Compiled, error) {
	files, err := link(set)
	return &Compiled{Files: files, Set: set}, err
}
