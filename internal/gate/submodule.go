package gate

import (
	"context"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// submodules writes the .proto files of submodules below root that modules of contracts
// have files in: an archive of a commit leaves them out, and their events would be taken
// for new ones.
func (t Tree) submodules(ctx context.Context, root, commit string, now *contractrepo.Repo) error {
	all, err := repo{ctx, root}.git("ls-tree", "-r", "-z", commit)
	if err != nil {
		return unknownf("read the baseline %.12s: %v", commit, err)
	}
	for entry := range strings.SplitSeq(all, "\x00") {
		meta, name, found := strings.Cut(entry, "\t")
		words := strings.Fields(meta)
		if !found || len(words) != 3 || words[1] != "commit" || !holdsContracts(now, name) {
			continue
		}
		cmd := exec.CommandContext(ctx, "git", "archive", "--format=tar", "--prefix="+name+"/", words[2], "--", "*.proto")
		cmd.Dir = filepath.Join(root, filepath.FromSlash(name))
		out, err := cmd.Output()
		if err != nil {
			return unknownf("the baseline %.12s has contracts in the submodule %s, whose commit %.12s is not here: run git submodule update --init, and git fetch in it", commit, name, words[2])
		}
		if err := untar(t.Dir, out); err != nil {
			return unknownf("read the submodule %s of the baseline %.12s: %v", name, commit, err)
		}
	}
	return nil
}

// holdsContracts reports whether a directory is in a module, or around one.
func holdsContracts(r *contractrepo.Repo, dir string) bool {
	within := func(a, b string) bool { return a == b || b == "." || strings.HasPrefix(a, b+"/") }
	for _, m := range r.Modules {
		if of := path.Clean(m.Dir); within(dir, of) || within(of, dir) {
			return true
		}
	}
	return false
}
