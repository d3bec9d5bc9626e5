package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// installed is eventctl as a program, and a repository with the events of this one, as
// people have them: the time that a process takes to start counts.
func installed(b *testing.B) func(args ...string) {
	b.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		b.Fatal(err)
	}
	bin := filepath.Join(b.TempDir(), "eventctl")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", bin, "../../cmd/eventctl").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	dir := repositoryIn(b)
	for _, name := range []string{"proto/events", "gen/events"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			b.Fatal(err)
		}
	}
	run := func(name string, args ...string) {
		b.Helper()
		cmd := exec.CommandContext(b.Context(), name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	run("git", "init", "-q", "-b", "main")
	for range 2 {
		run("git", "add", "-A")
		run("git", "commit", "-q", "--allow-empty", "-m", "a change")
	}
	run(bin, "new", "TodoWarm", line) // what go vet has compiled once is in its cache
	return func(args ...string) { b.Helper(); run(bin, args...) }
}

const line = "id (UUID), title (str), description (str?), user_id (UUID), created_at (datetime)"

// BenchmarkNewDryRun is at most 150 ms.
func BenchmarkNewDryRun(b *testing.B) {
	eventctl := installed(b)
	for b.Loop() {
		eventctl("new", "TodoArchived", line, "--dry-run")
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/run")
}

// BenchmarkNew writes an event with its fixtures and Go, and has go vet, buf lint and the
// gate look at it: at most 5 s.
func BenchmarkNew(b *testing.B) {
	eventctl := installed(b)
	n := 0
	for b.Loop() {
		n++
		eventctl("new", fmt.Sprintf("TodoArchived%d", n), line)
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/run")
}
