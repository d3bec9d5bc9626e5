package gate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	// What TestMain builds is made of it: without the import go test would take an old
	// result from its cache.
	_ "github.com/eventcontracts/eventcontracts/internal/cli"
)

const (
	todoCreated   = "proto/events/todo/v1/todo_created.proto"
	todoCreatedV2 = "proto/events/todo/v2/todo_created.proto"
)

// A repo is a git repository with the contracts in it.
type repo struct {
	t   *testing.T
	dir string
}

// eventctl is the command as it is being written, built once.
var eventctl string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gate")
	if err != nil {
		panic(err)
	}
	eventctl = filepath.Join(dir, "eventctl")
	if out, err := exec.Command("go", "build", "-o", eventctl, "../../cmd/eventctl").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// seed makes a repository whose main holds the files of this work tree, so that
// what is tried is what is being written, in a full clone, a shallow one and a
// git worktree alike.
func seed(t *testing.T) repo {
	t.Helper()
	root := run(t, ".", "git", "rev-parse", "--show-toplevel")
	r := repo{t: t, dir: filepath.Join(t.TempDir(), "seed")}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	// Copied by package os and not by cp, so that go test sees what the result
	// depends on and does not take an old one from its cache.
	for _, dir := range []string{"proto", "third_party", "test/gate"} {
		if err := os.CopyFS(filepath.Join(r.dir, dir), os.DirFS(filepath.Join(root, dir))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"buf.yaml", "Makefile", ".gitignore"} {
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.dir, file), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r.init(root)
	return r
}

// init makes the folder a repository with one commit, and lends it the built buf.
func (r repo) init(root string) {
	r.t.Helper()
	r.git("init", "-q", "-b", "main")
	r.configure(root)
	r.commit("contracts")
}

func (r repo) configure(root string) {
	r.t.Helper()
	r.git("config", "user.name", "t")
	r.git("config", "user.email", "t@example.com")
	if err := os.Mkdir(filepath.Join(r.dir, "bin"), 0o755); err != nil {
		r.t.Fatal(err)
	}
	for _, tool := range []string{"bin/buf", "bin/buf-plugin-event-contract"} {
		if err := os.Symlink(filepath.Join(root, tool), filepath.Join(r.dir, tool)); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := os.Symlink(eventctl, filepath.Join(r.dir, "bin/eventctl")); err != nil {
		r.t.Fatal(err)
	}
}

// clone clones r, with git's own options.
func (r repo) clone(t *testing.T, options ...string) repo {
	t.Helper()
	c := repo{t: t, dir: filepath.Join(t.TempDir(), "clone")}
	args := append([]string{"clone", "-q"}, options...)
	run(t, ".", "git", append(args, "file://"+r.dir, c.dir)...)
	c.configure(run(t, ".", "git", "rev-parse", "--show-toplevel"))
	return c
}

func (r repo) git(args ...string) string {
	r.t.Helper()
	return run(r.t, r.dir, "git", args...)
}

func (r repo) commit(message string) {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", message)
}

// replace edits a file.
func (r repo) replace(file, old, with string) {
	r.t.Helper()
	path := filepath.Join(r.dir, file)
	b, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		r.t.Fatalf("%s has no %q", file, old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), old, with, 1)), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// breaks commits a change that no baseline with the contracts may let pass.
func (r repo) breaks() {
	r.t.Helper()
	for _, major := range []string{todoCreated, todoCreatedV2} { // one converts into the other by name
		r.replace(major, "string title = 3", "string heading = 3")
	}
	r.commit("rename the title")
}

// breaking runs the gate as people and CI do.
func (r repo) breaking(env ...string) (string, error) {
	r.t.Helper()
	cmd := exec.Command("make", "-o", "bin/buf", "-o", "bin/buf-plugin-event-contract", "-o", "bin/eventctl", "breaking")
	cmd.Dir = r.dir
	for _, e := range os.Environ() {
		// CI sets it for its own run of the gate; the clones have other commits.
		// The rest is make's, when it runs the tests.
		if name, _, _ := strings.Cut(e, "="); name != "BREAKING_BASE" && name != "MAKEFLAGS" && name != "MFLAGS" {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
