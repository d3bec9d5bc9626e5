//go:build !race

package gate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

const (
	rule   = "[(buf.validate.field).string.max_len = 200]"
	accept = "[(buf.validate.field).string.max_len = 200, (eventcontracts.v1.field).accept.string.max_len = 300]"
	wide   = "[(buf.validate.field).string.max_len = 300]"
)

// Without a release the second step of a widening passed minutes after the first.
func TestTwoStepsTakeADeploymentWindow(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		first, second int // the days of the first step and of the second
		release       bool
		want          []string
	}{
		"minutes later":          {0, 0, false, []string{"EVENT_CONSTRAINT_RELAXED"}},
		"within the window":      {1, 90, false, []string{"EVENT_CONSTRAINT_RELAXED"}},
		"after the window":       {1, 92, false, []string{}},
		"the first is a release": {0, 1, true, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.git("init", "-q")
			r.commitAt(0)
			r.order(rule, accept, "revision: 0", "revision: 1")
			r.commitAt(row.first)
			r.write("README", "nothing about contracts\n")
			r.commitAt(row.first)
			if row.release {
				r.release("v1", row.first)
				r.commitAt(row.first)
			}
			r.order(rule, wide, "revision: 0", "revision: 2")
			r.commitAt(row.second)
			report := r.gate(row.second)
			if diff := cmp.Diff(row.want, rules(report)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, f := range report.Findings {
				if !strings.Contains(f.Fix, "90 days after the first step") || !strings.Contains(f.Baselines[0], "(deployed until 2026-01-0") {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// Which commit is taken if none is named, whatever the main branch is called, and what is
// not committed.
func TestTheDefaultBaseline(t *testing.T) {
	t.Parallel()
	tighter := func(r repository) { r.order("max_len = 200", "max_len = 100", "revision: 0", "revision: 1") }
	branch := func(r repository) { // two commits on a branch: the first of them breaks
		r.git("checkout", "-q", "-b", "feature")
		tighter(r)
		r.commit("tighter")
		r.commit("more")
	}
	tightened := []string{"EVENT_CONSTRAINT_TIGHTENED"}
	for name, row := range map[string]struct {
		edit func(repository)
		base string
		want []string
		why  string
	}{
		"origin/master": {func(r repository) { r.git("update-ref", "refs/remotes/origin/master", "HEAD"); branch(r) }, "", tightened, "merge base with origin/master"},
		"what origin says": {func(r repository) {
			r.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
			r.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
			branch(r)
		}, "", tightened, "merge base with origin/trunk"},
		"origin's head is gone": {func(r repository) {
			r.git("update-ref", "refs/remotes/origin/main", "HEAD")
			r.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
			branch(r)
		}, "", tightened, "merge base with origin/main"},
		"no origin": {branch, "", tightened, "merge base with master"},
		"not committed on main": {func(r repository) {
			r.order("  optional string note", "  // More.\n  optional string more = 3;\n  optional string note", "revision: 0", "revision: 1")
			r.commit("a field more")
			r.order("revision: 0", "revision: 1")
		}, "", []string{"EVENT_FIELD_NOT_RESERVED", "EVENT_REVISION_NOT_BUMPED"}, "HEAD"},
		"a branch that is new": {tighter, strings.Repeat("0", 40), tightened, "HEAD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.git("init", "-q", "-b", "master")
			r.commit("first")
			r.commit("second")
			row.edit(r)
			report, err := gate.Run(t.Context(), gate.Options{Contracts: r.dir, Dir: r.dir, Against: row.base, Named: "BREAKING_BASE", Now: start})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, rules(report)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if all := baselines(report); !strings.HasSuffix(all[len(all)-1], "("+row.why+")") {
				t.Errorf("baselines = %v, want %s", all, row.why)
			}
		})
	}
}

// An archive of a commit leaves submodules out: what they had was taken for new.
func TestSubmodulesAreRead(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	sub := filepath.Join(r.dir, "proto/shop")
	inside := repository{t, sub}
	inside.git("init", "-q", "-b", "main")
	inside.commit("contracts")
	r.git("init", "-q", "-b", "main")
	r.commit("first") // of which proto/shop is a submodule, by its own .git
	r.order("max_len = 200", "max_len = 100", "revision: 0", "revision: 1")
	inside.commit("tighter")
	r.commit("second")
	if diff := cmp.Diff([]string{"EVENT_CONSTRAINT_TIGHTENED"}, rules(r.gate(1))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := os.RemoveAll(filepath.Join(sub, ".git")); err != nil {
		t.Fatal(err)
	}
	r.unknown("contracts in the submodule proto/shop, whose commit")
}
