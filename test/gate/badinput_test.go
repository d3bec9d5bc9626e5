package gate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever the gate is given that it cannot judge, it says what is wrong and what to do,
// and never passes: exit code 2, or 1 where the mistake itself is the finding.
func TestBadInputIsNeverPassed(t *testing.T) {
	t.Parallel()
	write := func(name, text string) func(repo) {
		return func(r repo) {
			r.t.Helper()
			path := filepath.Join(r.dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				r.t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	from := seed(t)
	for name, row := range map[string]struct {
		clone []string
		edit  func(repo)
		args  []string
		code  int
		want  []string
	}{
		"a base ref that does not exist": {nil, func(repo) {}, []string{"--against", "v9"}, 2, []string{`the baseline "v9" of --against is not a commit here, and not a release: fetch it`}},
		"a shallow clone":                {[]string{"--depth=1"}, func(repo) {}, []string{"--against", "HEAD~1"}, 2, []string{"this clone is shallow: run git fetch --unshallow"}},
		"a base without contracts": {nil, func(r repo) {
			r.git("branch", "empty", r.git("commit-tree", r.git("mktree"), "-m", "nothing"))
		}, []string{"--against", "empty"}, 0, []string{"has no contracts: nothing to compare with"}},
		"contracts that do not compile": {nil, func(r repo) { r.replace(todoCreated, "string title = 3", "strin title = 3") }, nil, 2, []string{todoCreated + ":", "the contracts do not compile"}},
		"contracts that did not compile": {nil, func(r repo) {
			r.replace(todoCreated, "string title = 3", "strin title = 3")
			r.commit("broken")
			r.replace(todoCreated, "strin title = 3", "string title = 3")
		}, []string{"--against", "HEAD"}, 2, []string{"the baseline ", "the contracts do not compile", "name another one that does"}},
		"a lock that was edited":     {nil, write("contracts.lock", "# contracts.lock, format 1\nTodoCreated 1.0 todos todo_id flat 0000000000000000\n"), nil, 1, []string{"contracts.lock: CONTRACT_LOCK_STALE", "run eventctl generate"}},
		"a lock in conflict":         {nil, write("contracts.lock", "<<<<<<< HEAD\n"), nil, 1, []string{"contracts.lock:1: CONTRACT_LOCK_STALE", "a merge conflict is in it", "merge the .proto files, then run eventctl generate"}},
		"a lock of a newer tool":     {nil, write("contracts.lock", "# contracts.lock, format 2\n"), nil, 1, []string{"this eventctl knows formats up to 1", "use a newer eventctl"}},
		"a waiver for no rule":       {nil, write("compatibility.waivers.yaml", "- {rule: EVENT_TITLE, subject: x, change: gone, reason: r, owner: o, expires: 2999-01-01}\n"), nil, 1, []string{"WAIVER_UNKNOWN_RULE", "take the rule's id from what the gate printed"}},
		"a baseline of a newer tool": {nil, write("releases/v1/release.yaml", "format: 2\n"), nil, 2, []string{"releases/v1/release.yaml: it has format 2", "use a newer eventctl"}},
		"a package that was renamed": {nil, func(r repo) {
			entries, err := filepath.Glob(filepath.Join(r.dir, "proto/events/audit/v1/*.proto"))
			if err != nil || len(entries) == 0 {
				r.t.Fatal(err)
			}
			r.git("mv", "proto/events/audit", "proto/events/auditing")
			for _, e := range entries {
				file := "proto/events/auditing/v1/" + filepath.Base(e)
				r.replace(file, "package events.audit.v1", "package events.auditing.v1")
				if text, err := os.ReadFile(filepath.Join(r.dir, file)); err == nil && strings.Contains(string(text), "events/audit/v1/") {
					r.replace(file, "events/audit/v1/", "events/auditing/v1/")
				}
			}
		}, []string{"--against", "HEAD"}, 1, []string{"EVENT_REMOVED_EARLY", "services compile against the name"}},
		"no format": {nil, func(repo) {}, []string{"--format", "html"}, 2, []string{`--format "html": give one of text, json, github, gitlab, sarif`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := from.clone(t, row.clone...)
			row.edit(r)
			args := row.args
			if len(args) == 0 {
				args = []string{"--against", "HEAD"}
			}
			out, errs, code := r.gate(args...)
			if code != row.code {
				t.Errorf("exit code %d, want %d\n%s%s", code, row.code, out, errs)
			}
			for _, want := range row.want {
				if !strings.Contains(out+errs, want) {
					t.Errorf("it does not say %q:\n%s%s", want, out, errs)
				}
			}
		})
	}
}
