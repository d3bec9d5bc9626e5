package gogen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/gogen"
)

// generate compiles contracts and generates from them by a template.
func generate(t *testing.T, root, template string) map[string]string {
	t.Helper()
	c, err := catalog.Load(t.Context(), catalog.Options{Contracts: root})
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := c.Repo.Template(template)
	if err != nil {
		t.Fatal(err)
	}
	files, err := gogen.Generate(c.Repo, c.Files, tmpl)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range files {
		out[f.Path] = string(f.Content)
	}
	return out
}

// onDisk are the files below a directory of root.
func onDisk(t *testing.T, root, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(filepath.Join(root, dir), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(root, name)
		out[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestThisRepositoryIsGeneratedAsItIs(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(onDisk(t, root, "gen"), generate(t, root, "")); diff != "" {
		t.Errorf("(-gen +generated):\n%s", diff)
	}
	got := generate(t, root, "buf.gen.options.yaml")
	if len(got) != 1 || !strings.Contains(got["gen/eventcontracts/v1/options.pb.go"], "EventOptions") {
		t.Errorf("the vocabulary's template gave %d files", len(got))
	}
}
