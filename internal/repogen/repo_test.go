package repogen_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/modfile"

	"github.com/eventcontracts/eventcontracts/internal/repogen"
)

// root is this repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// shop is a new repository, which requires this checkout.
func shop(t *testing.T, dir string) *repogen.Repo {
	t.Helper()
	toolkit, err := repogen.Checkout(root(t), "", dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := repogen.New(t.Context(), repogen.Options{Dir: dir, Module: "example.com/shop", Toolkit: toolkit})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheSameRepositoryEachTime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shop")
	if diff := cmp.Diff(shop(t, dir).Files, shop(t, dir).Files); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

// tidy of a new repository, and buf, find nothing to do: what eventctl wrote is what the
// tools would write. Nothing is fetched.
func TestNothingIsLeftToTidy(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shop")
	r := shop(t, dir)
	if err := r.Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "mod", "tidy", "-diff")
	run(t, filepath.Join(dir, "tools"), "go", "mod", "tidy", "-diff")
	buf := filepath.Join(root(t), "bin", "buf")
	if _, err := os.Stat(buf); err != nil {
		t.Skip("bin/buf is not built: make test builds it")
	}
	run(t, dir, buf, "lint")
	run(t, dir, buf, "format", "-d", "--exit-code", "proto")
	run(t, dir, buf, "generate")
	for name, want := range r.Files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(want, got) {
			t.Errorf("%s is not what was written: %v", name, err)
		}
	}
	for _, copied := range []string{"buf/validate", "eventcontracts"} {
		if _, err := os.Stat(filepath.Join(dir, "gen", copied)); err == nil {
			t.Errorf("buf generates %s a second time", copied)
		}
	}
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	if strings.HasSuffix(dir, "tools") {
		cmd.Env = append(cmd.Env, "GOTOOLCHAIN=auto") // buf's module may ask for a newer Go
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// The versions that a new repository pins are those that this one is tested with.
func TestPinsAreThoseOfThisRepository(t *testing.T) {
	t.Parallel()
	files := shop(t, filepath.Join(t.TempDir(), "shop")).Files
	ours := read(t, "tools/go.mod")
	want := map[string]string{}
	parsed, err := modfile.Parse("tools/go.mod", []byte(ours), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range parsed.Require {
		want[r.Mod.Path] = r.Mod.Version
	}
	theirs, err := modfile.Parse("tools/go.mod", files["tools/go.mod"], nil)
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Module.Mod.Path != "example.com/shop/tools" || theirs.Go.Version != parsed.Go.Version {
		t.Errorf("the tools are of module %s for Go %s", theirs.Module.Mod.Path, theirs.Go.Version)
	}
	for _, r := range theirs.Require {
		// What only gofumpt brings along here is at another version there.
		if w := want[r.Mod.Path]; w != r.Mod.Version && r.Mod.Path != "github.com/rogpeppe/go-internal" {
			t.Errorf("templates/tools/go.mod.tmpl has %s %s, and tools/go.mod %q: copy it from there", r.Mod.Path, r.Mod.Version, w)
		}
	}
	workflow := read(t, ".github/workflows/ci.yml")
	uses := regexp.MustCompile(`uses: .*`).FindAllString(string(files[".github/workflows/ci.yml"]), -1)
	for _, u := range uses {
		if !strings.Contains(workflow, u) {
			t.Errorf("templates/github/ci.yml.tmpl has %q, and this repository's workflow another version", u)
		}
	}
	for _, name := range []string{".github/workflows/ci.yml", ".gitlab-ci.yml", "buf.yaml", "buf.gen.yaml", "services.yaml"} {
		var any map[string]any
		if err := yaml.Unmarshal(files[name], &any); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(uses) != 2 {
		t.Errorf("%d actions were seen", len(uses))
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A failing step, such as a module proxy that cannot be reached, leaves neither files
// nor the directories that were made for them.
func TestAFailedWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "a", "shop")
	r := shop(t, dir)
	why := errors.New("no network")
	err := r.Write(t.Context(), dir, func(context.Context) error { return why })
	if !errors.Is(err, why) {
		t.Errorf("the error is %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Write(ended, dir); err == nil {
		t.Error("an interrupted run succeeds")
	}
	if entries, err := os.ReadDir(top); err != nil || len(entries) > 0 {
		t.Errorf("%v is left, %v", entries, err)
	}
}
