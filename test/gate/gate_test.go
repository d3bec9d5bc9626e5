package gate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The gate is tried on clones, by the command that people and CI run.
func TestBreaking(t *testing.T) {
	t.Parallel()
	const file = "proto/events/todo/v1/todo_created.proto"
	rows := []struct {
		name string
		edit func(t *testing.T, clone string)
		want string // "" if the change is compatible
	}{
		{"comment changed", replace(file, "// What is to be done.", "// The task."), ""},
		{"optional field added", replace(file, "google.protobuf.Timestamp due_date = 6;", "google.protobuf.Timestamp due_date = 6;\n\n  // More.\n  optional string note = 7;"), ""},
		{"field renamed", replace(file, "string title = 3", "string heading = 3"), `"title" to "heading"`},
		{"field renumbered", replace(file, "google.protobuf.Timestamp due_date = 6;", "google.protobuf.Timestamp due_date = 9;"), `field "6"`},
		{"type changed", replace(file, "google.protobuf.Timestamp due_date = 6;", "string due_date = 6;"), "due_date"},
		{"presence changed", replace(file, "optional string description", "string description"), "description"},
		{"event removed", func(t *testing.T, clone string) {
			if err := os.Remove(filepath.Join(clone, file)); err != nil {
				t.Fatal(err)
			}
		}, "todo_created.proto"},
	}
	root := output(t, ".", "git", "rev-parse", "--show-toplevel")
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			clone := filepath.Join(t.TempDir(), "clone")
			output(t, ".", "git", "clone", "-q", root, clone)
			copyTool(t, root, clone)
			row.edit(t, clone)
			output(t, clone, "git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qam", "change")
			cmd := exec.Command("make", "-o", "bin/buf", "breaking")
			cmd.Dir = clone
			cmd.Env = append(os.Environ(), "BREAKING_BASE=HEAD~1")
			out, err := cmd.CombinedOutput()
			switch {
			case row.want == "" && err != nil:
				t.Errorf("a compatible change was refused: %v\n%s", err, out)
			case row.want != "" && err == nil:
				t.Errorf("a breaking change passed:\n%s", out)
			case !strings.Contains(string(out), row.want):
				t.Errorf("the refusal does not name %q:\n%s", row.want, out)
			}
		})
	}
}

func TestBreakingBaselineMissing(t *testing.T) {
	t.Parallel()
	root := output(t, ".", "git", "rev-parse", "--show-toplevel")
	cmd := exec.Command("make", "-o", "bin/buf", "breaking")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "BREAKING_BASE=no-such-commit")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no-such-commit") {
		t.Errorf("an unknown baseline must fail and be named: %v\n%s", err, out)
	}
}

func replace(file, old, with string) func(*testing.T, string) {
	return func(t *testing.T, clone string) {
		t.Helper()
		path := filepath.Join(clone, file)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), old) {
			t.Fatalf("%s has no %q", file, old)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(b), old, with, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// copyTool gives a clone the built buf, which is the same for all.
func copyTool(t *testing.T, root, clone string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(clone, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "bin/buf"), filepath.Join(clone, "bin/buf")); err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
