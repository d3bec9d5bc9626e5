package changeset_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/changeset"
)

// before is the tree that plans change; a name that ends with "/" is a directory.
var before = map[string]string{
	"a.proto":       "one\ntwo\n",
	"sub/run.sh":    "#!/bin/sh\n",
	"sub/old.txt":   "old",
	"gen/a.pb.go":   "package a\n",
	"gen/b/b.pb.go": "package b\n",
}

func makeTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range before {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := fs.FileMode(0o640)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o750
		}
		if err := os.WriteFile(file, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tree is every file and directory with its mode and content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || d.IsDir() {
			out[name+"/"] = info.Mode().String()
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			out[name] = "-> " + target
			return err
		}
		content, err := os.ReadFile(path)
		out[name] = info.Mode().String() + " " + string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// plan is one change of each kind, in directories that exist and that do not.
func plan(t *testing.T, dir string) *changeset.Plan {
	t.Helper()
	p, err := changeset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	fill(p)
	return p
}

func fill(p *changeset.Plan) {
	p.Create("new/deep/x.proto", []byte("x"))
	p.Create("new/y.proto", []byte("y\n"))
	p.Replace("a.proto", []byte("one\n2\n"))
	p.Replace("sub/run.sh", []byte("#!/bin/bash\n"))
	p.Delete("sub/old.txt")
	p.Guard("gen")
}

// generate writes in place, makes and removes files, as a generator does.
func generate(dir string) error {
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "gen/a.pb.go"), []byte("package x\n"), 0o600),
		os.RemoveAll(filepath.Join(dir, "gen/b")),
		os.MkdirAll(filepath.Join(dir, "gen/c"), 0o755),
		os.WriteFile(filepath.Join(dir, "gen/c/c.pb.go"), []byte("package c\n"), 0o644),
	)
}

