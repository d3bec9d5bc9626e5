//go:build !race

package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/gogen"
)

// shopRepo is the shop as a repository of its own: a Go module that uses a checkout of
// this one, with its generated code.
func shopRepo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	// The versions are those of this module, so that all of them are at hand.
	mod := strings.Replace(string(read(t, filepath.Join(root, "go.mod"))), "module "+thisModule, "module example.com/shop", 1)
	mod += "\nrequire " + thisModule + " v0.0.0\n\nreplace " + thisModule + " => " + root + "\n"
	for name, text := range map[string]string{
		"go.mod":       mod,
		"go.sum":       string(read(t, filepath.Join(root, "go.sum"))),
		"buf.gen.yaml": "version: v2\ninputs:\n  - directory: proto\nplugins:\n  - local: protoc-gen-go\n    out: .\n    opt: module=example.com/shop\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cat, err := catalog.Load(t.Context(), catalog.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	template, err := cat.Repo.Template("")
	if err != nil {
		t.Fatal(err)
	}
	generated, err := gogen.Generate(cat.Repo, cat.Files, template)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range generated {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A service is made in a repository that is not this one, and its test passes.
func TestNewConsumer(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	e.dir = shopRepo(t)
	before := tree(t, e.dir)
	args := []string{"new-consumer", "stock", "--events", "OrderPlaced,OrderCancelled,people/CustomerRegistered", "--owner", "team-stock"}

	dry := e.run(append(args, "--dry-run")...)
	if dry.code != 0 {
		t.Fatalf("%+v", dry)
	}
	golden(t, "new-consumer.diff", dry.stdout)
	if diff := cmp.Diff(before, tree(t, e.dir)); diff != "" {
		t.Errorf("the dry run has changed files:\n%s", diff)
	}

	golden(t, "new-consumer", e.ok(args...))
	if got := tree(t, e.dir)["services.yaml"]; !strings.HasPrefix(got, before["services.yaml"]) {
		t.Errorf("services.yaml is not what it was before the new entry:\n%s", got)
	}
	e.ok("check")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-mod=mod", "./cmd/stock")
	cmd.Dir, cmd.Env = e.dir, append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go test: %v\n%s", err, out)
	}

	var answer struct {
		Service string
		Files   []struct{ Path, Action string }
	}
	if err := json.Unmarshal([]byte(e.ok("new-consumer", "mail", "--events", "OrderPlaced", "--dir", "services/mail", "--json")), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Service != "mail" || len(answer.Files) != 5 || answer.Files[1].Path != "services/mail/Dockerfile" && answer.Files[0].Path != "services/mail/Dockerfile" {
		t.Errorf("%+v", answer)
	}
}

// Everything that is wrong is told at once, and no file is changed.
func TestNewConsumerRefusals(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	e.dir = shopRepo(t)
	if err := os.MkdirAll(filepath.Join(e.dir, "cmd", "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(e.dir, "cmd", "taken", "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := tree(t, e.dir)
	var all strings.Builder
	for _, row := range []struct {
		line string
		code int
	}{
		{"new-consumer", 2},
		{"new-consumer stock", 2},
		{"new-consumer stock --events OrderPlacd", 2},
		{"new-consumer Stock --events OrderPlacd,Xyzzy,OrderCancelled,OrderCancelled --group a/b --dir ../elsewhere", 2},
		{"new-consumer stock --events shop.orders.v1.OrderPlaced,OrderPlaced", 2},
		{"new-consumer internal --events OrderPlaced", 2},
		{"new-consumer stock --events OrderPlaced,CustomerRegistered", 2}, // of two teams
		{"new-consumer stock --events OrderPlaced --group mailer", 2},
		{"new-consumer mailer --events OrderPlaced", 2},
		{"new-consumer crm --events OrderPlaced --owner team-orders", 2},
		{"new-consumer crm --events OrderPlaced --group mailer", 1},
		{"new-consumer taken --events OrderPlaced", 1},
		{"new-consumer taken --events OrderPlacd", 2},
		{"new-consumer stock --events OrderPlaced --dir .hidden/x", 2},
		{"new-consumer stock --events OrderPlaced --dir cmd/testdata", 2},
	} {
		r := e.run(append(strings.Fields(row.line), "--dry-run")...)
		if r.code != row.code || r.stdout != "" {
			t.Errorf("eventctl %s: exit code %d, want %d\n%s%s", row.line, r.code, row.code, r.stdout, r.stderr)
		}
		if r := e.run(strings.Fields(row.line)...); r.code != row.code {
			t.Errorf("eventctl %s without --dry-run: exit code %d, want %d", row.line, r.code, row.code)
		}
		all.WriteString("$ eventctl " + row.line + "\n" + strings.ReplaceAll(r.stderr, filepath.Dir(e.dir), "…"))
	}
	golden(t, "new-consumer-refusals", strings.ReplaceAll(all.String(), filepath.Base(e.dir), "shop"))
	if diff := cmp.Diff(before, tree(t, e.dir)); diff != "" {
		t.Errorf("files have changed (-before +after):\n%s", diff)
	}
}

// Where one file cannot be written no other is, and no directory is
// left behind.
func TestNewConsumerIsAllOrNothing(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	e.dir = shopRepo(t)
	if err := os.Chmod(filepath.Join(e.dir, "services.yaml"), 0o400); err != nil {
		t.Fatal(err)
	}
	before := tree(t, e.dir)
	r := e.run("new-consumer", "stock", "--events", "OrderPlaced")
	if r.code != 1 || !strings.Contains(r.stderr, "nothing is changed: replace services.yaml: it is read-only") {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
	if diff := cmp.Diff(before, tree(t, e.dir)); diff != "" {
		t.Errorf("files have changed (-before +after):\n%s", diff)
	}
}
