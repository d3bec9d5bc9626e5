package changeset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
)

// The folder in the plan's directory that exists while changes are made. It holds a
// lock, copies of what was there, and, as long as undoing is due, the journal.
const (
	journalDir  = ".changeset"
	journalFile = journalDir + "/journal.json"
	oldDir      = journalDir + "/old"
	lockFile    = journalDir + "/lock"
)

// journal is what undoing needs to know, also for another process. It is written
// before the first change, and removing it is the moment from which changes stay.
type journal struct {
	Files []kept   // of the plan and of guarded directories
	Dirs  []string // that the plan makes, the outermost first
	Temps []string // files that may be beside their targets
	Guard []string // directories that are put back in full

	disk fileSystem
	lock *os.File
}

// kept is one file as it was.
type kept struct {
	Path    string
	Mode    fs.FileMode
	Copy    string // its content in the folder, "" if the file did not exist
	Old     string // SHA-256 of the content before and after; "" if there is no file
	New     string
	Guarded bool
}

// begin locks the directory, copies what was there, and writes the journal. If that
// fails it leaves nothing behind.
func (p *Plan) begin() (*journal, error) {
	if err := p.disk.Mkdir(journalDir, 0o777); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, ErrUnfinished
		}
		// The first write of all: its path is ours, and says nothing to whoever may not
		// write there.
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			err = at.Err
		}
		return nil, fmt.Errorf("%s cannot be written to: %w", p.root.Name(), err)
	}
	j := &journal{disk: p.disk}
	err := j.acquire(p.root)
	if err == nil {
		err = p.record(j)
	}
	if err == nil {
		err = j.save()
	}
	if err != nil {
		return nil, errors.Join(err, j.clear())
	}
	return j, nil
}

func (j *journal) acquire(root *os.Root) error {
	f, err := root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	if err := lock(f); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrUnfinished, err), f.Close())
	}
	j.lock = f
	return nil
}

func (p *Plan) record(j *journal) error {
	if err := j.disk.Mkdir(oldDir, 0o777); err != nil {
		return err
	}
	planned := map[string]bool{}
	made := map[string]bool{}
	for _, c := range p.sorted() {
		planned[c.path] = true
		k := kept{Path: c.path}
		if c.action != Delete {
			k.New = sum(c.now)
			j.Temps = append(j.Temps, beside(c.path))
		}
		if c.action != Create {
			if err := j.keep(&k, c.was); err != nil {
				return err
			}
		}
		j.Files = append(j.Files, k)
		for _, dir := range dirsAbove(c.path) {
			if _, err := j.disk.Lstat(dir); errors.Is(err, fs.ErrNotExist) && !made[dir] {
				made[dir] = true
				j.Dirs = append(j.Dirs, dir)
			}
		}
	}
	for _, dir := range p.guarded {
		j.Guard = append(j.Guard, dir)
		files, err := filesBelow(j.disk, dir)
		if err != nil {
			return err
		}
		for _, name := range files {
			if planned[name] {
				continue
			}
			content, err := j.disk.ReadFile(name)
			if err != nil {
				return err
			}
			k := kept{Path: name, Guarded: true}
			if err := j.keep(&k, content); err != nil {
				return err
			}
			j.Files = append(j.Files, k)
		}
	}
	return nil
}

// keep copies what a file holds, with its mode, so that a rename puts it back even
// when the disk is full.
func (j *journal) keep(k *kept, content []byte) error {
	info, err := j.disk.Lstat(k.Path)
	if err != nil {
		return err
	}
	k.Mode, k.Old = info.Mode().Perm(), sum(content)
	k.Copy = oldDir + "/" + strconv.Itoa(len(j.Files))
	return j.disk.Write(k.Copy, content, k.Mode)
}

func (j *journal) save() error {
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	if err := j.disk.Write(beside(journalFile), text, 0o644); err != nil {
		return err
	}
	return j.disk.Rename(beside(journalFile), journalFile)
}

// finish makes the changes stay.
func (j *journal) finish() error {
	if err := j.disk.Remove(journalFile); err != nil {
		return err
	}
	// From here on a folder that cannot be removed is untidy and not a failure: the
	// next run takes it away, since it has no journal.
	_ = j.clear()
	return nil
}

// clear removes the folder, with the journal first, because what is left of a folder
// without one means nothing.
func (j *journal) clear() error {
	errs := []error{missingIsFine(j.disk.Remove(journalFile))}
	names, err := filesBelow(j.disk, journalDir)
	errs = append(errs, err)
	for _, name := range names {
		if name != lockFile {
			errs = append(errs, missingIsFine(j.disk.Remove(name)))
		}
	}
	errs = append(errs, missingIsFine(j.disk.Remove(oldDir)), missingIsFine(j.disk.Remove(lockFile)))
	if j.lock != nil {
		errs = append(errs, j.lock.Close()) // unlocks
		j.lock = nil
	}
	return errors.Join(append(errs, missingIsFine(j.disk.Remove(journalDir)))...)
}

// filesBelow are all files of a directory in order, none if it does not exist.
func filesBelow(disk fileSystem, dir string) ([]string, error) {
	entries, err := disk.ReadDir(dir)
	if err != nil {
		return nil, missingIsFine(err)
	}
	var out []string
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if !e.IsDir() {
			out = append(out, name)
			continue
		}
		below, err := filesBelow(disk, name)
		if err != nil {
			return nil, err
		}
		out = append(out, below...)
	}
	return out, nil
}

func missingIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}
