package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// repository is a contract repository with a Go module of its own that takes this one's
// work tree, a buf if there is one here, and no event yet.
func repository(t *testing.T) *eventctl {
	t.Helper()
	e := newEventctl(t, "")
	e.dir = repositoryIn(t)
	return e
}

// repositoryIn is a new directory with such a repository.
func repositoryIn(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" { // the same versions, so that nothing is fetched
			text = bytes.Replace(text, []byte("module "+thisModule), []byte("module example.com/shop"), 1)
			text = regexp.MustCompile(`(?m)^tool .*$`).ReplaceAll(text, nil)
			text = append(text, fmt.Sprintf("\nrequire %s v0.0.0\n\nreplace %s => %s\n", thisModule, thisModule, root)...)
		}
		write1(t, dir, name, string(text))
	}
	write1(t, dir, "buf.yaml", "version: v2\nmodules:\n  - path: proto\n  - path: third_party\n    lint:\n      ignore: [third_party]\n    breaking:\n      ignore: [third_party]\nlint:\n  use: [STANDARD]\n  except: [IMPORT_USED]\nbreaking:\n  use: [FILE]\n")
	for from, to := range map[string]string{
		"proto/eventcontracts/v1/options.proto":                 "third_party/eventcontracts/v1/options.proto",
		"third_party/protovalidate/buf/validate/validate.proto": "third_party/buf/validate/validate.proto",
	} {
		text, err := os.ReadFile(filepath.Join(root, from))
		if err != nil {
			t.Fatal(err)
		}
		write1(t, dir, to, string(text))
	}
	if err := os.MkdirAll(filepath.Join(dir, "proto"), 0o755); err != nil {
		t.Fatal(err)
	}
	if buf := filepath.Join(root, "bin", "buf"); isFile(buf) {
		if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(buf, filepath.Join(dir, "bin", "buf")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const thisModule = "github.com/eventcontracts/eventcontracts"

func isFile(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// command runs a program in the repository, which must succeed.
func (e *eventctl) command(name string, args ...string) string {
	e.t.Helper()
	cmd := exec.CommandContext(e.t.Context(), name, args...)
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		e.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (e *eventctl) commit() {
	e.t.Helper()
	if !isFile(filepath.Join(e.dir, ".git")) {
		e.command("git", "init", "-q", "-b", "main")
	}
	e.command("git", "add", "-A")
	e.command("git", "commit", "-q", "--allow-empty", "-m", "a change")
}
