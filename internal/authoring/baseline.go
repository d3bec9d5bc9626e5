package authoring

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// baseline is the commit that a change is compared with: the one that the gate takes.
func (c *Change) baseline(ctx context.Context) (gate.Baseline, error) {
	b, err := gate.Find(ctx, c.After.Root, os.Getenv("BREAKING_BASE"), "BREAKING_BASE")
	return b, orNotRun(err)
}

// checkout writes buf.yaml and the modules of a commit into a temporary directory.
func (c *Change) checkout(ctx context.Context, commit string) (gate.Tree, error) {
	want := []string{"buf.yaml"}
	for _, m := range c.After.Repo.Modules {
		want = append(want, m.Dir)
	}
	t, err := gate.Checkout(ctx, c.After.Root, commit, want...)
	return t, orNotRun(err)
}

// orNotRun tells a step for which there is nothing to do from one that failed.
func orNotRun(err error) error {
	var nothing *gate.Nothing
	if errors.As(err, &nothing) {
		return &notRun{nothing.Error()}
	}
	return err
}

func (c *Change) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = c.After.Root
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
