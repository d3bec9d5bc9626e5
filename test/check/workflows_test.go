package check_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// workflow is what is held against the rules; all else is GitHub's to check.
type workflow struct {
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]job    `yaml:"jobs"`
}

type job struct {
	RunsOn      string            `yaml:"runs-on"`
	Timeout     int               `yaml:"timeout-minutes"`
	Permissions map[string]string `yaml:"permissions"`
	Uses        string            `yaml:"uses"` // another workflow of this repository
	Strategy    struct {
		Matrix map[string]any `yaml:"matrix"`
	} `yaml:"strategy"`
	Steps []struct {
		Uses string         `yaml:"uses"`
		Run  string         `yaml:"run"`
		With map[string]any `yaml:"with"`
	} `yaml:"steps"`
}

// repository is what the workflows are about.
type repository struct {
	workflows map[string]string // by file name
	stages    []string          // of .ci/run
	targets   []string          // of the Makefile
}

// mayWrite are the jobs that get more than the right to read the repository.
var mayWrite = map[string]map[string]string{
	"gate.yml/diff":       {"contents": "read", "pull-requests": "write"},
	"release.yml/image":   {"contents": "read", "packages": "write"},
	"release.yml/publish": {"contents": "write", "packages": "write", "id-token": "write"},
}

var (
	makes     = regexp.MustCompile(`\bmake ([a-z][a-z-]*)`)
	digestUse = regexp.MustCompile(`(?m)^ *(?:- )?uses: *(\S+?)@(\S+)(?: +# (\S+))?$`)
	digest    = regexp.MustCompile(`^[0-9a-f]{40}$`)
	release   = regexp.MustCompile(`^v\d+\.\d+\.\d+$`)
)

// findings is everything that is wrong with the workflows.
func (r repository) findings() []string {
	var out []string
	finding := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	made := map[string][]string{} // by target, the runners
	pinned := map[string]string{} // by action, digest and version
	for _, file := range slices.Sorted(maps.Keys(r.workflows)) {
		var w workflow
		if err := yaml.Unmarshal([]byte(r.workflows[file]), &w); err != nil {
			finding("%s: %v", file, err)
			continue
		}
		if !maps.Equal(w.Permissions, map[string]string{"contents": "read"}) {
			finding("%s: the permissions are not contents: read alone", file)
		}
		for _, m := range digestUse.FindAllStringSubmatch(r.workflows[file], -1) {
			action, pin := m[1], m[2]+" "+m[3]
			switch {
			case !digest.MatchString(m[2]) || !release.MatchString(m[3]):
				finding("%s: %s is not pinned by its commit with the version as comment", file, action)
			case pinned[action] != "" && pinned[action] != pin:
				finding("%s: %s is pinned elsewhere as %s", file, action, pinned[action])
			}
			pinned[action] = pin
		}
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			j, where := w.Jobs[name], file+"/"+name
			if allowed := mayWrite[where]; len(j.Permissions) > 0 && !maps.Equal(j.Permissions, allowed) {
				finding("%s: the permissions %v are not those of mayWrite", where, j.Permissions)
			}
			if j.Uses != "" {
				if _, ok := r.workflows[filepath.Base(j.Uses)]; !ok || !strings.HasPrefix(j.Uses, "./.github/workflows/") {
					finding("%s: %s is not a workflow of this repository", where, j.Uses)
				}
				continue
			}
			if j.Timeout < 1 || j.Timeout > 180 {
				finding("%s: timeout-minutes is %d", where, j.Timeout)
			}
			for _, step := range j.Steps {
				if strings.Contains(step.Run, "${{") {
					finding("%s: a command contains an expression, whose text a stranger may choose: pass it by env", where)
				}
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false {
					finding("%s: checkout leaves its credentials for all that follows", where)
				}
				for _, m := range makes.FindAllStringSubmatch(step.Run, -1) {
					if !slices.Contains(r.targets, m[1]) {
						finding("%s: the Makefile has no target %s", where, m[1])
					}
					if file == "ci.yml" {
						made[m[1]] = append(made[m[1]], j.runners()...)
					}
				}
			}
		}
	}
	for _, stage := range r.stages {
		if len(made[stage]) == 0 {
			finding("ci.yml: no job makes %s, which is a stage of .ci/run", stage)
		}
	}
	for _, target := range []string{"test-kafka", "test-interop"} {
		for _, on := range made[target] {
			if !strings.HasPrefix(on, "ubuntu-") {
				finding("ci.yml: %s needs Linux, and is made on %s", target, on)
			}
		}
	}
	for _, system := range []string{"ubuntu-", "macos-"} {
		if !slices.ContainsFunc(made["test"], func(on string) bool { return strings.HasPrefix(on, system) }) {
			finding("ci.yml: no job makes test on %s", system)
		}
	}
	if versions := fmt.Sprint(jobOf(r, "ci.yml", "test").Strategy.Matrix["go"]); versions != "[oldest newest]" {
		finding("ci.yml: the tests run with Go %s, not with the oldest and the newest", versions)
	}
	return out
}

