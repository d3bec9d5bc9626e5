package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/repogen"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// replaceVariable is --replace for whoever works on this module, and for its tests.
const replaceVariable = "EVENTCTL_REPLACE"

// initialized is what init prints for programs.
type initialized struct {
	Dir     string           `json:"dir"`
	Module  string           `json:"module"`
	Event   catalog.Summary  `json:"event"`
	Decided []authoring.Fact `json:"decided"`
	Files   []string         `json:"files"`
	Next    []string         `json:"next"`
	Written bool             `json:"written"`
	Diff    string           `json:"diff,omitempty"` // of --dry-run
}

// initCmd makes a repository of contracts, all of it or nothing.
func (a *app) initCmd() *cobra.Command {
	var (
		f             writeFlags
		name, replace string
		o             repogen.Options
	)
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a repository of contracts",
		Long: `Init makes a repository for the contracts of a team: buf files, a Makefile,
workflows for GitHub and GitLab with the gate, the imports that contracts have,
a Go module with eventctl as its tool, services.yaml, and a first event with
fixtures, generated Go and a test. Its make test passes at once.

DIR is made, or is empty; a git repository may be in it. All files are written,
or none. The repository requires the version of this module that eventctl was
built from; a development build needs --replace.`,
		Example: `  eventctl init shop --module example.com/shop
  eventctl init . --module github.com/acme/contracts --domain order
  eventctl init shop --dry-run`,
		Args: exactly("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := filepath.Abs(filepath.Join(a.dir, args[0]))
			if filepath.IsAbs(args[0]) {
				dir, err = filepath.Clean(args[0]), nil
			}
			if err != nil {
				return err
			}
			undone, err := repogen.Place(dir)
			for _, file := range undone {
				a.note("a run that was killed had changed %s: it is as it was before", file)
			}
			if err != nil {
				return err
			}
			o.Dir = dir
			if o.Toolkit, err = a.toolkit(cmp.Or(replace, a.getenv(replaceVariable)), dir); err != nil {
				return err
			}
			var facts []authoring.Fact
			if o.Module, facts, err = a.decideModule(cmd.Context(), name, dir, f.yes); err != nil {
				return err
			}
			r, err := repogen.New(cmd.Context(), o)
			var mistake *authoring.Mistake
			if errors.As(err, &mistake) {
				return usageError{err}
			}
			if err != nil {
				return err
			}
			if !f.dryRun {
				if err := r.Write(cmd.Context(), dir, o.Toolkit.Complete(dir)...); err != nil {
					return err
				}
			}
			next := []string{"cd " + args[0], "make test"}
			if !gate.UnderGit(dir) {
				next = append(next, "git init && git add -A && git commit -m contracts # for the gate")
			}
			return a.printInit(r, initialized{
				Dir: dir, Module: o.Module, Event: r.Event.After.Summary(r.Event.Contract), Decided: append(facts, r.Event.Facts...),
				Files: slices.Sorted(maps.Keys(r.Files)), Written: !f.dryRun,
				Next: append(next, `eventctl new OrderPlaced "order_id (UUID), customer (str), cents (int >0)"`),
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&name, "module", "", "`PATH` of the Go module (default: example.com/ and the name of DIR)")
	flags.StringVar(&o.Domain, "domain", "", "domain `NAME` of the first event (default: an example)")
	flags.StringVar(&replace, "replace", "", "require the checkout of "+modulePath+" in `DIR` (default: $"+replaceVariable+")")
	f.add(cmd)
	return cmd
}

// toolkit is what a new repository requires of this module.
func (a *app) toolkit(replace, dir string) (repogen.Toolkit, error) {
	if replace == "" {
		info, _ := debug.ReadBuildInfo()
		return repogen.Released(info)
	}
	return repogen.Checkout(replace, a.dir, dir)
}

// decideModule finds the path of a new module: nothing but a person knows where it will
// be published, so that without one it is told that it was made up.
func (a *app) decideModule(ctx context.Context, name, dir string, yes bool) (string, []authoring.Fact, error) {
	if name != "" {
		return name, []authoring.Fact{{Name: "module", Value: name}}, nil
	}
	guess := "example.com/" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, strings.ToLower(filepath.Base(dir)))
	if ask := a.ask(ctx, yes); ask != nil {
		answer, err := ask(authoring.Question{What: "module", Text: "Which path has the Go module, by which services import the contracts?", Default: guess})
		return answer, []authoring.Fact{{Name: "module", Value: answer}}, err
	}
	return guess, []authoring.Fact{{Name: "module", Value: guess, Why: "made of the directory: --module names another"}}, nil
}

func (a *app) printInit(r *repogen.Repo, out initialized) error {
	if !out.Written {
		out.Diff = r.Diff()
	}
	if a.json {
		return terminal.JSON(a.stdout, out)
	}
	r.Event.Facts = out.Decided
	if !out.Written {
		return a.printDryRun(r.Event, r.Follows, out.Diff)
	}
	if err := a.printFacts(r.Event, func(text string) { fmt.Fprint(a.stdout, text) }); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	fmt.Fprintf(a.stdout, "%s written to %s\n\nNext:\n", terminal.CountAre(len(out.Files), "file"), terminal.Printable(out.Dir))
	for _, line := range out.Next {
		fmt.Fprintln(a.stdout, a.fold("  "+terminal.Printable(line), 4))
	}
	return nil
}
