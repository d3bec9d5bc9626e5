package authoring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/gogen"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Change is a change of contracts that has been made in memory, checked, and not
// written yet.
type Change struct {
	// Contract is the event as it will be, of the catalog After; nil where the change is
	// about a service.
	Contract *event.Contract
	Service  string
	After    *catalog.Catalog

	// Facts are what was decided about the event, in the order to tell it.
	Facts []Fact

	// Notes are what a person should know and nothing was changed for.
	Notes []string

	// Next is what a person has to do.
	Next []string

	// Steps are the checks that Apply had other programs make.
	Steps []Step

	build     *build
	generated generated
	made      map[string][]byte // fixtures and the lock, by path; nil for one that goes
}

// finish checks a change and makes what follows from its contracts. What then adds is
// written by hand elsewhere, and made of them too.
func (b *build) finish(ctx context.Context, message protoreflect.FullName, ds decisions, then ...func(*Change) error) (*Change, error) {
	after, err := b.check(ctx)
	if err != nil {
		return nil, err
	}
	c := &Change{After: after, Facts: ds, build: b}
	if c.Contract = c.contract(message); c.Contract == nil {
		return nil, fmt.Errorf("%s is not in the contracts after the change", message)
	}
	if c.generated, err = c.generate(); err != nil {
		return nil, err
	}
	for _, f := range then {
		if err := f(c); err != nil {
			return nil, err
		}
	}
	if c.made, err = c.fixtures(); err != nil {
		return nil, err
	}
	if err := c.lock(); err != nil {
		return nil, err
	}
	b.plan()
	c.noteUncommitted(ctx)
	return c, nil
}

// Title is what the change is about, such as "TodoCreated 1.0".
func (c *Change) Title() string {
	if c.Contract == nil {
		return "service " + c.Service
	}
	return c.Contract.Type + " " + c.Contract.Version()
}

// noteUncommitted names the files that the change edits and that had changes before: a
// commit would have both. Files that the change leaves alone are nobody's business.
func (c *Change) noteUncommitted(ctx context.Context) {
	if c.build.workspace.plan == nil {
		return
	}
	args := []string{"status", "--porcelain", "--"}
	for name := range c.build.files {
		if !c.build.created[name] {
			args = append(args, name)
		}
	}
	if len(args) == 3 {
		return
	}
	out, err := c.git(ctx, args...)
	if err != nil || out == "" { // not a repository, or clean
		return
	}
	for line := range strings.Lines(out) {
		if _, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			c.Notes = append(c.Notes, strings.TrimSpace(name)+" has changes that are not committed: they are kept")
		}
	}
}

// contract is that of a message after the change.
func (c *Change) contract(message protoreflect.FullName) *event.Contract {
	for _, k := range c.After.Contracts() {
		if k.Descriptor.FullName() == message {
			return k
		}
	}
	return nil
}

// Files are the files of the change, ordered by path. Those that are generated are
// among them once it is applied.
func (c *Change) Files() []changeset.Change { return c.build.workspace.plan.Changes() }

// Contents are the files of the change by their paths below the root, without what is
// generated.
func (c *Change) Contents() map[string][]byte { return maps.Clone(c.build.files) }

// Generated are the paths of the files that follow from the change, sorted: the Go, and
// the fixtures.
func (c *Change) Generated() []string {
	out := slices.Collect(maps.Keys(c.made))
	for _, f := range c.generated.files {
		out = append(out, f.Path)
	}
	slices.Sort(out)
	return out
}

// Diff is the change as a unified diff, as git apply and patch -p1 read it, without
// what is generated. A change that cannot be written is an error.
func (c *Change) Diff() (string, error) { return c.build.workspace.plan.Diff() }

// Apply writes the change with what is generated from it, and has it checked by other
// programs as far as they are there: Steps says which. If one of them refuses it,
// everything is put back, and the error says so.
func (c *Change) Apply(ctx context.Context) error {
	plan := c.build.workspace.plan
	if err := c.generateAll(); err != nil {
		return err
	}
	if len(c.generated.files) > 0 {
		t := *c.generated.template
		t.Clean = false // what others left there is theirs to remove
		if _, err := gogen.Stage(plan, c.After.Repo, &t, c.generated.files); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.made)) {
		_, err := plan.Read(name)
		switch content := c.made[name]; {
		case content == nil:
			plan.Delete(name)
		case errors.Is(err, fs.ErrNotExist):
			plan.Create(name, content)
		default:
			plan.Replace(name, content)
		}
	}
	steps := c.steps()
	err := c.write(ctx, steps)
	for c.excused(ctx, err) {
		c.Steps = nil
		err = c.write(ctx, steps)
	}
	if errors.Is(err, changeset.ErrUnfinished) {
		return fmt.Errorf("%w: run the command again once no other runs", err)
	}
	var f *failure
	if errors.As(err, &f) && f.said != "" {
		return fmt.Errorf("%w:\n%s", err, f.said)
	}
	return err
}

// excused reports whether a step that refused the change finds the same without it, now
// that every file is as it was: then the change is not to blame. What it is to blame for
// is left in the failure. Nothing is asked before, because most steps find nothing.
func (c *Change) excused(ctx context.Context, err error) bool {
	var f *failure
	if !errors.As(err, &f) || f.of == nil || f.of.asked || errors.Is(err, changeset.ErrUnfinished) {
		return false
	}
	before, failed := f.of.run(ctx)
	if failed != nil {
		return false
	}
	f.of.before, f.of.asked = before.found, true
	made := without(f.found, before.found)
	f.said = lines(made)
	return len(made) == 0
}

// write makes the change, and unmakes it if a step refuses it.
func (c *Change) write(ctx context.Context, steps []*step) error {
	var run []changeset.Step
	for _, s := range steps {
		run = append(run, func(ctx context.Context) error { return c.runStep(ctx, s) })
	}
	return c.build.workspace.plan.Apply(ctx, run...)
}

// goDirs are the directories of the Go that the change writes, below the root.
func (c *Change) goDirs() []string {
	dirs := c.generated.dirs()
	for name := range c.build.files {
		if path.Ext(name) == ".go" {
			dirs = append(dirs, path.Dir(name))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
