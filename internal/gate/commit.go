package gate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Unknown is the error of a gate that cannot know what a change breaks: a wrong guess
// would let a breaking change pass.
type Unknown struct {
	Problem string
	// NoHistory says that there is nowhere to look for an earlier state.
	NoHistory bool
}

func (e *Unknown) Error() string { return e.Problem }

func unknownf(format string, args ...any) error {
	return &Unknown{Problem: fmt.Sprintf(format, args...)}
}

// Nothing is the error of a change that there is nothing to compare with.
type Nothing struct {
	Reason string
	// Blind says that nobody could look, and not that there is nothing.
	Blind bool
}

func (e *Nothing) Error() string { return e.Reason + ": there is nothing to compare with" }

// Commit is the commit that a change is compared with.
type Commit struct {
	ID  string
	Why string // how it was found: "HEAD~1"
}

func (b Commit) String() string { return fmt.Sprintf("%.12s (%s)", b.ID, b.Why) }

// Find is the baseline of the repository around root: against if it is given, which
// named says where ("--against"), else the merge base with the main branch if HEAD is not
// on it, else the commit before HEAD.
func Find(ctx context.Context, root, against, named string) (Commit, error) {
	g := repo{ctx, root}
	if _, err := exec.LookPath("git"); err != nil {
		if against != "" {
			return Commit{}, unknownf("%s %s: git is not installed, which has the commit: install it", named, against)
		}
		return Commit{}, &Nothing{"git is not installed", true}
	}
	if _, err := g.git("rev-parse", "--git-dir"); err != nil {
		if against != "" {
			return Commit{}, unknownf("%s %s: this is not a git repository, and no release has that name: name one, or run it where the contracts are under git", named, against)
		}
		if UnderGit(root) { // such as one of another owner, which git refuses
			return Commit{}, unknownf("git does not read this repository: %v", err)
		}
		return Commit{}, &Nothing{"this is not a git repository", true}
	}
	if against != "" && strings.Trim(against, "0") == "" && len(against) >= 40 {
		against = "" // what CI systems say of a branch that was not there before a push
	}
	if against != "" {
		commit, err := g.commit(against)
		if err != nil {
			return Commit{}, g.missing(fmt.Sprintf("the baseline %q of %s is not a commit here, and not a release", against, named), "fetch it, or name one that is here")
		}
		return Commit{commit, named}, nil
	}
	if main := g.main(); main != "" {
		if _, err := g.git("merge-base", "--is-ancestor", "HEAD", main); err != nil {
			base, err := g.git("merge-base", "HEAD", main)
			switch {
			case err == nil:
				return Commit{base, "merge base with " + main}, nil
			case strings.HasPrefix(main, "origin/"):
				return Commit{}, g.missing("HEAD and "+main+" have no commit in common", "set BREAKING_BASE to the commit to compare with")
			}
		}
	}
	if commit, err := g.commit("HEAD~1"); err == nil {
		return Commit{commit, "HEAD~1"}, nil
	}
	if g.shallow() {
		return Commit{}, g.missing("HEAD~1 is not here", "")
	}
	return Commit{}, &Nothing{Reason: "there is no earlier commit"}
}

// main is the branch that changes are merged into: what origin says, or calls one of two
// names; without origin the local one. "" if there is none.
func (g repo) main() string {
	if head, err := g.git("symbolic-ref", "-q", "--short", "refs/remotes/origin/HEAD"); err == nil {
		if _, err := g.commit(head); err == nil {
			return head
		}
	}
	for _, name := range []string{"origin/main", "origin/master", "main", "master"} {
		if _, err := g.commit("refs/" + map[bool]string{true: "remotes/", false: "heads/"}[strings.HasPrefix(name, "origin/")] + name); err == nil {
			return name
		}
	}
	return ""
}

// dirty reports whether files differ from HEAD.
func (g repo) dirty(patterns ...string) bool {
	out, err := g.git(append([]string{"status", "--porcelain", "--"}, patterns...)...)
	return err != nil || out != ""
}

// repo is the git repository around a directory.
type repo struct {
	ctx  context.Context //nolint:containedctx // one call's, and not kept
	root string
}

func (g repo) git(args ...string) (string, error) {
	cmd := exec.CommandContext(g.ctx, "git", args...)
	cmd.Dir = g.root
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && len(exit.Stderr) > 0 {
		err = fmt.Errorf("%w: %s", err, cut(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}

func (g repo) commit(name string) (string, error) {
	return g.git("rev-parse", "-q", "--verify", "--end-of-options", name+"^{commit}")
}

func (g repo) shallow() bool {
	out, err := g.git("rev-parse", "--is-shallow-repository")
	return err == nil && out == "true"
}

// missing is what to do about a commit that is not here: a shallow clone may lack it.
func (g repo) missing(problem, fix string) error {
	if g.shallow() {
		return unknownf("%s: this clone is shallow: run git fetch --unshallow (in CI: check out with fetch-depth: 0)", problem)
	}
	return unknownf("%s: %s", problem, fix)
}

// UnderGit reports whether a directory, which need not exist yet, is in a git repository,
// whatever git says of it.
func UnderGit(dir string) bool {
	for dir, err := filepath.Abs(dir); err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		if filepath.Dir(dir) == dir {
			break
		}
	}
	return false
}
