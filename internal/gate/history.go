package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/compat"
)

// mostHistory is how many earlier changes of contracts are looked at in a repository
// without a release: the newest ones.
const mostHistory = 20

// twoSteps are the rules that a field keeps since readers accept more than writers may
// write: the second step is for when those readers are deployed.
var twoSteps = []string{compat.ConstraintRelaxed, compat.ConstraintUndecidable, compat.RequiredRemoved, compat.EnumValueAdded}

// tooSoon finds second steps of a widening whose first one is not deployed everywhere yet.
// A release says what is deployed. Without one, readers of each state within the deployment
// window may run, and a first step that was merged minutes ago would let the second pass.
func (j *judgement) tooSoon(ctx context.Context) ([]Finding, error) {
	base := j.commit()
	if base == nil || slices.ContainsFunc(j.all, func(b *Baseline) bool { return b.Release != "" }) || !base.state.state.Accepting() {
		return nil, nil
	}
	root := j.now.compiled.Root
	log, err := repo{ctx, root}.git("log", "--first-parent", fmt.Sprintf("-%d", mostHistory+1), "--format=%H %ct", base.Commit, "--", "*.proto")
	if err != nil {
		return nil, unknownf("read the history of the contracts: %v", err)
	}
	var out []Finding
	superseded := time.Time{}
	for line := range strings.Lines(log) {
		var id string
		var seconds int64
		if _, err := fmt.Sscan(line, &id, &seconds); err != nil {
			return nil, unknownf("git log says what the gate cannot read: %q", line)
		}
		if since := superseded; !since.IsZero() { // the first one is the state of the commit itself
			if j.opts.Now.Sub(since) > j.counting.window {
				break
			}
			found, err := j.tooSoonSince(ctx, base, Commit{id, "deployed until " + since.UTC().Format(time.DateOnly)})
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
		superseded = time.Unix(seconds, 0)
	}
	return out, nil
}

func (j *judgement) tooSoonSince(ctx context.Context, base *Baseline, at Commit) ([]Finding, error) {
	tree, err := Checkout(ctx, j.now.compiled.Root, at.ID, "buf.yaml", "buf.work.yaml", "*.proto")
	if err != nil {
		return nil, unless[*Nothing](err) // of a time before there were contracts
	}
	defer tree.Remove()
	if err := tree.submodules(ctx, j.now.compiled.Root, at.ID, j.now.compiled.Repo); err != nil {
		return nil, err
	}
	old, err := loadOld(ctx, tree, at)
	if err != nil {
		return nil, unless[*Nothing](unless[*Unknown](err)) // no service was built from what does not compile
	}
	var out []Finding
	for _, f := range compat.Compare(old.state, j.now.state, compat.Options{Now: j.opts.Now, Groups: j.now.groups(), Formerly: j.formerly()}) {
		if f.Promise != compat.Forward || !slices.Contains(twoSteps, f.Rule) || !base.state.state.Accepts(f.Subject) {
			continue
		}
		f.Fix = fmt.Sprintf("wait until every reader accepts it, %s after the first step; or freeze with eventctl release what is deployed", inDays(j.counting.window))
		f.New.File, f.Old.File = j.now.path(f.New.File), old.path(f.Old.File)
		out = append(out, Finding{Finding: f, Baselines: []string{at.String()}, Groups: j.hit(f)})
	}
	return out, nil
}

// unless is an error, and nil if it is of a type that is no error to the caller.
func unless[T error](err error) error {
	var known T
	if errors.As(err, &known) {
		return nil
	}
	return err
}
