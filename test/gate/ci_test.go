package gate_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// ciFile reads a file for other repositories' CI.
func ciFile(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// shell runs a script as a CI system does: eventctl and buf are installed, and other
// programs are pretended by scripts.
func (r repo) shell(script string, programs map[string]string, env ...string) (string, error) {
	r.t.Helper()
	bin := r.t.TempDir()
	for name, text := range programs {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			r.t.Fatal(err)
		}
	}
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir = r.dir
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); name != "BREAKING_BASE" && !strings.HasPrefix(name, "CI_") && !strings.HasPrefix(name, "GITHUB_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, append(env, "PATH="+bin+":"+filepath.Join(r.dir, "bin")+":"+os.Getenv("PATH"))...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The workflow that other repositories call refuses what breaks, beside the lines of the
// change, and comments what changed.
func TestTheReusableWorkflow(t *testing.T) {
	t.Parallel()
	var w struct {
		Jobs map[string]struct {
			Steps []struct {
				Run string            `yaml:"run"`
				Env map[string]string `yaml:"env"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	ciFile(t, ".github/workflows/gate.yml", &w)
	run := func(job string) string {
		var scripts []string
		for _, s := range w.Jobs[job].Steps {
			if s.Run != "" && !strings.Contains(s.Run, "go install") {
				scripts = append(scripts, s.Run)
			}
		}
		if len(scripts) != 1 {
			t.Fatalf("job %s runs %q", job, scripts)
		}
		return scripts[0]
	}
	// A push of several commits was compared with the one before the last.
	for _, s := range w.Jobs["gate"].Steps {
		if base, ok := s.Env["BREAKING_BASE"]; ok && !strings.Contains(base, "github.event.before") {
			t.Errorf("BREAKING_BASE is %s", base)
		}
	}
	r := seed(t)
	base := r.git("rev-parse", "HEAD")
	r.replace(todoCreated, "max_len: 500", "max_len: 400")
	r.commit("shorter")
	out, err := r.shell(run("gate"), nil, "BREAKING_BASE="+base)
	if err == nil || !strings.Contains(out, "::error file="+todoCreated+",line=") || !strings.Contains(out, "title=TodoCreated 1.0%3A EVENT_CONSTRAINT_TIGHTENED::") {
		t.Errorf("%v\n%s", err, out)
	}
	temp := t.TempDir()
	env := []string{"BREAKING_BASE=" + base, "RUNNER_TEMP=" + temp, "GITHUB_STEP_SUMMARY=" + filepath.Join(temp, "summary.md"), "NUMBER=7"}
	for _, gh := range []string{`echo "$@" >"$RUNNER_TEMP/gh"`, "exit 1"} { // a fork may not comment
		if out, err := r.shell(run("diff"), map[string]string{"gh": gh}, env...); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	for name, want := range map[string]string{"summary.md": "- `title`: at most 400 characters, was 500", "gh": "pr comment 7 --edit-last --create-if-none --body-file"} {
		if got, err := os.ReadFile(filepath.Join(temp, name)); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: %s %v, want %q", name, got, err, want)
		}
	}
}

// The template for GitLab does the same, and keeps the gate's exit code.
func TestTheGitLabTemplate(t *testing.T) {
	t.Parallel()
	var w struct {
		Contracts struct {
			Script []string `yaml:"script"`
		} `yaml:"contracts"`
	}
	ciFile(t, "ci/gate.gitlab-ci.yml", &w)
	script := strings.Join(w.Contracts.Script, "\n")
	r := seed(t)
	base := r.git("rev-parse", "HEAD")
	env := []string{"CONTRACTS_DIR=.", "CI_PROJECT_DIR=" + r.dir, "BREAKING_BASE=" + base, "GATE_TOKEN=x", "CI_MERGE_REQUEST_IID=3", "CI_API_V4_URL=https://gitlab.example/api/v4", "CI_PROJECT_ID=9"}
	curl := map[string]string{"curl": `echo "noted $*"; exit 22`}
	if out, err := r.shell(script, curl, env...); err != nil {
		t.Errorf("nothing changed: %v\n%s", err, out)
	}
	r.replace(todoCreated, "max_len: 500", "max_len: 400")
	r.commit("shorter")
	out, err := r.shell(script, curl, env...)
	if err == nil || !strings.Contains(out, "noted ") || !strings.Contains(out, "merge_requests/3/notes") || !strings.Contains(out, "- `title`: at most 400 characters, was 500") {
		t.Errorf("%v\n%s", err, out)
	}
	var issues []struct {
		Check    string `json:"check_name"`
		Location struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	text, err := os.ReadFile(filepath.Join(r.dir, "gl-code-quality-report.json"))
	if err == nil {
		err = json.Unmarshal(text, &issues)
	}
	if err != nil || len(issues) == 0 || issues[0].Location.Path != todoCreated || issues[0].Location.Lines.Begin == 0 {
		t.Errorf("%v %+v", err, issues)
	}
}

// The hooks for pre-commit are commands that there are, and the gate's refuses a change
// before it is committed.
func TestThePreCommitHooks(t *testing.T) {
	t.Parallel()
	var hooks []struct{ ID, Entry, Language string }
	ciFile(t, ".pre-commit-hooks.yaml", &hooks)
	r := seed(t)
	for _, h := range hooks {
		if out, err := r.shell(h.Entry, nil); err != nil {
			t.Errorf("%s: %v\n%s", h.ID, err, out)
		}
	}
	r.replace(todoCreated, "max_len: 500", "max_len: 400")
	for _, h := range hooks {
		out, err := r.shell(h.Entry, nil)
		if refused := err != nil; refused != (h.ID == "eventctl-gate") {
			t.Errorf("%s: %v\n%s", h.ID, err, out)
		}
	}
}

// What code scanning reads names each rule, the lines and what is waived.
func TestSARIF(t *testing.T) {
	t.Parallel()
	r := seed(t)
	r.replace(todoCreated, "max_len: 500", "max_len: 400")
	found, _, _ := r.gate("--against", "HEAD", "--json")
	var report struct {
		Findings []struct{ Rule, Change string }
	}
	if err := json.Unmarshal([]byte(found), &report); err != nil {
		t.Fatal(err)
	}
	change := ""
	for _, f := range report.Findings {
		if f.Rule == "EVENT_REVISION_NOT_BUMPED" {
			change = f.Change
		}
	}
	waivers := "- rule: EVENT_REVISION_NOT_BUMPED\n  subject: events.todo.v1.TodoCreated\n  change: " + change + "\n  reason: nobody relied on it\n  owner: team-todo\n  expires: 2999-12-31\n"
	if err := os.WriteFile(filepath.Join(r.dir, "compatibility.waivers.yaml"), []byte(waivers), 0o644); err != nil {
		t.Fatal(err)
	}
	out, errs, code := r.gate("--against", "HEAD", "--format", "sarif")
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID       string `json:"ruleId"`
				Suppressions []struct{ Justification string }
				Locations    []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil || code != 1 || log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	suppressed := map[string]bool{}
	for _, res := range log.Runs[0].Results {
		at := res.Locations[0].PhysicalLocation
		if at.ArtifactLocation.URI != todoCreated || at.Region.StartLine == 0 || !slices.ContainsFunc(log.Runs[0].Tool.Driver.Rules, func(r struct{ ID string }) bool { return r.ID == res.RuleID }) {
			t.Errorf("%+v", res)
		}
		suppressed[res.RuleID] = len(res.Suppressions) > 0
	}
	if !suppressed["EVENT_REVISION_NOT_BUMPED"] || suppressed["EVENT_CONSTRAINT_TIGHTENED"] {
		t.Errorf("suppressed: %v", suppressed)
	}
}
