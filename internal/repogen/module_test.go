package repogen_test

import (
	"archive/zip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"

	"github.com/eventcontracts/eventcontracts/internal/repogen"
)

const toolkit = "github.com/eventcontracts/eventcontracts"

// A repository that requires what nobody can fetch is of no use to anybody.
func TestOnlyAReleaseCanBeRequired(t *testing.T) {
	t.Parallel()
	const sum = "h1:hLXQ6kiqqBr9x2DLw0Wb+DWlbgIiNYkUbFYDjMRfS2k="
	own := func(version, sum string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: toolkit, Version: version, Sum: sum}}
	}
	tool := func(d *debug.Module) *debug.BuildInfo {
		d.Path = toolkit
		return &debug.BuildInfo{Main: debug.Module{Path: "example.com/shop", Version: "(devel)"}, Deps: []*debug.Module{d}}
	}
	for _, row := range []struct {
		name string
		info *debug.BuildInfo
		want string // version; "" for a refusal
	}{
		{"go install at a version", own("v1.2.3", sum), "v1.2.3"},
		{"go install at a commit", own("v0.0.0-20261128090000-0123456789ab", sum), "v0.0.0-20261128090000-0123456789ab"},
		{"a release's binary", own("v1.2.3", ""), "v1.2.3"},
		{"a tool of a module", tool(&debug.Module{Version: "v1.2.3", Sum: sum}), "v1.2.3"},
		{"built in a checkout", own("(devel)", ""), ""},
		{"built at a commit", own("v0.0.0-20261128090000-0123456789ab", ""), ""},
		{"built with changes", own("v1.2.3+dirty", ""), ""},
		{"a replaced tool", tool(&debug.Module{Version: "v1.2.3", Replace: &debug.Module{Path: "../checkout"}}), ""},
		{"no build information", nil, ""},
	} {
		got, err := repogen.Released(row.info)
		if row.want == "" {
			if err == nil || !strings.Contains(err.Error(), "give --replace DIR") {
				t.Errorf("%s: %v", row.name, err)
			}
			continue
		}
		if err != nil || got.Version != row.want {
			t.Errorf("%s: version %q, %v", row.name, got.Version, err)
			continue
		}
		dir := filepath.Join(t.TempDir(), "shop")
		if complete := len(got.Complete(dir)) == 0; complete != (got.Sum != "") {
			t.Errorf("%s: whether the module's sum is known: %t", row.name, complete)
		}
		r, err := repogen.New(t.Context(), repogen.Options{Dir: dir, Module: "example.com/shop", Toolkit: got})
		if err != nil {
			t.Fatal(err)
		}
		mod, sums := string(r.Files["go.mod"]), string(r.Files["go.sum"])
		if !strings.Contains(mod, toolkit+" "+row.want) || strings.Contains(mod, "replace") {
			t.Errorf("%s: go.mod is\n%s", row.name, mod)
		}
		if has := strings.Contains(sums, toolkit+" "+row.want+" "+sum+"\n") && strings.Contains(sums, toolkit+" "+row.want+"/go.mod h1:"); has != (got.Sum != "") {
			t.Errorf("%s: go.sum has the module's sums: %t", row.name, has)
		}
	}
}

// What an installed release knows of itself is enough for the go command to believe the
// module that it then downloads: here from a proxy of files, with a cache of its own.
func TestTheGoCommandBelievesTheSumsOfARelease(t *testing.T) {
	t.Parallel()
	const version = "v1.2.3"
	proxy := t.TempDir()
	at := filepath.Join(proxy, toolkit, "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	packed := filepath.Join(at, version+".zip")
	f, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f) // only the sums matter, and not what they are of
	entry, err := w.Create(toolkit + "@" + version + "/go.mod")
	if err == nil {
		_, err = entry.Write([]byte(read(t, "go.mod")))
	}
	if err := errors.Join(err, w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list": version + "\n", version + ".info": `{"Version":"` + version + `"}`, version + ".mod": read(t, "go.mod"),
	} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := dirhash.HashZip(packed, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	released, err := repogen.Released(&debug.BuildInfo{Main: debug.Module{Path: toolkit, Version: version, Sum: sum}})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "shop")
	r, err := repogen.New(t.Context(), repogen.Options{Dir: dir, Module: "example.com/shop", Toolkit: released})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", toolkit+"@"+version)
	cmd.Dir = dir
	cmd.Env = append(
		os.Environ(), "GOMODCACHE="+t.TempDir(), "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local", "GOSUMDB=off",
		"GOPROXY=file://"+proxy,
	)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), sum) {
		t.Errorf("%v\n%s", err, out)
	}
}

// A release's binary that was built where its source is does not know the module's sum, and
// has the go command ask for it. Where nobody answers, nothing is left behind, and the
// person reads what to do, and what the go command said.
func TestAReleaseThatCannotBeFetchedIsTold(t *testing.T) { // not parallel: GOPROXY is the process's
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "")
	released, err := repogen.Released(&debug.BuildInfo{Main: debug.Module{Path: toolkit, Version: "v1.99.0"}})
	if err != nil {
		t.Fatal(err)
	}
	top := t.TempDir()
	dir := filepath.Join(top, "shop")
	r, err := repogen.New(t.Context(), repogen.Options{Dir: dir, Module: "example.com/shop", Toolkit: released})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Write(t.Context(), dir, released.Complete(dir)...)
	if err == nil {
		t.Fatal("a release that nobody has is required")
	}
	for _, want := range []string{
		"does not find " + toolkit + " v1.99.0, which this eventctl was built from", "look at the network and at GOPROXY, or give --replace DIR",
		"module lookup disabled by GOPROXY=off", // the go command's own words
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	if entries, err := os.ReadDir(top); err != nil || len(entries) > 0 {
		t.Errorf("%v is left, %v", entries, err)
	}
}

func TestAReplacedToolkitIsAPath(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ replace, from, dir, want string }{
		{root(t), "/", "/somewhere/shop", root(t)},
		{".", root(t), filepath.Join(filepath.Dir(root(t)), "shop"), "../" + filepath.Base(root(t))},
		{".", root(t), filepath.Join(root(t), "a", "shop"), "../.."},
	} {
		got, err := repogen.Checkout(row.replace, row.from, row.dir)
		if err != nil || got.Replace != filepath.ToSlash(row.want) {
			t.Errorf("--replace %s for %s: %q, %v", row.replace, row.dir, got.Replace, err)
		}
	}
	for _, wrong := range []string{t.TempDir(), filepath.Join(root(t), "tools"), filepath.Join(root(t), "nothing")} {
		if _, err := repogen.Checkout(wrong, "", "/shop"); err == nil || !strings.Contains(err.Error(), "checkout of "+toolkit) {
			t.Errorf("--replace %s: %v", wrong, err)
		}
	}
}