func TestApplyMakesEveryChangeAndLeavesNothingElse(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	p := plan(t, dir)
	steps := 0
	err := p.Apply(t.Context(), func(context.Context) error { steps++; return generate(dir) }, func(context.Context) error { steps++; return nil })
	if err != nil || steps != 2 {
		t.Fatalf("%d steps, %v", steps, err)
	}
	got := tree(t, dir)
	want := map[string]string{
		"./": got["./"], "sub/": got["sub/"], "gen/": got["gen/"], "gen/c/": got["gen/c/"], "new/": got["new/"], "new/deep/": got["new/deep/"],
		"a.proto": "-rw-r----- one\n2\n", "sub/run.sh": "-rwxr-x--- #!/bin/bash\n",
		"gen/a.pb.go": "-rw-r----- package x\n", "gen/c/c.pb.go": got["gen/c/c.pb.go"],
		"new/deep/x.proto": got["new/deep/x.proto"], "new/y.proto": got["new/y.proto"],
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(got["new/deep/x.proto"], " x") || !strings.HasSuffix(got["new/y.proto"], " y\n") {
		t.Errorf("new files: %q", got)
	}
}

// Every operation on the disk fails once, and with a failing operation every later
// one of the same kind too, as when the disk is full.
func TestAFailureAtEveryOperationLeavesTheTreeAsItWas(t *testing.T) {
	t.Parallel()
	for n := 0; ; n++ {
		dir := makeTree(t)
		want := tree(t, dir)
		p := plan(t, dir)
		count, failed := 0, ""
		p.SetFault(func(operation, name string) error {
			count++
			// Undoing removes and renames; without those nothing can be undone.
			if failed == "" && count > n || failed != "" && operation == "write" {
				failed += operation + " " + name + ", "
				return syscall.ENOSPC
			}
			return nil
		})
		err := p.Apply(t.Context(), func(context.Context) error { return generate(dir) })
		if failed == "" {
			if err != nil || n < 20 {
				t.Errorf("after %d operations: %v", n, err)
			}
			return
		}
		if err != nil { // without one, only the folder could not be removed at the end
			if text := err.Error(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(text, "nothing is changed") && !strings.Contains(text, "every file is as it was") {
				t.Errorf("%s: %v", failed, err)
			}
			if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
				t.Errorf("%s: %s", failed, diff)
			}
		} else if _, err := changeset.Recover(dir); err != nil {
			t.Errorf("%s: %v", failed, err)
		} else if _, err := os.Stat(filepath.Join(dir, ".changeset")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the folder is left: %v", failed, err)
		}
	}
}

// A directory of somebody else's was told of as "mkdirat .changeset: permission denied".
func TestADirectoryThatCannotBeWrittenToIsNamed(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	p := plan(t, dir)
	p.SetFault(func(operation, name string) error {
		return &fs.PathError{Op: operation, Path: name, Err: syscall.EACCES}
	})
	err := p.Apply(t.Context())
	if want := "nothing is changed: " + dir + " cannot be written to: permission denied"; err == nil || err.Error() != want || !errors.Is(err, syscall.EACCES) {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

func TestAStepThatFailsPutsEverythingBack(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]func(cancel func()) error{
		"an error":     func(func()) error { return errors.New("the gate refuses") },
		"an interrupt": func(cancel func()) error { cancel(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := makeTree(t)
			want := tree(t, dir)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := plan(t, dir).Apply(ctx, func(context.Context) error { return generate(dir) }, func(context.Context) error { return step(cancel) })
			if err == nil || !strings.HasSuffix(err.Error(), "; every file is as it was before") {
				t.Error(err)
			}
			if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAStepThatPanicsPutsEverythingBack(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	want := tree(t, dir)
	func() {
		defer func() {
			if r := recover(); r != "broken" {
				t.Errorf("recovered %v", r)
			}
		}()
		err := plan(t, dir).Apply(t.Context(), func(context.Context) error { panic("broken") })
		t.Errorf("no panic, %v", err)
	}()
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeUndoneIsSaidAndRecovered(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	want := tree(t, dir)
	p := plan(t, dir)
	broken := false
	p.SetFault(func(string, string) error {
		if broken {
			return syscall.EROFS
		}
		return nil
	})
	err := p.Apply(t.Context(), func(context.Context) error { broken = true; return generate(dir) }, func(context.Context) error { return errors.New("no") })
	if !errors.Is(err, changeset.ErrUnfinished) {
		t.Error(err)
	}
	if _, err := changeset.Open(dir); !errors.Is(err, changeset.ErrUnfinished) {
		t.Error(err)
	}
	undone, err := changeset.Recover(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a.proto", "new/deep/x.proto", "new/y.proto", "sub/old.txt", "sub/run.sh"}, undone); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongWithAPlanIsSaidAtOnceAndChangesNothing(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	outside := t.TempDir()
	for link, target := range map[string]string{"out": outside, "link.proto": "a.proto", "inside": "sub"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "closed"), 0o555); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fixed"), nil, 0o444); err != nil {
		t.Fatal(err)
	}
	want := tree(t, dir)
	p, err := changeset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x", "/x", "a/../../x", "", ".", "a//b", ".changeset/x", "a\x00b", "out/x", "inside/x", "a.proto", "sub", "a.proto/x", "closed/x", "n", "n", "N", "n/x"} {
		p.Create(name, []byte("new"))
	}
	p.Replace("absent", []byte("new"))
	p.Replace("link.proto", []byte("new"))
	p.Replace("fixed", []byte("new"))
	p.Delete("sub/absent")
	p.Guard("..")
	err = p.Apply(t.Context(), func(context.Context) error { t.Error("a step runs"); return nil })
	if _, diffErr := p.Diff(); err == nil || diffErr == nil || err.Error() != "nothing is changed: "+diffErr.Error() {
		t.Errorf("diff and apply disagree: %v\n%v", diffErr, err)
	}
	notPath := `: not a path below the directory: it is relative, with "/" and without ".."`
	name := ": a name with control characters, quotes, colons or backslashes does not work everywhere"
	lines := []string{
		`nothing is changed: create "../x"` + notPath, `create "/x"` + notPath, `create "a/../../x"` + notPath, `create ""` + notPath, `create "."` + notPath, `create "a//b"` + notPath,
		`create ".changeset/x": the folder is for what a plan keeps`, `create "a\x00b"` + name,
		"create a.proto/x: the plan has a.proto, and one of the two would have to be a directory",
		"create n: the plan changes it already",
		"create N: its name differs from n in case only, which some file systems take for one",
		"create n/x: the plan has n, and one of the two would have to be a directory",
		"openat absent: no such file or directory", "openat sub/absent: no such file or directory",
		`guard "..": not a directory below the root`,
		"create a.proto: it exists already", "directory closed is read-only", "replace fixed: it is read-only",
		"directory inside is a symbolic link: give the path that it leads to",
		"replace link.proto: it is a symbolic link: name the file that it leads to",
		"directory out is a symbolic link: give the path that it leads to",
		"create sub: it is a directory",
	}
	if diff := cmp.Diff(lines, strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("outside are %v, %v", entries, err)
	}
}

func TestAFileThatChangesAfterItWasReadIsNotOverwritten(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(file string) error{
		"edited":  func(file string) error { return os.WriteFile(file, []byte("by hand"), 0o640) },
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := makeTree(t)
			p := plan(t, dir)
			if err := edit(filepath.Join(dir, "a.proto")); err != nil {
				t.Fatal(err)
			}
			want := tree(t, dir)
			if err := p.Apply(t.Context()); err == nil || !strings.Contains(err.Error(), "replace a.proto: it ") {
				t.Error(err)
			}
			if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheSameContentIsNoChange(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	p, err := changeset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p.Create("a.proto", []byte(before["a.proto"]))
	p.Replace("sub/old.txt", []byte("old"))
	if diff, err := p.Diff(); diff != "" || err != nil || len(p.Changes()) != 0 {
		t.Errorf("%q, %v, %v", diff, err, p.Changes())
	}
	p.SetFault(func(operation, name string) error { return fmt.Errorf("%s %s", operation, name) })
	if err := p.Apply(t.Context()); err != nil {
		t.Error(err)
	}
}
