package authoring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// Step is one check of a change on disk, and how it went.
type Step struct {
	Name   string `json:"name"`   // build, lint or gate
	Done   bool   `json:"done"`   // false if it could not be run
	Detail string `json:"detail"` // what was done, or why nothing was
}

// failure is what a step has found, with what the program said, which may have many
// lines.
type failure struct{ why, said string }

func (f *failure) Error() string { return f.why }

// notRun ends a step that cannot be run here. It is told, and no failure.
type notRun struct{ why string }

func (n *notRun) Error() string { return n.why }

// step is a check that needs the change on disk. It returns what it did.
type step struct {
	name string
	run  func(ctx context.Context) (string, error)
}

// steps are the checks that other programs make of a change.
func (c *Change) steps() []step {
	if c.Contract == nil { // the contracts are as they were
		return []step{{"build", c.goBuild}}
	}
	return []step{{"build", c.goBuild}, {"lint", c.bufLint}, {"gate", c.gate}}
}

// runStep keeps how a step went, for the result.
func (c *Change) runStep(ctx context.Context, s step) error {
	detail, err := s.run(ctx)
	var skipped *notRun
	if errors.As(err, &skipped) {
		c.Steps = append(c.Steps, Step{Name: s.name, Detail: skipped.why})
		return nil
	}
	if ctx.Err() != nil { // the program was ended, whatever it said
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	c.Steps = append(c.Steps, Step{Name: s.name, Done: true, Detail: detail})
	return nil
}

// goBuild compiles the generated packages, and what else was written in Go with its
// tests.
func (c *Change) goBuild(ctx context.Context) (string, error) {
	if c.generated.without != "" {
		return "", &notRun{"no Go was generated: " + c.generated.without}
	}
	dirs := c.goDirs()
	if len(dirs) == 0 {
		return "", &notRun{"the change has no Go"}
	}
	if _, err := c.After.Repo.GoModule(); err != nil {
		return "", &notRun{err.Error()}
	}
	if _, err := exec.LookPath("go"); err != nil {
		return "", &notRun{"the go command is not installed"}
	}
	args := []string{"vet"}
	for _, dir := range dirs {
		args = append(args, "./"+dir)
	}
	if out, err := c.command(ctx, "go", args...); err != nil {
		return "", &failure{"the generated Go does not compile", out}
	}
	return "go " + strings.Join(args, " "), nil
}

// command runs a program in the root. What it prints is the result if it fails.
func (c *Change) command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.After.Root
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return terminal.PrintableLines(strings.TrimSpace(out.String())), err
}

// buf is how buf is run here. The error says that there is none.
func (c *Change) buf(ctx context.Context) (string, error) {
	bin, err := gate.Buf(ctx, c.After.Root)
	if errors.Is(err, gate.ErrNoBuf) {
		return "", &notRun{err.Error()}
	}
	return bin, err
}
