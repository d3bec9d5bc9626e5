package repogen

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/eventcontracts/eventcontracts"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
)

// toolkit is this module, which a new repository requires.
const toolkit = "github.com/eventcontracts/eventcontracts"

// Toolkit is where a new repository gets this module from.
type Toolkit struct {
	Version string
	Replace string // directory of a checkout, as go.mod is to have it; empty for none
	Sum     string // of the module's files, as go.sum has it; empty if it is not known

	goMod, goSum []byte // of the module
}

// Released is the version that this program was built from. A program that was built
// from a checkout has a version that nobody can fetch, which is an error.
func Released(info *debug.BuildInfo) (Toolkit, error) {
	version, sum := "(devel)", ""
	if info != nil {
		found := &info.Main
		if found.Path != toolkit { // it runs as the tool of another module
			found = &debug.Module{Version: version}
			for _, d := range info.Deps {
				if d.Path == toolkit && d.Replace == nil {
					found = d
				}
			}
		}
		version, sum = found.Version, found.Sum
	}
	// With a sum it came from a module proxy. Without one it was built where its source
	// is: from a tag it is a release, and else a version that only that place has.
	local := sum == "" && (module.CanonicalVersion(version) != version || module.IsPseudoVersion(version))
	if version == "" || version == "(devel)" || strings.Contains(version, "+dirty") || local {
		return Toolkit{}, fmt.Errorf("this eventctl is a development build (version %s), which no module proxy has: give --replace DIR with its checkout, or install a release", version)
	}
	t := Toolkit{Version: version, Sum: sum}
	var err error
	if t.goMod, err = eventcontracts.Files.ReadFile("go.mod"); err == nil {
		t.goSum, err = eventcontracts.Files.ReadFile("go.sum")
	}
	return t, err
}

// Checkout is this module in a directory, for a new repository in dir, which is
// absolute. A relative path is one from the directory from, and stays relative.
func Checkout(checkout, from, dir string) (Toolkit, error) {
	at := checkout
	if !filepath.IsAbs(at) {
		var err error
		if at, err = filepath.Abs(filepath.Join(from, checkout)); err != nil {
			return Toolkit{}, err
		}
	}
	t := Toolkit{Version: "v0.0.0", Replace: filepath.ToSlash(at)}
	var err error
	if t.goMod, err = os.ReadFile(filepath.Join(at, "go.mod")); err != nil {
		return t, fmt.Errorf("--replace %s is not a checkout of %s: %w", checkout, toolkit, err)
	}
	if path := modfile.ModulePath(t.goMod); path != toolkit {
		return t, fmt.Errorf("--replace %s is a checkout of %s: give a checkout of %s", checkout, path, toolkit)
	}
	if t.goSum, err = os.ReadFile(filepath.Join(at, "go.sum")); err != nil {
		return t, fmt.Errorf("--replace %s is not a checkout of %s: %w", checkout, toolkit, err)
	}
	if filepath.IsAbs(checkout) {
		return t, nil
	}
	rel, err := filepath.Rel(dir, at)
	if err != nil {
		return t, fmt.Errorf("--replace %s: give an absolute path: %w", checkout, err)
	}
	if t.Replace = filepath.ToSlash(rel); !strings.HasPrefix(t.Replace, "../") {
		t.Replace = "./" + t.Replace // a path, and not a module
	}
	return t, nil
}

// Complete are the steps that a repository in dir still needs: a release that was built
// where its source is does not know the sum of its module, and the go command asks the
// module proxy for it.
func (t Toolkit) Complete(dir string) []changeset.Step {
	if t.Replace != "" || t.Sum != "" {
		return nil
	}
	return []changeset.Step{func(ctx context.Context) error {
		cmd := exec.CommandContext(ctx, "go", "mod", "tidy")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("the go command does not find %s %s, which this eventctl was built from: look at the network and at GOPROXY, or give --replace DIR with its checkout: go mod tidy: %w\n%s", toolkit, t.Version, err, bytes.TrimSpace(out))
		}
		return nil
	}}
}

// direct are the modules whose packages generated Go and the test import.
var direct = []string{
	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go", "google.golang.org/protobuf", toolkit,
}

// testOnly are modules of which only the tests of this module import packages.
var testOnly = []string{"github.com/google/go-cmp", "github.com/twmb/franz-go/pkg/kadm", "golang.org/x/crypto"}

// goModule is the go.mod and the go.sum of a new repository, as go mod tidy leaves
// them: it requires what this module does, so that both build from the same versions.
func (t Toolkit) goModule(name string) (mod, sum []byte, err error) {
	of, err := modfile.Parse("go.mod of "+toolkit, t.goMod, nil)
	if err != nil {
		return nil, nil, err
	}
	f := &modfile.File{}
	err = f.AddModuleStmt(name)
	if err == nil {
		err = f.AddGoStmt(of.Go.Version)
	}
	requires := []*modfile.Require{{Mod: module.Version{Path: toolkit, Version: t.Version}}}
	for _, r := range of.Require {
		if !slices.Contains(testOnly, r.Mod.Path) {
			requires = append(requires, &modfile.Require{Mod: r.Mod, Indirect: !slices.Contains(direct, r.Mod.Path)})
		}
	}
	f.SetRequireSeparateIndirect(requires)
	for _, tool := range []string{toolkit + "/cmd/eventctl", toolkit + "/cmd/protoc-gen-go-event", "google.golang.org/protobuf/cmd/protoc-gen-go"} {
		if err == nil {
			err = f.AddTool(tool)
		}
	}
	if err == nil && t.Replace != "" {
		err = f.AddReplace(toolkit, "", t.Replace, "")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("write go.mod: %w", err)
	}
	f.Cleanup()
	if mod, err = f.Format(); err != nil {
		return nil, nil, fmt.Errorf("write go.mod: %w", err)
	}
	sum, err = t.sums()
	return mod, sum, err
}

// sums are the lines of this module's go.sum, and those of the module itself unless it
// is replaced by a directory, which has none.
func (t Toolkit) sums() ([]byte, error) {
	lines := strings.Split(strings.TrimSpace(string(t.goSum)), "\n")
	if t.Replace == "" && t.Sum != "" {
		mod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(t.goMod)), nil
		})
		if err != nil {
			return nil, fmt.Errorf("write go.sum: %w", err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", toolkit, t.Version, t.Sum), fmt.Sprintf("%s %s/go.mod %s", toolkit, t.Version, mod))
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n") + "\n"), nil
}

// goVersion is the release of Go that the toolkit asks for, such as "1.26".
func (t Toolkit) goVersion() (string, error) {
	of, err := modfile.ParseLax("go.mod", t.goMod, nil)
	if err != nil || of.Go == nil {
		return "", fmt.Errorf("go.mod of %s has no Go version: %w", toolkit, err)
	}
	parts := strings.Split(of.Go.Version, ".")
	return strings.Join(parts[:min(2, len(parts))], "."), nil
}
