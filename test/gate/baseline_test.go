package gate_test

import (
	"strings"
	"testing"
)

// Which commit the gate compares with, each rule with a change that only the
// right baseline judges rightly.
func TestBreakingBaseline(t *testing.T) {
	t.Parallel()
	from := seed(t)
	rows := []struct {
		name    string
		clone   []string // options of git clone
		edit    func(repo)
		base    func(repo) string // BREAKING_BASE; nil leaves it unset
		refused bool
		want    string
	}{
		{
			name: "branch: an earlier commit of it breaks",
			edit: func(r repo) {
				r.git("checkout", "-q", "-b", "feature")
				r.breaks()
				r.commit("something else")
			},
			refused: true, want: "(merge base with origin/main)",
		},
		{
			name: "branch: main went on, and has what the branch lacks",
			edit: func(r repo) {
				r.replace(todoCreated, "optional string description = 4", "optional string note = 9;\n\n  // More.\n  optional string description = 4")
				r.commit("a field on main")
				r.git("update-ref", "refs/remotes/origin/main", "HEAD")
				r.git("checkout", "-q", "-b", "feature", "HEAD~1")
				r.commit("something else")
			},
			want: "(merge base with origin/main)",
		},
		{
			name: "on origin/main: its last commit breaks",
			edit: func(r repo) {
				r.breaks()
				r.git("update-ref", "refs/remotes/origin/main", "HEAD")
			},
			refused: true, want: "(HEAD~1)",
		},
		{
			name: "behind origin/main: its own last commit counts",
			edit: func(r repo) {
				r.commit("harmless")
				head := r.git("rev-parse", "HEAD")
				r.breaks()
				r.git("update-ref", "refs/remotes/origin/main", "HEAD")
				r.git("checkout", "-q", head)
			},
			want: "(HEAD~1)",
		},
		{
			name: "push event: BREAKING_BASE is empty",
			edit: func(r repo) {
				r.breaks()
				r.git("update-ref", "refs/remotes/origin/main", "HEAD")
			},
			base:    func(repo) string { return "" },
			refused: true, want: "(HEAD~1)",
		},
		{
			name:    "no origin/main",
			edit:    func(r repo) { r.git("remote", "remove", "origin"); r.breaks() },
			refused: true, want: "(HEAD~1)",
		},
		{
			name: "BREAKING_BASE goes before HEAD~1",
			edit: func(r repo) {
				r.git("remote", "remove", "origin")
				r.breaks()
				r.commit("something else")
			},
			base:    func(repo) string { return "HEAD~2" },
			refused: true, want: "(BREAKING_BASE)",
		},
		{
			name: "BREAKING_BASE goes before the merge base",
			edit: func(r repo) {
				r.breaks()
				r.commit("something else")
			},
			base: func(repo) string { return "HEAD~1" },
			want: "(BREAKING_BASE)",
		},
		{
			name: "pull request: its merge commit against its base",
			edit: func(r repo) {
				r.git("checkout", "-q", "-b", "feature")
				r.breaks()
				r.git("checkout", "-q", "--detach", "origin/main")
				r.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
			},
			base:    func(r repo) string { return r.git("rev-parse", "origin/main") },
			refused: true, want: "(BREAKING_BASE)",
		},
		{
			name:    "a change that is not committed yet",
			edit:    func(r repo) { r.replace(todoCreated, "string title = 3", "string heading = 3") },
			base:    func(repo) string { return "HEAD" },
			refused: true, want: `"title" to "heading"`,
		},
		{
			name: "first commit",
			edit: func(r repo) {
				r.git("remote", "remove", "origin")
				r.git("checkout", "-q", "--orphan", "fresh")
				r.commit("all of it")
			},
			want: "there is no earlier commit: nothing to compare with",
		},
		{
			name: "no contracts in the baseline",
			edit: func(r repo) {
				r.git("remote", "remove", "origin")
				r.git("checkout", "-q", "--orphan", "fresh")
				r.git("rm", "-rq", "--cached", "proto")
				r.git("commit", "-q", "-m", "no contracts")
				r.commit("contracts")
			},
			want: "has no contracts: nothing to compare with",
		},
		{
			name:    "BREAKING_BASE is no commit",
			edit:    func(repo) {},
			base:    func(repo) string { return "no-such-commit" },
			refused: true, want: `the baseline "no-such-commit" of BREAKING_BASE is not a commit here, and not a release: fetch it`,
		},
		{
			name: "branch without a commit in common",
			edit: func(r repo) {
				r.git("checkout", "-q", "--orphan", "fresh")
				r.commit("all of it")
				r.commit("something else")
			},
			refused: true, want: "HEAD and origin/main have no commit in common: set BREAKING_BASE",
		},
		{
			name: "shallow clone without HEAD~1", clone: []string{"--depth=1"},
			edit:    func(repo) {},
			refused: true, want: "HEAD~1 is not here: this clone is shallow: run git fetch --unshallow",
		},
		{
			name: "shallow clone without the baseline", clone: []string{"--depth=1"},
			edit:    func(r repo) { r.commit("something else") },
			base:    func(repo) string { return from.git("rev-parse", "HEAD~1") },
			refused: true, want: "this clone is shallow: run git fetch --unshallow",
		},
		{
			name: "shallow clone that has what is needed", clone: []string{"--depth=1"},
			edit:    func(r repo) { r.breaks() },
			refused: true, want: "(merge base with origin/main)",
		},
	}
	from.commit("something before the clones")
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := from.clone(t, row.clone...)
			row.edit(r)
			var env []string
			if row.base != nil {
				env = append(env, "BREAKING_BASE="+row.base(r))
			}
			out, err := r.breaking(env...)
			if refused := err != nil; refused != row.refused {
				t.Errorf("refused %v, want %v\n%s", refused, row.refused, out)
			}
			if !strings.Contains(out, row.want) {
				t.Errorf("the output does not say %q:\n%s", row.want, out)
			}
		})
	}
}
