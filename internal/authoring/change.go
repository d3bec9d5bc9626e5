package authoring

import (
	"context"
	"errors"
	"fmt"

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

	// Next are commands to go on with, for a person.
	Next []string

	// Steps are the checks that Apply had other programs make.
	Steps []Step

	build     *build
	generated generated
}

// finish checks a change and makes what follows from its contracts.
func (b *build) finish(ctx context.Context, message protoreflect.FullName, ds decisions) (*Change, error) {
	after, err := b.check(ctx)
	if err != nil {
		return nil, err
	}
	c := &Change{After: after, Facts: ds, build: b}
	for _, k := range after.Contracts() {
		if k.Descriptor.FullName() == message {
			c.Contract = k
		}
	}
	if c.Contract == nil {
		return nil, fmt.Errorf("%s is not in the contracts after the change", message)
	}
	b.plan()
	if c.generated, err = c.generate(); err != nil {
		return nil, err
	}
	return c, nil
}

// Title is what the change is about, such as "TodoCreated 1.0".
func (c *Change) Title() string {
	if c.Contract == nil {
		return "service " + c.Service
	}
	return c.Contract.Type + " " + c.Contract.Version()
}

// Files are the files of the change, ordered by path. Those that are generated are
// among them once it is applied.
func (c *Change) Files() []changeset.Change { return c.build.workspace.plan.Changes() }

// Generated are the paths of the files that are generated from the change.
func (c *Change) Generated() []string {
	var out []string
	for _, f := range c.generated.files {
		out = append(out, f.Path)
	}
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
	if len(c.generated.files) > 0 {
		t := *c.generated.template
		t.Clean = false // what others left there is theirs to remove
		if _, err := gogen.Stage(plan, c.After.Repo, &t, c.generated.files); err != nil {
			return err
		}
	}
	var steps []changeset.Step
	for _, s := range c.steps() {
		steps = append(steps, func(ctx context.Context) error { return c.runStep(ctx, s) })
	}
	err := plan.Apply(ctx, steps...)
	if errors.Is(err, changeset.ErrUnfinished) {
		return fmt.Errorf("%w: run the command again once no other runs", err)
	}
	return err
}

// goDirs are the directories of the Go that the change writes, below the root.
func (c *Change) goDirs() []string { return c.generated.dirs() }
