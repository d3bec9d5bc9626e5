package contractrepo_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

const goMod = "module example.com/shop\n\ngo 1.26\n\nrequire google.golang.org/protobuf v1.36.12 // indirect\n"

// repo makes a directory of files.
func repo(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A workspace of version v1 was one import root, and its modules' excludes were compiled.
func TestModulesOfAWorkspaceOfV1(t *testing.T) {
	t.Parallel()
	dir := repo(t, map[string]string{
		"buf.work.yaml": "version: v1\ndirectories: [proto, vendored]\n", "proto/buf.yaml": "version: v1\nbuild: {excludes: [old]}\n",
		"proto/x/x.proto": "", "proto/old/o.proto": "", "vendored/v.proto": "", "other/o.proto": "",
	})
	if root, err := contractrepo.Find(filepath.Join(dir, "other")); err != nil || root != dir {
		t.Errorf("Find = %s, %v, want %s", root, err, dir)
	}
	r, err := contractrepo.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []contractrepo.Module{{Dir: "proto", Files: []string{"x/x.proto"}}, {Dir: "vendored", Files: []string{"v.proto"}}}
	if diff := cmp.Diff(want, r.Modules); diff != "" {
		t.Errorf("modules (-want +got):\n%s", diff)
	}
}

// includes were not read: a file that buf does not see was compiled.
func TestModulesAreThoseOfBuf(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"a.proto": "", "proto/x/x.proto": "", "proto/x/y.proto": "", "proto/in/z.proto": "",
		"proto/.hidden/h.proto": "", "other/o.proto": "", "proto/readme.md": "",
	}
	for _, row := range []struct {
		name, yaml string
		planned    contractrepo.Planned
		want       []contractrepo.Module
	}{
		{name: "no modules", yaml: "version: v1\n", want: []contractrepo.Module{
			{Dir: ".", Files: []string{"a.proto", "other/o.proto", "proto/in/z.proto", "proto/x/x.proto", "proto/x/y.proto"}},
		}},
		{name: "modules", yaml: "modules: [{path: proto}, {path: other}]\n", want: []contractrepo.Module{
			{Dir: "proto", Files: []string{"in/z.proto", "x/x.proto", "x/y.proto"}}, {Dir: "other", Files: []string{"o.proto"}},
		}},
		{name: "a module in a module", yaml: "modules: [{path: proto}, {path: proto/in/}]\n", want: []contractrepo.Module{
			{Dir: "proto", Files: []string{"x/x.proto", "x/y.proto"}}, {Dir: "proto/in", Files: []string{"z.proto"}},
		}},
		{name: "includes and excludes", yaml: "modules: [{path: proto, includes: [proto/x], excludes: [proto/x/y.proto]}]\n", want: []contractrepo.Module{
			{Dir: "proto", Files: []string{"x/x.proto"}},
		}},
		{name: "excludes of version v1", yaml: "version: v1\nbuild: {excludes: [proto/x, other/]}\n", want: []contractrepo.Module{
			{Dir: ".", Files: []string{"a.proto", "proto/in/z.proto"}},
		}},
		{name: "roots of version v1beta1", yaml: "version: v1beta1\nbuild: {roots: [proto, other], excludes: [proto/in]}\n", want: []contractrepo.Module{
			{Dir: "proto", Files: []string{"x/x.proto", "x/y.proto"}}, {Dir: "other", Files: []string{"o.proto"}},
		}},
		{
			name: "planned", yaml: "modules: [{path: proto}, {path: new}]\n",
			planned: contractrepo.Planned{"new/n.proto": {}, "proto/x/x.proto": nil, "proto/.hidden/n.proto": {}, "proto/q.proto": {}},
			want: []contractrepo.Module{
				{Dir: "proto", Files: []string{"in/z.proto", "q.proto", "x/y.proto"}}, {Dir: "new", Files: []string{"n.proto"}},
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := repo(t, files)
			if err := os.WriteFile(filepath.Join(dir, "buf.yaml"), []byte(row.yaml), 0o644); err != nil {
				t.Fatal(err)
			}
			r, err := contractrepo.Open(dir, row.planned)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, r.Modules); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPlannedRepoNeedsNothingOnDisk(t *testing.T) {
	t.Parallel()
	r, err := contractrepo.Open(filepath.Join(t.TempDir(), "new"), contractrepo.Planned{
		"buf.yaml": []byte("modules: [{path: proto}]"), "proto/a/a.proto": {}, "go.mod": []byte(goMod),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := r.Lies("a/a.proto"); !ok || got != "proto/a/a.proto" {
		t.Errorf("a/a.proto lies at %q", got)
	}
	if got, err := r.ImportPath("gen/a"); err != nil || got != "example.com/shop/gen/a" {
		t.Errorf("import path %q, %v", got, err)
	}
}

func TestFilesAreReadThroughWhatIsPlanned(t *testing.T) {
	t.Parallel()
	r, err := contractrepo.Open(repo(t, map[string]string{"a": "disk", "b": "disk", "c": "disk"}), contractrepo.Planned{"b": []byte("plan"), "c": nil})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "disk", "b": "plan"} {
		if got, err := r.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := r.ReadFile("c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that the plan deletes is read: %v", err)
	}
}

// The contracts may be a folder of a larger Go module.
func TestTheGoModuleMayBeAbove(t *testing.T) {
	t.Parallel()
	dir := repo(t, map[string]string{"go.mod": goMod, "contracts/buf.yaml": ""})
	r, err := contractrepo.Open(filepath.Join(dir, "contracts"), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.GoModule()
	if err != nil || m.Path != "example.com/shop" || m.Requires["google.golang.org/protobuf"] != "v1.36.12" {
		t.Errorf("%+v, %v", m, err)
	}
	tmpl, err := r.Template("")
	if err != nil {
		t.Fatal(err)
	}
	if got := tmpl.Override[0].Value; got != "example.com/shop/contracts/gen" {
		t.Errorf("the prefix is %q", got)
	}
}

func TestFindGoesUp(t *testing.T) {
	t.Parallel()
	dir := repo(t, map[string]string{"buf.yaml": "", "a/b/c": ""})
	if got, err := contractrepo.Find(filepath.Join(dir, "a", "b")); err != nil || got != dir {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := contractrepo.Find(t.TempDir()); !errors.Is(err, contractrepo.ErrNone) {
		t.Errorf("%v", err)
	}
}

func TestAModuleOutsideIsRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"../other", "/tmp", "missing"} {
		if _, err := contractrepo.Open(repo(t, map[string]string{"buf.yaml": "modules: [{path: " + path + "}]"}), nil); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("module %s: %v", path, err)
		}
	}
}
