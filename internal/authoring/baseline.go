package authoring

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// baseline is the commit that a change is compared with, and how it was found.
func (c *Change) baseline(ctx context.Context) (commit, why string, err error) {
	if _, err := exec.LookPath("git"); err != nil {
		return "", "", &notRun{"git is not installed: there is nothing to compare with"}
	}
	if _, err := c.git(ctx, "rev-parse", "--git-dir"); err != nil {
		return "", "", &notRun{"this is not a git repository: there is nothing to compare with"}
	}
	if base := os.Getenv("BREAKING_BASE"); base != "" {
		commit, err := c.commit(ctx, base)
		if err != nil {
			return "", "", fmt.Errorf("the baseline %q of BREAKING_BASE is not a commit here: fetch it, or set it to one that is", base)
		}
		return commit, "BREAKING_BASE", nil
	}
	const main = "origin/main"
	if _, err := c.commit(ctx, main); err == nil {
		if _, err := c.git(ctx, "merge-base", "--is-ancestor", "HEAD", main); err != nil {
			if base, err := c.git(ctx, "merge-base", "HEAD", main); err == nil {
				return base, "merge base with " + main, nil
			}
		}
	}
	if commit, err := c.commit(ctx, "HEAD~1"); err == nil {
		return commit, "HEAD~1", nil
	}
	return "", "", &notRun{"there is no earlier commit: there is nothing to compare with"}
}

func (c *Change) commit(ctx context.Context, name string) (string, error) {
	return c.git(ctx, "rev-parse", "-q", "--verify", "--end-of-options", name+"^{commit}")
}

func (c *Change) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = c.After.Root
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// tree is the contracts of a commit in a directory of their own.
type tree struct{ dir string }

func (t tree) remove()                   { _ = os.RemoveAll(t.dir) } // of temporary files
func (t tree) path(module string) string { return filepath.Join(t.dir, filepath.FromSlash(module)) }

func (t tree) has(module string) bool {
	_, err := os.Stat(t.path(module))
	return err == nil
}

// checkout writes buf.yaml and the modules of a commit into a temporary directory. It
// does without buf's own reading of git, which clones, and needs no work tree.
func (c *Change) checkout(ctx context.Context, commit string) (tree, error) {
	want := []string{"buf.yaml"}
	for _, m := range c.After.Repo.Modules {
		want = append(want, m.Dir)
	}
	args := append([]string{"ls-tree", "--name-only", commit, "--"}, want...)
	have, err := c.git(ctx, args...)
	if err != nil || have == "" {
		return tree{}, &notRun{fmt.Sprintf("the baseline %.12s has no contracts: there is nothing to compare with", commit)}
	}
	cmd := exec.CommandContext(ctx, "git", append([]string{"archive", "--format=tar", commit, "--"}, strings.Split(have, "\n")...)...)
	cmd.Dir = c.After.Root
	out, err := cmd.Output()
	if err != nil {
		return tree{}, fmt.Errorf("read the baseline %.12s: %w", commit, err)
	}
	dir, err := os.MkdirTemp("", "eventctl-baseline-")
	if err != nil {
		return tree{}, err
	}
	t := tree{dir}
	if err := untar(dir, out); err != nil {
		t.remove()
		return tree{}, fmt.Errorf("read the baseline %.12s: %w", commit, err)
	}
	return t, nil
}

// untar writes the directories and files of an archive that git made.
func untar(dir string, archive []byte) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(strings.TrimSuffix(h.Name, "/"), 0o700)
		case tar.TypeReg:
			var text []byte
			if text, err = io.ReadAll(r); err == nil {
				if err = root.MkdirAll(filepath.Dir(h.Name), 0o700); err == nil {
					err = root.WriteFile(h.Name, text, 0o600)
				}
			}
		}
		if err != nil {
			return err
		}
	}
}
