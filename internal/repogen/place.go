package repogen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/changeset"
)

// Place makes sure that a repository can be made in a directory, which does not exist
// or is empty: a repository of git's may be there already. What a killed run has left
// there is undone first, and told.
func Place(dir string) (undone []string, err error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, writable(existing(dir))
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is a file: give a directory that is empty, or not there yet", dir)
	}
	if err := writable(dir); err != nil {
		return nil, err
	}
	if undone, err = changeset.Recover(dir); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Name() != ".git" {
			names = append(names, e.Name())
		}
	}
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	if len(names) > 0 {
		return undone, fmt.Errorf("%s is not empty (%s): give one that is empty, or not there yet", dir, strings.Join(names, ", "))
	}
	return undone, nil
}

// existing is the nearest directory above one that does not exist.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// writable looks at a directory's mode: whether this user may write there, only the
// file system knows.
func writable(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is a file", dir)
	case info.Mode().Perm()&0o222 == 0:
		return fmt.Errorf("directory %s is read-only", dir)
	}
	return nil
}

// Write writes the repository and runs the steps that have to succeed for it, or
// leaves nothing behind, neither files nor directories.
func (r *Repo) Write(ctx context.Context, dir string, steps ...changeset.Step) (err error) {
	made, err := makeDirs(dir)
	defer func() {
		if err != nil {
			for _, d := range slices.Backward(made) {
				_ = os.Remove(d) // one that somebody else uses by now stays
			}
		}
	}()
	if err != nil {
		return err
	}
	plan, err := changeset.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	for name, content := range r.Files {
		plan.Create(name, content)
	}
	return plan.Apply(ctx, steps...)
}

// makeDirs makes a directory with those above it, and gives those that it made, the
// outermost first.
func makeDirs(dir string) (made []string, err error) {
	from := existing(dir)
	for at := dir; at != from; at = filepath.Dir(at) {
		made = append(made, at)
	}
	slices.Reverse(made)
	for i, d := range made {
		if err := os.Mkdir(d, 0o777); err != nil {
			return made[:i], err
		}
	}
	return made, nil
}
