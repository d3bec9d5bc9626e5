package authoring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/protoedit"
	"github.com/eventcontracts/eventcontracts/internal/servicesedit"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// build is a change in the making: the new content of files, by their paths below the
// root, with slashes.
type build struct {
	workspace *Workspace
	files     map[string][]byte
	created   map[string]bool
	copied    map[string]string // what created files are copies of
	goImport  string            // of the Go that people write, such as conversions; empty if there is none
}

func (w *Workspace) build() *build {
	return &build{workspace: w, files: map[string][]byte{}, created: map[string]bool{}, copied: map[string]string{}}
}

func (b *build) create(name string, content []byte) {
	b.files[name], b.created[name] = content, true
}

func (b *build) replace(name string, content []byte) { b.files[name] = content }

// read is the content that a file has, or will have.
func (b *build) read(name string) ([]byte, error) {
	if content, ok := b.files[name]; ok {
		return content, nil
	}
	return b.workspace.read(name)
}

// edit changes a .proto file and keeps every other byte of it.
func (b *build) edit(name string, change func(*protoedit.File) error) error {
	text, err := b.read(name)
	if err != nil {
		return err
	}
	f, err := protoedit.Parse(name, text)
	if err != nil {
		return err
	}
	if err := change(f); err != nil {
		return err
	}
	b.replace(name, f.Bytes())
	return nil
}

// editServices changes services.yaml, which need not exist.
func (b *build) editServices(change func(*servicesedit.File) error) error {
	name := b.workspace.Catalog.ServicesSource()
	if name == "" {
		return mistake("the services file is outside of %s, so that it cannot be changed together with the contracts: leave out --publisher and --group, or --services", b.workspace.Catalog.Root)
	}
	text, err := b.read(name)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	f, err := servicesedit.Parse(name, text)
	if err != nil {
		return err
	}
	if err := change(f); err != nil {
		return err
	}
	if missing {
		b.create(name, f.Bytes())
	} else {
		b.replace(name, f.Bytes())
	}
	return nil
}

// refused is contracts that would be wrong after a change.
type refused struct{ problems catalog.Problems }

func (r *refused) Error() string {
	return fmt.Sprintf("nothing is changed, because the contracts would have %s:\n%v", terminal.Count(len(r.problems), "problem"), r.problems)
}

func (r *refused) Unwrap() error { return r.problems }

// check is the contracts as they will be, compiled and without problems.
func (b *build) check(ctx context.Context) (*catalog.Catalog, error) {
	after, err := b.workspace.Catalog.With(ctx, b.files)
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return nil, &refused{problems}
	}
	return after, err
}

// plan hands the change over to be shown or made.
func (b *build) plan() *changeset.Plan {
	p := b.workspace.plan
	if p == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		if b.files[name] == nil {
			p.Delete(name)
		} else if b.created[name] {
			p.Create(name, b.files[name])
		} else {
			p.Replace(name, b.files[name])
		}
	}
	return p
}
