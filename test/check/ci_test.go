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

// .ci/run tells how each stage ended, whichever way the run ends. The stages are
// played by a make that only passes or fails.
func TestCISummary(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		fails string // the stage that does
		code  int
	}{
		{"all pass", "", 0},
		{"the first fails", "tools", 1},
		{"one fails", "test", 1},
		{"the last fails", "test-interop", 1},
	}
	// Each line says what became of a stage; those after a failure do not run.
	summary := func(fails string) (out []string) {
		end := "ok all"
		for _, stage := range []string{"tools", "check", "test", "test-programs", "test-gate", "test-reference", "test-conformance", "breaking", "demo", "example", "test-kafka", "test-interop"} {
			switch {
			case end == "FAIL all":
				out = append(out, "-- "+stage+" not run")
			case stage == fails:
				end = "FAIL all"
				out = append(out, "FAIL "+stage)
			default:
				out = append(out, "ok "+stage)
			}
		}
		return append(out, end)
	}
	// Seen by go test, which would take a result from its cache otherwise.
	if _, err := os.Stat("../../.ci/run"); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, tool := range []string{"java", "mvn", "python3", "kcat"} { // what the stages would need
		if err := os.WriteFile(filepath.Join(bin, tool), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// make is called as make --no-print-directory STAGE.
	if err := os.WriteFile(filepath.Join(bin, "make"), []byte("#!/bin/sh\n[ \"$2\" != \"$FAILS\" ]\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("bash", "../../.ci/run")
			cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "FAILS="+row.fails)
			out, err := cmd.Output()
			code := 0
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				code = exit.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if code != row.code {
				t.Errorf("exit code %d, want %d\n%s", code, row.code, out)
			}
			_, told, _ := strings.Cut(string(out), "\n\n")
			told = regexp.MustCompile(` +\d+s\n`).ReplaceAllString(told, "\n")
			told = regexp.MustCompile(` +`).ReplaceAllString(told, " ")
			if diff := cmp.Diff(summary(row.fails), strings.Split(strings.TrimSpace(told), "\n")); diff != "" {
				t.Errorf("summary (-want +got):\n%s\n%s", diff, out)
			}
		})
	}
}
