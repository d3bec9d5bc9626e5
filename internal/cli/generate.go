package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/gogen"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// generation is what generate prints for programs. Changes of a run that only looked
// are what would change.
type generation struct {
	Files   int                `json:"files"`
	Changes []changeset.Change `json:"changes"`
	Kept    []string           `json:"kept"` // not generated, where generated files are
	Written bool               `json:"written"`
}

// generateCmd generates from contracts that are right only: from others would come
// code for events that a service refuses to start with.
func (a *app) generateCmd() *cobra.Command {
	var (
		check, dryRun bool
		template      string
	)
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write the Go code of the contracts, and contracts.lock",
		Long: `Generate checks the contracts and writes their Go code, as buf.gen.yaml says
or, without it, below gen, and contracts.lock. It gives the same bytes as buf
generate, and needs neither buf nor plugins; what it cannot do in a template it
refuses.

All files are written or none. Where the template says clean, generated files
that no contract has any more are removed. Files that nobody generated stay.`,
		Example: `  eventctl generate
  eventctl generate --check      # in CI: exit code 1 if a file is not current`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if check && dryRun {
				return usagef("--check and --dry-run: give one")
			}
			writes := !check && !dryRun
			if writes {
				if err := a.undoKilled(); err != nil {
					return err
				}
			}
			c, err := a.load(cmd.Context())
			if err != nil {
				return err
			}
			if c.Repo == nil {
				return usagef("--contracts %s: an image is nowhere to write to: give the directory of the .proto files", a.contracts)
			}
			t, err := c.Repo.Template(template)
			if err != nil {
				return err
			}
			files, err := gogen.Generate(c.Repo, c.Files, t)
			if err != nil {
				return err
			}
			plan, err := changeset.Open(c.Root)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, plan.Close()) }()
			g := generation{Files: len(files), Kept: []string{}, Written: writes}
			kept, err := gogen.Stage(plan, c.Repo, t, files)
			if err != nil {
				return err
			}
			if err := stageLock(plan, c); err != nil {
				return err
			}
			g.Kept = append(g.Kept, kept...)
			g.Changes = plan.Changes()
			diff, err := plan.Diff() // what is wrong with the plan is said by every run
			if err != nil {
				return err
			}
			if writes {
				if err := plan.Apply(cmd.Context()); err != nil {
					return err
				}
			}
			for _, name := range g.Kept {
				a.note("%s was not generated, and stays", name)
			}
			switch {
			case a.json:
				err = terminal.JSON(a.stdout, g)
			case dryRun:
				_, err = fmt.Fprint(a.stdout, diff)
			default:
				g.print(a)
			}
			if err == nil && check && len(g.Changes) > 0 {
				fmt.Fprintf(a.stderr, "eventctl: %s not current: run eventctl generate\n", terminal.CountAre(len(g.Changes), "generated file"))
				err = errSilent
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&check, "check", false, "write nothing; exit with 1 if a file is not current")
	flags.BoolVar(&dryRun, "dry-run", false, "write nothing; print what would change as a diff")
	flags.StringVar(&template, "template", "", "template `FILE` beside buf.yaml (default: "+contractrepo.TemplateFile+")")
	return cmd
}

// print says what changed, or would.
func (g generation) print(a *app) {
	for _, c := range g.Changes {
		fmt.Fprintf(a.stdout, "%-7s %s\n", c.Action, terminal.Printable(c.Path))
	}
	if len(g.Changes) == 0 {
		fmt.Fprintf(a.stdout, "%s current\n", terminal.CountAre(g.Files, "generated file"))
	}
}

// undoKilled undoes what a killed run has left among the contracts.
func (a *app) undoKilled() error {
	root, err := catalog.Root(catalog.Options{Contracts: a.contracts, Dir: a.dir})
	if err != nil {
		return err
	}
	undone, err := changeset.Recover(root)
	for _, name := range undone {
		a.note("a run that was killed had changed %s: it is as it was before", name)
	}
	return err
}
