package check_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
