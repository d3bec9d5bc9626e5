package eventbustest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// walked names the directory that TestTheWalkOf walks in a process of its own.
const walked = "EVENTBUSTEST_WALKED"

func TestTheWalkOf(t *testing.T) {
	dir := os.Getenv(walked)
	if dir == "" {
		t.Skip("TestWalkContracts runs it")
	}
	eventbustest.WalkContracts(t, dir)
}

// shop is a copy of contracts with their fixtures.
func shop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "internal", "cli", "testdata", "shop"))); err != nil {
		t.Fatal(err)
	}
	refresh(t, dir)
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// replace changes a file, which must have the old text.
func replace(t *testing.T, dir, name, old, now string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q: %v", name, old, err)
	}
	put(t, dir, name, strings.Replace(string(text), old, now, 1))
}

const customer = "fixtures/shop/people/v1/customer_registered/"

// The walk passes over sound contracts, and every fault fails it and says what to do.
func TestWalkContracts(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		fault func(t *testing.T, dir string)
		want  string // what a failure says; "" for none
	}{
		{"sound", func(*testing.T, string) {}, ""},
		{"missing", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, customer, "valid.json")); err != nil {
				t.Fatal(err)
			}
		}, "run eventctl fixtures, and look at the difference:\n          " + customer + "valid.json: it is missing"},
		{"stale", func(t *testing.T, dir string) {
			replace(t, dir, customer+"valid.json", "{", "{ ")
		}, "1 fixture is not what the contracts say: run eventctl fixtures, and look at the difference:\n          " + customer + "valid.json: it is not what the contract makes today"},
		{"left over", func(t *testing.T, dir string) {
			put(t, dir, customer+"invalid_gone_string.max_len.json", `{"customer_id": "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", "email": "ada@example.com"}`)
		}, "run eventctl fixtures --prune, which deletes what is left over too, and look at the difference:\n          " + customer + "invalid_gone_string.max_len.json: it is accepted, although its name says that it is refused"},
		{"generated before the last change", func(t *testing.T, dir string) {
			// What is linked into this test still has the old bound.
			replace(t, dir, "proto/shop/people/v1/customer_registered.proto", "string.email = true", "string.min_len = 100")
			refresh(t, dir)
		}, "generate the Go types again"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := shop(t)
			row.fault(t, dir)
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheWalkOf$", "-test.v")
			cmd.Env = append(os.Environ(), walked+"="+dir)
			out, err := cmd.CombinedOutput()
			switch {
			case row.want == "" && err != nil:
				t.Errorf("the walk failed:\n%s", out)
			case row.want == "" && !strings.Contains(string(out), "--- PASS: TestTheWalkOf/broker/major_1"):
				t.Errorf("the walk did not publish:\n%s", out)
			case row.want != "" && (err == nil || !strings.Contains(string(out), row.want)):
				t.Errorf("the walk ended with %v:\n%s\nwant a failure with %q", err, out, row.want)
			}
		})
	}
}

// refresh writes the fixtures of the contracts as they are now.
func refresh(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, fixture.Dir)); err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Load(t.Context(), catalog.Options{Contracts: dir})
	if err != nil {
		t.Fatal(err)
	}
	made, err := fixture.All(c.Registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range made {
		for _, f := range m.Files {
			put(t, dir, f.Path, string(f.Content))
		}
	}
}
