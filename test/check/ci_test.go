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
		want  []string
		code  int
	}{
		{"all pass", "", []string{"ok tools", "ok check", "ok test", "ok breaking", "ok demo", "ok all"}, 0},
		{"the first fails", "tools", []string{"FAIL tools", "-- check not run", "-- test not run", "-- breaking not run", "-- demo not run", "FAIL all"}, 1},
		{"one fails", "test", []string{"ok tools", "ok check", "FAIL test", "-- breaking not run", "-- demo not run", "FAIL all"}, 1},
		{"the last fails", "demo", []string{"ok tools", "ok check", "ok test", "ok breaking", "FAIL demo", "FAIL all"}, 1},
	}
	// Seen by go test, which would take a result from its cache otherwise.
	if _, err := os.Stat("../../.ci/run"); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
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
			_, summary, _ := strings.Cut(string(out), "\n\n")
			summary = regexp.MustCompile(` +\d+s\n`).ReplaceAllString(summary, "\n")
			summary = regexp.MustCompile(` +`).ReplaceAllString(summary, " ")
			if diff := cmp.Diff(row.want, strings.Split(strings.TrimSpace(summary), "\n")); diff != "" {
				t.Errorf("summary (-want +got):\n%s\n%s", diff, out)
			}
		})
	}
}
