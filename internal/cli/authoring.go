package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// writeFlags are those of every command that changes contracts.
type writeFlags struct {
	dryRun bool
	yes    bool
}

func (f *writeFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the change as a unified diff, write nothing")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "ask nothing, also on a terminal")
}

// change opens the contracts, has a change made, and shows or writes it. A wrong
// argument is wrong usage, and everything else a refusal.
func (a *app) change(ctx context.Context, f writeFlags, make func(*authoring.Workspace) (*authoring.Change, error)) (err error) {
	if os.Getenv("GOGC") == "" {
		// Somebody waits, the process ends with this, and contracts that are compiled twice
		// are 60 MB: collecting garbage is a quarter of the time otherwise.
		debug.SetGCPercent(400)
	}
	open := authoring.Open
	if f.dryRun {
		open = authoring.Look
	}
	w, err := open(ctx, catalog.Options{Contracts: a.contracts, Dir: a.dir, Services: a.services, Empty: true})
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return fmt.Errorf("nothing is changed, because the contracts have %s:\n%w", terminal.Count(len(problems), "problem"), problems)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	for _, name := range w.Undone {
		a.note("a run that was killed had changed %s: it is as it was before", name)
	}
	c, err := make(w)
	var mistake *authoring.Mistake
	if errors.As(err, &mistake) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	if f.dryRun {
		return a.showChange(c)
	}
	snippet, err := c.Snippet()
	if err != nil {
		return err
	}
	if err := c.Apply(ctx); err != nil {
		return err
	}
	return a.printChange(c, snippet)
}

// changed is what --json prints of a change.
type changed struct {
	Event   *catalog.Summary   `json:"event,omitempty"`
	Service string             `json:"service,omitempty"`
	Decided []authoring.Fact   `json:"decided"`
	Files   []changeset.Change `json:"files"`
	Steps   []authoring.Step   `json:"steps"` // none in a dry run
	Notes   []string           `json:"notes"`
	Next    []string           `json:"next"`              // what is left to a person
	Snippet string             `json:"snippet,omitempty"` // a Go file that publishes and handles the event
	Diff    string             `json:"diff,omitempty"`    // of --dry-run
}

func answer(c *authoring.Change) changed {
	var summary *catalog.Summary
	if c.Contract != nil {
		s := c.After.Summary(c.Contract)
		summary = &s
	}
	return changed{
		Event: summary, Service: c.Service, Decided: append([]authoring.Fact{}, c.Facts...), Files: c.Files(),
		Steps: append([]authoring.Step{}, c.Steps...),
		Notes: append([]string{}, c.Notes...), Next: append([]string{}, c.Next...),
	}
}

// showChange is what --dry-run does.
func (a *app) showChange(c *authoring.Change) error {
	diff, err := c.Diff()
	if err != nil {
		return fmt.Errorf("the change cannot be written: %w", err)
	}
	if a.json {
		out := answer(c)
		out.Diff = diff
		return terminal.JSON(a.stdout, out)
	}
	return a.printDryRun(c, c.Generated(), diff)
}

// printDryRun has the diff alone on standard output, so that it can be given to git
// apply. What follows from what it shows is
// only named.
func (a *app) printDryRun(c *authoring.Change, follows []string, diff string) error {
	if err := a.printFacts(c, func(line string) { fmt.Fprint(a.stderr, line) }); err != nil {
		return err
	}
	for _, line := range byDirectory(follows) {
		fmt.Fprintf(a.stderr, "not shown: %s\n", terminal.Printable(line))
	}
	_, err := fmt.Fprint(a.stdout, diff)
	return err
}

func (a *app) printChange(c *authoring.Change, snippet string) error {
	if a.json {
		out := answer(c)
		out.Snippet = snippet
		return terminal.JSON(a.stdout, out)
	}
	if err := a.printFacts(c, func(line string) { fmt.Fprint(a.stdout, line) }); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	printFiles(c.Files(), func(line string) { fmt.Fprintln(a.stdout, line) })
	for _, s := range c.Steps {
		how := s.Detail
		if !s.Done {
			how = "not run: " + how
		}
		fmt.Fprintln(a.stdout, a.fold(fmt.Sprintf("%-8s %s", s.Name, terminal.Printable(how)), 9))
	}
	if len(c.Next) > 0 {
		fmt.Fprintln(a.stdout, "\nNext:")
	}
	for _, n := range c.Next {
		fmt.Fprintln(a.stdout, a.fold("  "+terminal.Printable(n), 4))
	}
	if snippet != "" {
		fmt.Fprintf(a.stdout, "\nPublish and handle it:\n\n%s", terminal.PrintableLines(snippet))
	}
	return nil
}

// done are the words for what has become of files.
var done = map[changeset.Action]string{changeset.Create: "created", changeset.Replace: "changed", changeset.Delete: "deleted"}

// printFiles prints what happened to each file, or to several of one directory.
func printFiles(files []changeset.Change, print func(string)) {
	for _, action := range []changeset.Action{changeset.Create, changeset.Replace, changeset.Delete} {
		var names []string
		for _, f := range files {
			if f.Action == action {
				names = append(names, f.Path)
			}
		}
		for _, line := range byDirectory(names) {
			print(fmt.Sprintf("%-8s %s", done[action], terminal.Printable(line)))
		}
	}
}

// few is how many files of one directory are named each.
const few = 3

// byDirectory are paths, which are sorted, with those of a directory that has many as one.
func byDirectory(paths []string) []string {
	var out []string
	for i := 0; i < len(paths); {
		n := 1
		for i+n < len(paths) && path.Dir(paths[i+n]) == path.Dir(paths[i]) {
			n++
		}
		if n > few {
			out = append(out, fmt.Sprintf("%s/ (%s)", path.Dir(paths[i]), terminal.Count(n, "file")))
		} else {
			out = append(out, paths[i:i+n]...)
		}
		i += n
	}
	return out
}

// printFacts prints what was decided, and why if it was inferred.
func (a *app) printFacts(c *authoring.Change, print func(string)) error {
	var pairs [][2]string
	for _, f := range c.Facts {
		value := f.Value
		if f.Why != "" {
			value += " (" + f.Why + ")"
		}
		pairs = append(pairs, [2]string{f.Name, value})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", terminal.Printable(c.Title()))
	if err := terminal.FieldsWithin(&b, helpWidth, pairs); err != nil {
		return err
	}
	print(b.String())
	for _, n := range c.Notes {
		a.note("%s", n)
	}
	return nil
}
