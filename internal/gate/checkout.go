package gate

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Tree is files of a commit in a directory of their own.
type Tree struct{ Dir string }

// Remove deletes the directory, which is temporary.
func (t Tree) Remove() { _ = os.RemoveAll(t.Dir) }

// Path is where a file or directory of the commit lies.
func (t Tree) Path(name string) string { return filepath.Join(t.Dir, filepath.FromSlash(name)) }

// Has reports whether the commit has a file or directory.
func (t Tree) Has(name string) bool {
	_, err := os.Stat(t.Path(name))
	return err == nil
}

// Checkout writes files and directories of a commit into a temporary directory, those
// that git's patterns match. It does without buf's own reading of git, which clones, and needs no work
// tree. None of them in the commit is an error of type Nothing.
func Checkout(ctx context.Context, root, commit string, names ...string) (Tree, error) {
	all, err := repo{ctx, root}.git("ls-tree", "-r", "-z", "--name-only", commit)
	if err != nil {
		return Tree{}, unknownf("read the baseline %.12s: %v", commit, err)
	}
	var have []string // git archive refuses what matches nothing
	for _, n := range names {
		if slices.ContainsFunc(strings.Split(all, "\x00"), func(file string) bool {
			return file == n || strings.HasPrefix(file, n+"/") || n == "." && file != "" || strings.HasPrefix(n, "*") && strings.HasSuffix(file, n[1:])
		}) {
			have = append(have, n)
		}
	}
	if len(have) == 0 {
		return Tree{}, &Nothing{Reason: fmt.Sprintf("the baseline %.12s has no contracts", commit)}
	}
	cmd := exec.CommandContext(ctx, "git", append([]string{"archive", "--format=tar", commit, "--"}, have...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return Tree{}, unknownf("read the baseline %.12s: %v", commit, err)
	}
	dir, err := os.MkdirTemp("", "eventctl-baseline-")
	if err != nil {
		return Tree{}, err
	}
	t := Tree{dir}
	err = untar(dir, out)
	if err == nil {
		err = whole(t, strings.Split(all, "\x00"))
	}
	if err != nil {
		t.Remove()
		return Tree{}, unknownf("read the baseline %.12s: %v", commit, err)
	}
	return t, nil
}

// whole is an error if a .proto file of a commit is not in its tree: an event that is
// missing there would be taken for a new one.
func whole(t Tree, files []string) error {
	for _, name := range files {
		if _, err := os.Lstat(t.Path(name)); filepath.Ext(name) == ".proto" && err != nil {
			return fmt.Errorf("git does not hand out %s: take it out of export-ignore in .gitattributes", name)
		}
	}
	return nil
}

// elsewhere is the directory in which a commit has files of contracts that are below root
// today; "" if it has none of them, or only below root.
func elsewhere(ctx context.Context, root, commit string, files []string) (string, error) {
	all, err := repo{ctx, root}.git("ls-tree", "-r", "-z", "--full-tree", "--name-only", commit)
	if err != nil {
		return "", unknownf("read the baseline %.12s: %v", commit, err)
	}
	for name := range strings.SplitSeq(all, "\x00") {
		for _, f := range files {
			if dir, found := strings.CutSuffix("/"+name, "/"+f); found {
				return cmp.Or(strings.TrimPrefix(dir, "/"), "the repository's root"), nil
			}
		}
	}
	return "", nil
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
		case tar.TypeSymlink: // one that leads out of the tree is followed by nobody: what needs it does not compile
			if err = root.MkdirAll(filepath.Dir(h.Name), 0o700); err == nil {
				err = root.Symlink(h.Linkname, h.Name)
			}
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
