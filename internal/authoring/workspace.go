package authoring

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
)

// Workspace is the contracts of one place, to be changed once.
type Workspace struct {
	// Catalog is the contracts as they are.
	Catalog *catalog.Catalog

	// Undone are files that a killed run had changed, and that are as they were before
	// it again.
	Undone []string

	plan *changeset.Plan
}

// Open reads contracts, which must be without problems: what would be wrong after a
// change is the change's then. What a killed run has left is undone first.
func Open(ctx context.Context, opts catalog.Options) (*Workspace, error) {
	root, err := catalog.Root(opts)
	if err != nil {
		return nil, err
	}
	undone, err := changeset.Recover(root)
	if err != nil {
		return nil, err
	}
	w, err := open(ctx, root, opts)
	if err != nil {
		return nil, err
	}
	w.Undone = undone
	return w, nil
}

// Look is Open for a change that is only shown: it writes nothing, and so undoes nothing
// either.
func Look(ctx context.Context, opts catalog.Options) (*Workspace, error) {
	root, err := catalog.Root(opts)
	if err != nil {
		return nil, err
	}
	w, err := open(ctx, root, opts)
	if errors.Is(err, changeset.ErrUnfinished) {
		return nil, fmt.Errorf("%w: without --dry-run they are undone first", err)
	}
	return w, err
}

func open(ctx context.Context, root string, opts catalog.Options) (*Workspace, error) {
	plan, err := changeset.Open(root)
	if err != nil {
		return nil, err
	}
	c, err := catalog.Load(ctx, opts)
	if err != nil {
		return nil, errors.Join(err, plan.Close())
	}
	return &Workspace{Catalog: c, plan: plan}, nil
}

// Draft reads contracts of which nothing has to be on disk, because opts plans them. A
// change of them is not applied: who writes the contracts writes its Contents too.
func Draft(ctx context.Context, opts catalog.Options) (*Workspace, error) {
	c, err := catalog.Load(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &Workspace{Catalog: c}, nil
}

// Close ends the use of the contracts. What was not applied is not changed.
func (w *Workspace) Close() error {
	if w.plan == nil {
		return nil
	}
	return w.plan.Close()
}

// read is a file as it is, by its path below the root.
func (w *Workspace) read(name string) ([]byte, error) {
	if w.plan == nil {
		return w.Catalog.Repo.ReadFile(name)
	}
	return w.plan.Read(name)
}

// Mistake is a wrong argument: what the caller can correct, and run again.
type Mistake struct{ Err error }

func (m *Mistake) Error() string { return m.Err.Error() }

// Unwrap is what is wrong.
func (m *Mistake) Unwrap() error { return m.Err }

func mistake(format string, args ...any) error { return &Mistake{fmt.Errorf(format, args...)} }

// Question is what only a person can know, once nothing else says it.
type Question struct {
	What    string   // such as "owner"
	Text    string   // the whole question
	Choices []string // the possible answers; any if empty
	Default string   // the answer of who only confirms; "" for none
}

// Ask puts a question to a person. An error ends the change.
type Ask func(Question) (string, error)

// fileOf is where a file of an import path lies below the root.
func fileOf(module, file string) string { return path.Join(module, file) }
