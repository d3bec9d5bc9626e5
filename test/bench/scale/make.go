package scale

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The module of what is made is below test/bench, so that it may be told of by what is
// internal there.
const (
	toolkit = "github.com/eventcontracts/eventcontracts"
	bench   = toolkit + "/test/bench"
	made    = bench + "/made"
)

// Repo is the repository that Make has made.
type Repo struct {
	Dir     string
	Program string // file of the compiled Main
}

// Make writes, generates and compiles the contracts below dir. It needs the checkout that this
// program is run in.
func Make(dir string) (Repo, error) {
	r := Repo{Dir: filepath.Join(dir, "scale"), Program: filepath.Join(dir, "scale-program")}
	root, err := moduleDir(toolkit)
	if err != nil {
		return r, err
	}
	here, err := moduleDir(bench)
	if err != nil {
		return r, err
	}
	eventctl := filepath.Join(dir, "eventctl")
	if err := run(root, "go", "build", "-o", eventctl, "./cmd/eventctl"); err != nil {
		return r, err
	}
	if err := run(dir, eventctl, "init", r.Dir, "--module", made, "--replace", root, "--yes"); err != nil {
		return r, err
	}
	for _, example := range []string{"proto/events", "fixtures", "gen", "contracts.lock", "contracts_test.go"} {
		if err := os.RemoveAll(filepath.Join(r.Dir, example)); err != nil {
			return r, fmt.Errorf("remove the example: %w", err)
		}
	}
	for name, text := range protoFiles() {
		if err := r.Write(filepath.Join("proto", name), text); err != nil {
			return r, err
		}
	}
	if err := run(r.Dir, eventctl, "generate"); err != nil {
		return r, err
	}
	if err := r.requireAs(here, root); err != nil {
		return r, err
	}
	main := fmt.Sprintf("package main\n\nimport (\n\t_ %q\n\t%q\n)\n\nfunc main() { scale.Main() }\n", made+"/gen/events/scale/v1", bench+"/scale")
	if err := r.Write("cmd/scale/main.go", main); err != nil {
		return r, err
	}
	return r, r.Build("./cmd/scale", r.Program)
}

// Write writes a file of the repository.
func (r Repo) Write(name, text string) error {
	file := filepath.Join(r.Dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Build compiles a package of the repository into a file.
func (r Repo) Build(pkg, file string) error {
	return run(r.Dir, "go", "build", "-mod=mod", "-o", file, pkg)
}

// requireAs gives the repository what the module of the benchmarks requires, whose sums are
// known, and that module itself.
func (r Repo) requireAs(here, root string) error {
	mod, err := os.ReadFile(filepath.Join(here, "go.mod"))
	if err != nil {
		return fmt.Errorf("read the module of the benchmarks: %w", err)
	}
	sum, err := os.ReadFile(filepath.Join(here, "go.sum"))
	if err != nil {
		return fmt.Errorf("read the module of the benchmarks: %w", err)
	}
	text := strings.Replace(string(mod), "module "+bench+"\n", "module "+made+"\n", 1)
	text = strings.Replace(text, "=> ../..\n", "=> "+root+"\n", 1)
	text += fmt.Sprintf("\nrequire %s v0.0.0\n\nreplace %[1]s => %s\n", bench, here)
	if err := errors.Join(r.Write("go.mod", text), r.Write("go.sum", string(sum))); err != nil {
		return err
	}
	return nil
}

func moduleDir(module string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("find module %s: run the benchmarks in test/bench: %w", module, err)
	}
	dir := string(bytes.TrimSpace(out))
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("module %s is not on this machine", module)
	}
	return dir, nil
}

func run(dir, program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return nil
}