// runners are the systems that a job runs on.
func (j job) runners() []string {
	if j.RunsOn != "${{ matrix.os }}" {
		return []string{j.RunsOn}
	}
	var out []string
	systems, _ := j.Strategy.Matrix["os"].([]any)
	for _, s := range systems {
		out = append(out, fmt.Sprint(s))
	}
	return out
}

func jobOf(r repository, file, name string) job {
	var w workflow
	_ = yaml.Unmarshal([]byte(r.workflows[file]), &w) // findings says what is wrong
	return w.Jobs[name]
}

var (
	stagesLine = regexp.MustCompile(`(?m)^stages=\(([a-z -]+)\)$`)
	targetLine = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func thisRepository(t *testing.T) repository {
	t.Helper()
	r := repository{workflows: map[string]string{}}
	files, err := filepath.Glob("../../.github/workflows/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		r.workflows[filepath.Base(file)] = readFile(t, filepath.Join(".github/workflows", filepath.Base(file)))
	}
	stages := stagesLine.FindStringSubmatch(readFile(t, ".ci/run"))
	if stages == nil {
		t.Fatal(".ci/run has no line of stages")
	}
	r.stages = strings.Fields(stages[1])
	for _, m := range targetLine.FindAllStringSubmatch(readFile(t, "Makefile"), -1) {
		r.targets = append(r.targets, m[1])
	}
	return r
}

// What .ci/run does is done on GitHub, by the same targets, with no more rights and
// no more time than it needs.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	r := thisRepository(t)
	if len(r.workflows) < 4 || len(r.stages) < 8 || len(r.targets) < 10 {
		t.Fatalf("%d workflows, %d stages and %d targets: does this test still look for the right thing?", len(r.workflows), len(r.stages), len(r.targets))
	}
	if diff := cmp.Diff([]string(nil), r.findings()); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// A rule that sees nothing looks just like one that is kept: each is broken once.
func TestWorkflowRulesSeeWhatTheyMust(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ file, old, by, want string }{
		"not YAML":             {"ci.yml", "jobs:\n", "jobs: {\n", "yaml: "},
		"a stage is left out":  {"ci.yml", "- run: make demo\n", "", "no job makes demo"},
		"a stage is disabled":  {"ci.yml", "      - run: make breaking\n", "      # - run: make breaking\n", "no job makes breaking"},
		"an unknown target":    {"weekly.yml", "make fuzz", "make fuz", "the Makefile has no target fuz"},
		"no timeout":           {"ci.yml", "    timeout-minutes: 20\n", "", "ci.yml/gate: timeout-minutes is 0"},
		"rights for all":       {"ci.yml", "permissions:\n  contents: read\n", "", "the permissions are not"},
		"more rights":          {"release.yml", "permissions:\n  contents: read\nconc", "permissions:\n  contents: write\nconc", "the permissions are not"},
		"a job's rights":       {"weekly.yml", "  fuzz:\n", "  fuzz:\n    permissions: {contents: write}\n", "weekly.yml/fuzz: the permissions"},
		"not pinned":           {"ci.yml", "checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "checkout@v6.0.2", "actions/checkout is not pinned"},
		"no version":           {"ci.yml", "ce83dd # v6.0.2", "ce83dd", "actions/checkout is not pinned"},
		"two versions":         {"weekly.yml", "ce83dd # v6.0.2", "ce83dd # v6.0.1", "actions/checkout is pinned elsewhere"},
		"an expression":        {"release.yml", `"$GITHUB_SHA" origin/main`, "${{ github.ref_name }} origin/main", "contains an expression"},
		"credentials":          {"ci.yml", "          persist-credentials: false\n      - uses", "      - uses", "checkout leaves its credentials"},
		"another repository's": {"release.yml", "./.github/workflows/binaries.yml", "someone/else/.github/workflows/b.yml@main", "is not a workflow of this repository"},
		"Linux alone":          {"ci.yml", "[ubuntu-24.04, macos-15]", "[ubuntu-24.04]", "no job makes test on macos-"},
		"one Go":               {"ci.yml", "go: [oldest, newest]", "go: [newest]", "the tests run with Go [newest]"},
		"Kafka on macOS":       {"ci.yml", "  kafka:\n    runs-on: ubuntu-24.04", "  kafka:\n    runs-on: macos-15", "test-kafka needs Linux"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := thisRepository(t)
			before := r.workflows[row.file]
			r.workflows[row.file] = strings.Replace(before, row.old, row.by, 1)
			if r.workflows[row.file] == before {
				t.Fatalf("%s does not have what is to be broken: %s", row.file, row.old)
			}
			if got := r.findings(); !slices.ContainsFunc(got, func(f string) bool { return strings.Contains(f, row.want) }) {
				t.Errorf("findings %q, want %q", got, row.want)
			}
		})
	}
}
