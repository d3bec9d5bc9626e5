package cli

import (
	"context"
	"errors"
	"fmt"
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
	w, err := authoring.Open(ctx, catalog.Options{Contracts: a.contracts, Dir: a.dir, Services: a.services})
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return fmt.Errorf("nothing is changed, because the contracts have %s:\n%w", terminal.Count(len(problems), "problem"), problems)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	for _, name := range w.Undone {
		fmt.Fprintf(a.stderr, "note: a run that was killed had changed %s: it is as it was before\n", terminal.Printable(name))
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
	if err := c.Apply(ctx); err != nil {
		return err
	}
	return a.printChange(c)
}

// changed is what --json prints of a change.
type changed struct {
	Event   *catalog.Summary   `json:"event,omitempty"`
	Service string             `json:"service,omitempty"`
	Decided []authoring.Fact   `json:"decided"`
	Files   []changeset.Change `json:"files"`
	Steps   []authoring.Step   `json:"steps"` // none in a dry run
	Notes   []string           `json:"notes"`
	Diff    string             `json:"diff,omitempty"` // of --dry-run
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
		Notes: append([]string{}, c.Notes...),
	}
}

// showChange is what --dry-run does. The diff alone goes to standard output, so that it
// can be given to git apply.
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
	if err := a.printFacts(c, func(line string) { fmt.Fprint(a.stderr, line) }); err != nil {
		return err
	}
	for _, name := range c.Generated() {
		fmt.Fprintf(a.stderr, "generated, not shown: %s\n", terminal.Printable(name))
	}
	_, err = fmt.Fprint(a.stdout, diff)
	return err
}

func (a *app) printChange(c *authoring.Change) error {
	if a.json {
		return terminal.JSON(a.stdout, answer(c))
	}
	if err := a.printFacts(c, func(line string) { fmt.Fprint(a.stdout, line) }); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	for _, f := range c.Files() {
		fmt.Fprintf(a.stdout, "%-8s %s\n", string(f.Action)+"d", terminal.Printable(f.Path))
	}
	for _, s := range c.Steps {
		word := s.Name
		if !s.Done {
			word = "no " + word
		}
		fmt.Fprintf(a.stdout, "%-8s %s\n", word, terminal.Printable(s.Detail))
	}
	if len(c.Next) > 0 {
		fmt.Fprintf(a.stdout, "\nnext:\n  %s\n", terminal.PrintableLines(strings.Join(c.Next, "\n  ")))
	}
	return nil
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
	if err := terminal.Fields(&b, pairs); err != nil {
		return err
	}
	print(b.String())
	for _, n := range c.Notes {
		fmt.Fprintf(a.stderr, "note: %s\n", terminal.Printable(n))
	}
	return nil
}
