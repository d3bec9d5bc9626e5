package authoring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
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

// failure is why a step refuses a change, with what the program said, which may have
// many lines.
type failure struct {
	why, said string
	of        *step
	found     []finding // what said consists of; none if the program did not get that far
}

func (f *failure) Error() string { return f.why }

// finding is one thing that a step finds wrong with the contracts or the Go.
type finding struct {
	what string // the same wherever its line is
	text string
}

// notRun ends a step that cannot be run here. It is told, and no failure.
type notRun struct{ why string }

func (n *notRun) Error() string { return n.why }

// outcome is what a step did, and all that it finds.
type outcome struct {
	did     string
	found   []finding
	refusal string // why what was found is a reason to refuse the change
}

// step is a check that needs the change on disk. Without the change it is made of what
// is there.
type step struct {
	name string
	run  func(ctx context.Context) (outcome, error)

	before []finding // what it found before the change
	asked  bool      // whether it looked
}

// steps are the checks that other programs make of a change.
func (c *Change) steps() []*step {
	if c.Contract == nil { // the contracts are as they were
		return []*step{{name: "build", run: c.goBuild}}
	}
	return []*step{{name: "build", run: c.goBuild}, {name: "lint", run: c.bufLint}, {name: "gate", run: c.gate}}
}

// runStep keeps how a step went, for the result. What it found before the change was made
// is counted, and no reason to refuse the change.
func (c *Change) runStep(ctx context.Context, s *step) error {
	o, err := s.run(ctx)
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
	if made := without(o.found, s.before); len(made) > 0 {
		return fmt.Errorf("%s: %w", s.name, &failure{o.refusal, lines(made), s, o.found})
	}
	detail := o.did
	if n := len(o.found); n > 0 {
		detail += "; " + terminal.CountAre(n, "finding") + " older than this change"
	}
	c.Steps = append(c.Steps, Step{Name: s.name, Done: true, Detail: detail})
	return nil
}

func lines(found []finding) string {
	var out []string
	for _, f := range found {
		out = append(out, f.text)
	}
	return strings.Join(out, "\n")
}

// without are the findings that are not among those from before, each of which excuses
// one.
func without(found, before []finding) []finding {
	excused := map[string]int{}
	for _, f := range before {
		excused[f.what]++
	}
	var out []finding
	for _, f := range found {
		if excused[f.what]--; excused[f.what] < 0 {
			out = append(out, f)
		}
	}
	return out
}

// goBuild compiles the generated packages, and what else was written in Go with its
// tests, and has go vet look at them. What does not compile is never excused by what was
// so before: nobody would see whether the change compiles.
func (c *Change) goBuild(ctx context.Context) (outcome, error) {
	if c.generated.without != "" {
		return outcome{}, &notRun{"no Go was generated: " + c.generated.without}
	}
	dirs := c.goDirs()
	if len(dirs) == 0 {
		return outcome{}, &notRun{"the change has no Go"}
	}
	if _, err := c.After.Repo.GoModule(); err != nil {
		return outcome{}, &notRun{err.Error()}
	}
	if _, err := exec.LookPath("go"); err != nil {
		return outcome{}, &notRun{"the go command is not installed"}
	}
	args := []string{"vet"}
	for _, dir := range dirs {
		if c.exists(dir) {
			args = append(args, "./"+dir)
		}
	}
	if len(args) == 1 {
		return outcome{}, nil
	}
	if out, err := c.command(ctx, "go", args...); err != nil {
		found := vetFindings(out)
		if len(found) == 0 {
			return outcome{}, &failure{why: "the generated Go does not compile", said: out}
		}
		return outcome{"go " + strings.Join(args, " "), found, "go vet refuses it"}, nil
	}
	return outcome{did: "go " + strings.Join(args, " ")}, nil
}

// vetLine is a finding of go vet. What the compiler says begins with "vet: ".
var vetLine = regexp.MustCompile(`^(\S+\.go):\d+(?::\d+)?: (.+)$`)

// vetFindings are what go vet finds in Go that compiles; none if that is not all that it
// says.
func vetFindings(out string) []finding {
	var found []finding
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		at := vetLine.FindStringSubmatch(line)
		switch {
		case at != nil:
			found = append(found, finding{at[1] + ": " + at[2], line})
		case line != "" && !strings.HasPrefix(line, "# "): // which names the package
			return nil
		}
	}
	return found
}

// exists reports whether a path below the root is there now: before a change not all are.
func (c *Change) exists(name string) bool {
	_, err := os.Stat(c.After.Repo.Abs(name))
	return err == nil
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
