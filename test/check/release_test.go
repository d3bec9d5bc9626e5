package check_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	container = regexp.MustCompile(`container: "(golang:[^"]+)"`)
	buildsIn  = regexp.MustCompile(`(?m)^FROM (golang:\S+) AS build$`)
)

// The published binaries are built where the image's is, whose need of glibc is known.
func TestReleasesAreBuiltAsTheImage(t *testing.T) {
	t.Parallel()
	image := buildsIn.FindStringSubmatch(readFile(t, "cmd/eventctl/Dockerfile"))
	if image == nil {
		t.Fatal("the Dockerfile has no build stage in a golang image")
	}
	containers := container.FindAllStringSubmatch(readFile(t, ".github/workflows/binaries.yml"), -1)
	if len(containers) != 2 {
		t.Errorf("%d builds in a container, want those of Linux: %v", len(containers), containers)
	}
	for _, c := range containers {
		if c[1] != image[1] {
			t.Errorf("a binary is built in %s, the image's in %s", c[1], image[1])
		}
	}
}

var script = regexp.MustCompile(`(?:\.ci|test)/[a-z/-]+[a-z](?:\.sh)?\b`)

// .gitignore's line for archives, dist, had kept .ci/dist out of git, so that make dist
// worked for its author alone.
func TestScriptsAreNotIgnored(t *testing.T) {
	t.Parallel()
	run := 0
	for _, file := range []string{"Makefile", ".ci/run", ".github/workflows/release.yml", ".github/workflows/ci.yml"} {
		for line := range strings.Lines(readFile(t, file)) {
			for _, name := range script.FindAllString(line, -1) {
				info, err := os.Stat("../../" + name)
				if err != nil {
					if strings.Contains(name, ".sh") || strings.HasPrefix(name, ".ci/") {
						t.Errorf("%s: %v", file, err)
					}
					continue // a package, or what make fetches
				}
				if info.IsDir() {
					continue
				}
				run++
				if err := exec.CommandContext(t.Context(), "git", "-C", "../..", "check-ignore", "-q", name).Run(); err == nil {
					t.Errorf("%s runs %s, which .gitignore keeps out of git", file, name)
				}
			}
		}
	}
	if run < 5 {
		t.Errorf("only %d scripts were found", run)
	}
}

// An archive is named for a version.
func TestDistTakesAVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", "1.2.3", "v1.2", "v1.2.3/x"} {
		out, err := exec.CommandContext(t.Context(), "../../.ci/dist", version).CombinedOutput()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Errorf(".ci/dist %q: %v\n%s", version, err, out)
		}
	}
}

// The text of a release is what the changelog says of its version, and nothing else.
func TestReleaseNotes(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("../../.ci/notes"); err != nil { // seen by go test's cache
		t.Fatal(err)
	}
	changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
	const text = "# Changelog\n\n## [Unreleased]\n\n- next\n\n## [1.10.0] - 2026-12-02\n\n### Added\n\n- ten, *bold*\n\n## [1.1.0] - 2026-12-01\n\n- one\n\n## [1.0.0]\n\n## [1.0.0-rc.1]\n- first\n"
	if err := os.WriteFile(changelog, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for tag, row := range map[string]struct {
		want string
		code int
	}{
		"v1.10.0":     {"### Added\n\n- ten, *bold*\n", 0},
		"v1.1.0":      {"- one\n", 0},
		"v1.0.0-rc.1": {"- first\n", 0},
		"v1.0.0":      {"", 1}, // nothing is said
		"v1.1":        {"", 2},
		"v2.0.0":      {"", 1},
		"vUnreleased": {"", 2},
		"1.1.0":       {"", 2},
		"":            {"", 2},
	} {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("../../.ci/notes", tag)
			cmd.Env = append(os.Environ(), "CHANGELOG="+changelog)
			out, err := cmd.Output()
			code := 0
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				code = exit.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
			if diff := cmp.Diff(row.want, string(out)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}
