//go:build !race

package cli_test

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// emptyPlace is a directory that repositories can be made in, each requiring this
// checkout.
func emptyPlace(t *testing.T) *eventctl {
	t.Helper()
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return &eventctl{t: t, dir: t.TempDir(), vars: map[string]string{"EVENTCTL_REPLACE": checkout}}
}

func TestInitMakesARepositoryWithoutProblems(t *testing.T) {
	t.Parallel()
	e := emptyPlace(t)
	e.refuses(0, "+++ b/go.mod", "init", "shop", "--dry-run")
	planned := e.run("init", "shop", "--dry-run")
	out := e.ok("init", "shop", "--yes")
	for name, content := range onDisk(t, filepath.Join(e.dir, "shop")) {
		if strings.HasSuffix(name, "/") {
			continue // a directory
		}
		folder := "not shown: " + path.Dir(name) + "/ ("
		shown := strings.Contains(planned.stdout, "+++ b/"+name+"\n") && strings.Contains(planned.stdout, "+"+strings.ReplaceAll(strings.TrimSuffix(content, "\n"), "\n", "\n+")+"\n")
		if told := strings.Contains(planned.stderr, "not shown: "+name+"\n") || strings.Contains(planned.stderr, folder); shown == told {
			t.Errorf("init --dry-run shows %s: %t, and names it: %t", name, shown, told)
		}
	}
	golden(t, "init", strings.ReplaceAll(out, e.dir, "DIR"))
	for _, line := range [][]string{{"check"}, {"generate", "--check"}, {"fixtures", "--check"}, {"describe", "GreetingSent"}} {
		e.ok(append(line, "--contracts", "shop")...)
	}
	e.refuses(1, "shop is not empty (.github, .gitignore, .gitlab-ci.yml, …)", "init", "shop")

	var got struct {
		Module  string
		Files   []string
		Written bool
		Event   struct{ Type string }
	}
	if err := json.Unmarshal([]byte(e.ok("init", "a/b/orders", "--module", "corp.example/orders/v2", "--domain", "order_line", "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Module != "corp.example/orders/v2" || got.Event.Type != "OrderLineCreated" || !got.Written || !slices.Contains(got.Files, "gen/events/order_line/v1/order_line_created.pb.go") {
		t.Errorf("init printed %+v", got)
	}
	if text := onDisk(t, e.dir)["a/b/orders/go.mod"]; !strings.HasPrefix(text, "module corp.example/orders/v2\n") {
		t.Errorf("go.mod is\n%s", text)
	}
}

// A clone of an empty repository is where many will begin.
func TestInitGoesIntoAnEmptyClone(t *testing.T) {
	t.Parallel()
	e := emptyPlace(t)
	e.file("shop/.git/HEAD", "ref: refs/heads/main\n")
	e.dir = filepath.Join(e.dir, "shop")
	e.ok("init", ".")
	if onDisk(t, e.dir)["buf.yaml"] == "" {
		t.Error("nothing was written")
	}
}

func TestInitRefusesWithoutAChange(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(e *eventctl)
		args   []string
		code   int
		want   string
	}{
		{"no directory", nil, nil, 2, "DIR is missing"},
		{"a directory with a file", func(e *eventctl) { e.file("shop/notes.txt", "") }, []string{"shop"}, 1, "shop is not empty (notes.txt)"},
		{"half of a repository", func(e *eventctl) { e.file("shop/buf.yaml", "version: v2\n") }, []string{"shop"}, 1, "shop is not empty (buf.yaml)"},
		{"a file", func(e *eventctl) { e.file("shop", "") }, []string{"shop"}, 1, "shop is a file"},
		{"below a file", func(e *eventctl) { e.file("shop", "") }, []string{"shop/contracts"}, 1, "shop"},
		{"a read-only directory", func(e *eventctl) {
			e.file("shop/x", "")
			_ = os.Remove(filepath.Join(e.dir, "shop/x"))
			_ = os.Chmod(filepath.Join(e.dir, "shop"), 0o555)
		}, []string{"shop"}, 1, "shop is read-only"},
		{"in a read-only directory", func(e *eventctl) {
			e.file("ro/x", "")
			_ = os.Chmod(filepath.Join(e.dir, "ro"), 0o555)
		}, []string{"ro/deep/shop"}, 1, "ro is read-only"},
		{"a wrong module path", nil, []string{"shop", "--module", "my shop"}, 2, "such as example.com/shop"},
		{"a module that nobody can fetch", nil, []string{"shop", "--module", "shop"}, 2, "missing dot in first path element"},
		{"a wrong domain", nil, []string{"shop", "--domain", "Order-Line"}, 2, "Order-Line"},
		{"a keyword as a domain is none of these", nil, []string{"shop", "--domain", "type"}, 0, ""},
		{"not a checkout", nil, []string{"shop", "--replace", "."}, 1, "is not a checkout of"},
		{"a development build", func(e *eventctl) { e.vars = nil }, []string{"shop"}, 1, "give --replace DIR"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := emptyPlace(t)
			if row.change != nil {
				row.change(e)
			}
			t.Cleanup(func() {
				_ = os.Chmod(filepath.Join(e.dir, "shop"), 0o755)
				_ = os.Chmod(filepath.Join(e.dir, "ro"), 0o755)
			})
			if row.code == 0 {
				e.ok(append([]string{"init"}, row.args...)...)
				return
			}
			e.refuses(row.code, row.want, append([]string{"init"}, row.args...)...)
		})
	}
}

// What a killed run has left is undone, and told; then the directory is empty.
func TestInitGoesOnAfterAKilledRun(t *testing.T) {
	t.Parallel()
	e := emptyPlace(t)
	e.file("shop/.changeset/lock", "")
	e.file("shop/.changeset/journal.json", `{"Files": [{"Path": "buf.yaml", "New": "a24de46a6b6a7f3d1a1c1f6a3c2c1dd3a5a1c2a6c4e1e4f7ad3b3a7b6f1d2c3e"}], "Temps": [".buf.yaml.changeset"]}`)
	e.file("shop/.buf.yaml.changeset", "version: v2\n")
	r := e.run("init", "shop")
	if r.code != 0 || !strings.Contains(r.stderr, "note: a run that was killed had changed buf.yaml") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if diff := cmp.Diff("", onDisk(t, e.dir)["shop/.buf.yaml.changeset"]); diff != "" {
		t.Error("the killed run's file is still there")
	}
}
