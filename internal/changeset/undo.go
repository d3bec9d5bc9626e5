package changeset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
)

// Recover undoes what a killed run has left in a directory, and gives the paths of
// the plan's files that it was about. Nothing left is no error. A run that is still
// at work is an error that matches ErrUnfinished.
//
// A file that somebody has edited since is left alone: the error names it, and the
// copy of what was there before the killed run.
func Recover(dir string) (undone []string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("undo changes: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return recoverIn(root, rootDisk{root})
}

func recoverIn(root *os.Root, disk fileSystem) ([]string, error) {
	if _, err := disk.Lstat(journalDir); err != nil {
		return nil, missingIsFine(err)
	}
	j := &journal{disk: disk}
	if err := j.acquire(root); err != nil {
		return nil, err
	}
	text, err := disk.ReadFile(journalFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, j.clear() // killed before its first change, or after its last
	}
	if err == nil {
		err = json.Unmarshal(text, j)
	}
	if err == nil {
		err = j.undo(true)
	}
	if err != nil {
		if j.lock != nil {
			err = errors.Join(err, j.lock.Close())
		}
		return nil, fmt.Errorf("undo changes: %w", err)
	}
	var undone []string
	for _, f := range j.Files {
		if !f.Guarded {
			undone = append(undone, f.Path)
		}
	}
	return undone, nil
}

// undo puts everything back, and can be called again after it was killed itself. If
// careful, a file of the plan that is neither as it was nor as it was written is left
// and reported.
func (j *journal) undo(careful bool) error {
	var errs []error
	for _, name := range j.Temps {
		errs = append(errs, missingIsFine(j.disk.Remove(name)))
	}
	keep := map[string]bool{}
	for _, f := range j.Files {
		if f.Copy != "" {
			keep[f.Path] = true
		}
		errs = append(errs, j.putBack(f, careful))
	}
	for _, dir := range j.Guard {
		errs = append(errs, j.removeAdded(dir, keep))
	}
	for _, dir := range slices.Backward(j.Dirs) {
		errs = append(errs, missingIsFine(j.disk.Remove(dir)))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return j.clear()
}

func (j *journal) putBack(f kept, careful bool) error {
	now := ""
	content, err := j.disk.ReadFile(f.Path)
	switch {
	case err == nil:
		now = sum(content)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if now == f.Old {
		return nil // its mode was never touched: a rename replaces a file with its mode
	}
	if careful && !f.Guarded && now != f.New {
		hint := "it did not exist before"
		if f.Copy != "" {
			hint = "what was there before is " + f.Copy
		}
		return fmt.Errorf("%s has been edited since a run was killed: %s; choose one, and remove the folder %s", f.Path, hint, journalDir)
	}
	if f.Copy == "" {
		return j.disk.Remove(f.Path)
	}
	for _, dir := range dirsAbove(f.Path) { // a step may have removed them
		if err := j.disk.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return j.disk.Rename(f.Copy, f.Path)
}

// removeAdded removes from a guarded directory what was not there, and directories
// that are empty then; one that was empty before the plan is lost.
func (j *journal) removeAdded(dir string, keep map[string]bool) error {
	entries, err := j.disk.ReadDir(dir)
	if err != nil {
		return missingIsFine(err)
	}
	var errs []error
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			errs = append(errs, j.removeAdded(name, keep))
		case !keep[name]:
			errs = append(errs, j.disk.Remove(name))
		}
	}
	if left, err := j.disk.ReadDir(dir); err == nil && len(left) == 0 {
		errs = append(errs, j.disk.Remove(dir))
	}
	return errors.Join(errs...)
}
