package changeset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Plan is what is to be changed below one directory. It is not safe for concurrent
// use.
//
// Create, Replace and Delete return no error, so that a command reads as the list of
// what it does: everything that is wrong with the plan is reported at once, by Diff
// and Apply.
type Plan struct {
	root     *os.Root
	disk     fileSystem
	read     map[string][]byte // what Read gave, for Replace and Delete
	changes  []change
	guarded  []string
	problems []error
}

type change struct {
	path     string
	action   Action
	was, now []byte
}

// Open begins an empty plan for the files below a directory, which must exist. What
// a killed run has left there must be undone first: an error that matches
// ErrUnfinished says so. Opening writes nothing.
func Open(dir string) (*Plan, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("plan changes: %w", err)
	}
	p := &Plan{root: root, disk: rootDisk{root}, read: map[string][]byte{}}
	if _, err := p.disk.Lstat(journalDir); err == nil {
		_ = root.Close() // only read
		return nil, fmt.Errorf("plan changes in %s: %w", dir, ErrUnfinished)
	}
	return p, nil
}

// Close ends the use of the directory. A plan that was not applied changes nothing.
func (p *Plan) Close() error { return p.root.Close() }

// Read gives the content of a file. If it is on disk no longer what was read when
// the plan is applied, that is an error: somebody has edited it in between.
// A file that is not there is an error that matches fs.ErrNotExist.
func (p *Plan) Read(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("read %q: not a path below the directory", name)
	}
	content, err := p.disk.ReadFile(name)
	if err != nil {
		return nil, err
	}
	p.read[name] = content
	return bytes.Clone(content), nil
}

// Create adds a file that must not exist. Its directories are made. Their modes are
// what the process's umask leaves of 0666 and 0777.
// A file that exists with the same content is no change.
func (p *Plan) Create(name string, content []byte) {
	if was, err := p.disk.ReadFile(name); err == nil && fs.ValidPath(name) && bytes.Equal(was, content) {
		return
	}
	p.add(change{path: name, action: Create, now: bytes.Clone(content)})
}

// Replace gives a file that exists new content and keeps its mode. The content that
// it has already is no change.
func (p *Plan) Replace(name string, content []byte) {
	was, ok := p.before(name)
	if ok && !bytes.Equal(was, content) {
		p.add(change{path: name, action: Replace, was: was, now: bytes.Clone(content)})
	}
}

// Delete removes a file that exists. Its directory stays.
func (p *Plan) Delete(name string) {
	if was, ok := p.before(name); ok {
		p.add(change{path: name, action: Delete, was: was})
	}
}

// Guard has a directory put back in full, without files that were added, if Apply
// fails: one that a step of Apply writes to, such as that of generated code. All its
// files are copied once before the first change.
func (p *Plan) Guard(dir string) {
	if !fs.ValidPath(dir) || dir == "." {
		p.problems = append(p.problems, fmt.Errorf("guard %q: not a directory below the root", dir))
		return
	}
	p.guarded = append(p.guarded, dir)
}

func (p *Plan) before(name string) ([]byte, bool) {
	if was, ok := p.read[name]; ok {
		return was, true
	}
	was, err := p.Read(name)
	if err != nil {
		p.problems = append(p.problems, err)
		return nil, false
	}
	return was, true
}

// add keeps a change if it agrees with those before it.
func (p *Plan) add(c change) {
	if err := checkPath(c.path); err != nil {
		p.problems = append(p.problems, fmt.Errorf("%s %q: %w", c.action, c.path, err))
		return
	}
	for _, other := range p.changes {
		why := ""
		switch {
		case other.path == c.path:
			why = "the plan changes it already"
		case strings.EqualFold(other.path, c.path):
			why = "its name differs from " + other.path + " in case only, which some file systems take for one"
		case strings.HasPrefix(c.path, other.path+"/") || strings.HasPrefix(other.path, c.path+"/"):
			why = "the plan has " + other.path + ", and one of the two would have to be a directory"
		}
		if why != "" {
			p.problems = append(p.problems, fmt.Errorf("%s %s: %s", c.action, c.path, why))
			return
		}
	}
	p.changes = append(p.changes, c)
}

func checkPath(name string) error {
	switch {
	case !fs.ValidPath(name) || name == ".":
		return errors.New(`not a path below the directory: it is relative, with "/" and without ".."`)
	case name == journalDir || strings.HasPrefix(name, journalDir+"/"):
		return errors.New("the folder is for what a plan keeps")
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\\' || r == '"' || r == ':' || r == 0x7f }):
		return errors.New("a name with control characters, quotes, colons or backslashes does not work everywhere")
	}
	return nil
}

// sorted are the changes by path, so that neither diff nor errors depend on the
// order in which they were added.
func (p *Plan) sorted() []change {
	out := slices.Clone(p.changes)
	slices.SortFunc(out, func(a, b change) int { return strings.Compare(a.path, b.path) })
	return out
}

// check is everything that keeps the plan from being applied, without a write.
func (p *Plan) check() error {
	problems := slices.Clone(p.problems)
	said := map[string]bool{}
	for _, c := range p.sorted() {
		if err := p.checkDirs(c.path); err != nil {
			if !said[err.Error()] {
				problems = append(problems, err)
			}
			said[err.Error()] = true
			continue
		}
		if err := p.checkFile(c); err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", c.action, c.path, err))
		}
		if _, err := p.disk.Lstat(beside(c.path)); err == nil {
			problems = append(problems, fmt.Errorf("%s is in the way: remove it", beside(c.path)))
		}
	}
	return errors.Join(problems...)
}

func (p *Plan) checkFile(c change) error {
	info, err := p.disk.Lstat(c.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if c.action != Create {
			return errors.New("it is not there any more")
		}
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a directory")
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("it is a symbolic link: name the file that it leads to")
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case c.action == Create:
		return errors.New("it exists already")
	case info.Mode().Perm()&0o222 == 0:
		return errors.New("it is read-only")
	}
	now, err := p.disk.ReadFile(c.path)
	if err == nil && !bytes.Equal(now, c.was) {
		err = errors.New("it has changed since it was read: try again")
	}
	return err
}

// checkDirs looks at the directories above a file, as far as they exist. The file
// system says whether the user may write only when it is tried; a directory that
// nobody may write is known now.
func (p *Plan) checkDirs(name string) error {
	deepest := "."
	for _, dir := range dirsAbove(name) {
		info, err := p.disk.Lstat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.Mode()&fs.ModeSymlink != 0:
			return fmt.Errorf("directory %s is a symbolic link: give the path that it leads to", dir)
		case !info.IsDir():
			return fmt.Errorf("%s is not a directory", dir)
		default:
			deepest = dir
		}
	}
	if info, err := p.disk.Lstat(deepest); err == nil && info.Mode().Perm()&0o222 == 0 {
		return fmt.Errorf("directory %s is read-only", deepest)
	}
	return nil
}

// dirsAbove are the directories of a file, the outermost first, without the root.
func dirsAbove(name string) []string {
	var out []string
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		out = append(out, dir)
	}
	slices.Reverse(out)
	return out
}
