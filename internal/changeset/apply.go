package changeset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// ErrUnfinished says that a run has left changes in the directory that are neither
// finished nor undone: it was killed, or is at work. Recover undoes them.
var ErrUnfinished = errors.New("another run has not finished its changes here, or was killed in the middle")

// Step is what must succeed for changes to stay, such as the generation of code from
// them. It runs when all files have their new content.
type Step func(ctx context.Context) error

// Apply makes all changes of the plan and runs the steps, one after the other. If
// anything fails, or ctx ends before all is done, every file and directory of the
// plan and of Guard is put back as it was, and the error says so. An error that
// matches ErrUnfinished says that this failed too, and what is left.
//
// What a step changes elsewhere stays, so name the directories that it writes to
// with Guard. The files get new modification times where they are put back.
func (p *Plan) Apply(ctx context.Context, steps ...Step) (err error) {
	if err := p.check(); err != nil {
		return fmt.Errorf("nothing is changed: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("nothing is changed: %w", err)
	}
	if len(p.changes) == 0 && len(steps) == 0 {
		return nil
	}
	j, err := p.begin()
	if err != nil {
		return fmt.Errorf("nothing is changed: %w", err)
	}
	done := false
	defer func() {
		if done {
			return
		}
		// Also for a step that panics. The reason goes on; what failed here is told.
		if undo := j.undo(false); undo != nil {
			err = fmt.Errorf("%w; it cannot be undone: %w: %w", err, ErrUnfinished, undo)
			_ = j.lock.Close() // for Recover
		} else if err != nil {
			err = fmt.Errorf("%w; every file is as it was before", err)
		}
	}()
	if err := p.write(ctx, j); err != nil {
		return err
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("interrupted: %w", err)
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("interrupted: %w", err)
	}
	if err := j.finish(); err != nil {
		return err
	}
	done = true
	return nil
}

// write puts every new content beside its target, and then all in their places.
func (p *Plan) write(ctx context.Context, j *journal) error {
	for _, dir := range j.Dirs {
		if err := p.disk.Mkdir(dir, 0o777); err != nil {
			return err
		}
	}
	changes := p.sorted()
	for _, c := range changes {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("interrupted: %w", err)
		}
		if c.action == Delete {
			continue
		}
		if err := p.disk.Write(beside(c.path), c.now, j.modeOf(c.path)); err != nil {
			return err
		}
	}
	for _, c := range changes {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("interrupted: %w", err)
		}
		if err := p.checkFile(c); err != nil { // it took time to come here
			return fmt.Errorf("%s %s: %w", c.action, c.path, err)
		}
		if c.action == Delete {
			if err := p.disk.Remove(c.path); err != nil {
				return err
			}
			continue
		}
		if err := p.disk.Rename(beside(c.path), c.path); err != nil {
			return err
		}
	}
	return nil
}

// modeOf is the mode that a file had, 0 for one that did not exist.
func (j *journal) modeOf(name string) fs.FileMode {
	for _, f := range j.Files {
		if f.Path == name {
			return f.Mode
		}
	}
	return 0
}
