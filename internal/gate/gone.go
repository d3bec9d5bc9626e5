package gate

import (
	"fmt"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/release"
)

// ReleaseChanged is the rule of releases themselves: without one, a change would be
// compared with less than what runs.
const ReleaseChanged = "RELEASE_CHANGED"

// releasesGone finds releases that the commit has and that are gone or other now, unless
// they do not count any more.
func (j *judgement) releasesGone() ([]Finding, error) {
	i := slices.IndexFunc(j.all, func(b *Baseline) bool { return b.tree.Dir != "" })
	if i < 0 {
		return nil, nil
	}
	before, err := release.List(j.all[i].tree.Dir)
	if err != nil {
		return nil, unknownf("the baseline %s: %v", j.all[i].Name, err)
	}
	now, err := release.List(j.now.compiled.Root)
	if err != nil {
		return nil, unknownf("%v", err)
	}
	was, err := released(j.all[i].tree.Dir)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for n, r := range before {
		if slices.ContainsFunc(now, r.Same) || !j.counting.counts(was[n]) {
			continue
		}
		out = append(out, Finding{Finding: compat.Finding{
			Rule: ReleaseChanged, Promise: compat.Governance, Subject: "release " + r.Name, New: compat.Position{File: j.now.compiled.Beside(release.Dir + "/" + r.Name)},
			Breaks: fmt.Sprintf("release %s is gone, or is not what it was: services that were built from it may run, and records that they wrote are retained", r.Name),
			Fix:    "restore it from git; a release may be deleted when nothing of it runs and is retained any more",
		}, Baselines: []string{j.all[i].Name}})
	}
	return out, nil
}
