package gate_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gate runs eventctl gate, with its exit code.
func (r repo) gate(args ...string) (stdout, stderr string, code int) {
	r.t.Helper()
	cmd := exec.Command("bin/eventctl", append([]string{"gate"}, args...)...)
	cmd.Dir = r.dir
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		r.t.Fatal(err)
	}
	return out.String(), errs.String(), code
}

// What the gate shows happened: the record is written by the old state's contract and
// refused by the new one's, or the other way round.
func TestTheGateShowsTheRecordThatBreaks(t *testing.T) {
	t.Parallel()
	r := seed(t)
	r.replace(todoCreated, "max_len: 500", "max_len: 400")
	out, errs, code := r.gate("--against", "HEAD", "--json")
	if code != 1 {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	var report struct {
		Findings []struct {
			Rule, Promise, Record, Refused string
			Old, New                       struct {
				File string
				Line int
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		if f.Rule != "EVENT_CONSTRAINT_TIGHTENED" {
			continue
		}
		if f.Promise != "B" || !strings.Contains(f.Record, "(401 bytes)") || !strings.Contains(f.Refused, "title: string.max_len") {
			t.Errorf("finding = %+v", f)
		}
		if f.Old != f.New || f.New.File != todoCreated || f.New.Line == 0 {
			t.Errorf("places = %+v and %+v, want those of both states", f.Old, f.New)
		}
		return
	}
	t.Errorf("no such finding in\n%s", out)
}

// A gate that cannot know says so with an exit code of its own.
func TestTheGateSaysThatItCannotKnow(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		edit func(repo)
		args []string
		want string
	}{
		"no such commit":           {func(repo) {}, []string{"--against", "gone"}, `the baseline "gone" of --against is not a commit here`},
		"contracts do not compile": {func(r repo) { r.replace(todoCreated, "string title = 3", "strin title = 3") }, []string{"--against", "HEAD"}, "the contracts do not compile"},
		"baseline does not compile": {func(r repo) {
			r.replace(todoCreated, "string title = 3", "strin title = 3")
			r.commit("broken")
			r.replace(todoCreated, "strin title = 3", "string title = 3")
		}, []string{"--against", "HEAD"}, "the contracts do not compile"},
		"no buf": {func(r repo) {
			if err := os.Remove(filepath.Join(r.dir, "bin/buf")); err != nil {
				r.t.Fatal(err)
			}
		}, []string{"--against", "HEAD"}, "there is no buf"},
		"buf does not run": {func(r repo) { r.replace("buf.yaml", "    - FILE\n", "    - FILES\n") }, []string{"--against", "HEAD"}, "buf breaking does not run"},
	}
	from := seed(t)
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := from.clone(t)
			row.edit(r)
			if out, errs, code := r.gate(row.args...); code != 2 || !strings.Contains(errs, row.want) {
				t.Errorf("exit code %d, want 2 with %q\n%s%s", code, row.want, out, errs)
			}
		})
	}
}

// Contracts that moved to another directory are not gone from the baseline.
func TestAModuleThatMovedIsCompared(t *testing.T) {
	t.Parallel()
	r := seed(t)
	r.git("mv", "proto", "contracts")
	r.replace("buf.yaml", "path: proto\n", "path: contracts\n")
	r.replace("buf.yaml", "- proto/events", "- contracts/events")
	out, errs, code := r.gate("--against", "HEAD")
	if code != 0 || !strings.Contains(out, "no breaking change since") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	r.replace("contracts/events/todo/v1/todo_created.proto", "max_len: 500", "max_len: 400")
	r.replace("contracts/events/todo/v1/todo_created.proto", "google.protobuf.Timestamp due_date = 6", "string due_date = 6 [json_name = \"due\"]")
	out, errs, code = r.gate("--against", "HEAD")
	for _, rule := range []string{"EVENT_CONSTRAINT_TIGHTENED", "EVENT_FIELD_TYPE_CHANGED", "FIELD_SAME_JSON_NAME"} { // ours and buf's
		if code != 1 || !strings.Contains(out, rule) {
			t.Errorf("exit code %d, want 1 with %s\n%s%s", code, rule, out, errs)
		}
	}
}
