package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// fixtureReport is what fixtures prints for programs. Changes of a run that only looked
// are what would change.
type fixtureReport struct {
	Files    int                `json:"files"`
	Changes  []changeset.Change `json:"changes"`
	Leftover []fixtureFinding   `json:"leftover"`
	Missing  []fixtureMissing   `json:"missing"`
	Written  bool               `json:"written"`
}

type fixtureFinding struct {
	Path    string `json:"path"`
	Problem string `json:"problem"`
}

type fixtureMissing struct {
	Event  string `json:"event"`
	Field  string `json:"field"`
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// fixturesFlags say how a run of fixtures ends.
type fixturesFlags struct{ check, dryRun, prune bool }

// fixturesCmd is the one way to refresh fixtures: whoever changes a contract looks at the
// difference of its fixtures, and commits both.
func (a *app) fixturesCmd() *cobra.Command {
	var f fixturesFlags
	cmd := &cobra.Command{
		Use:   "fixtures",
		Short: "Write the fixtures of the contracts",
		Long: `Fixtures writes, below fixtures/, payloads in JSON of every event: some that its
contract accepts, and one for each constraint that refuses it. Their names say
what they show, and tests in any language can read them. The same contracts give
the same bytes.

What a contract says and no fixture shows is told. A file that you write beside
the others for it stays; one that does not hold any more is named, and deleted
with --prune.`,
		Example: `  eventctl fixtures
  eventctl fixtures --check      # in CI: exit code 1 if a file is not current`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.check && f.dryRun {
				return usagef("--check and --dry-run: give one")
			}
			return a.fixtures(cmd, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.check, "check", false, "write nothing; exit with 1 if a file is not current")
	flags.BoolVar(&f.dryRun, "dry-run", false, "write nothing; print what would change as a diff")
	flags.BoolVar(&f.prune, "prune", false, "delete fixtures that no contract has any more")
	return cmd
}

func (a *app) fixtures(cmd *cobra.Command, f fixturesFlags) (err error) {
	writes := !f.check && !f.dryRun
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
	made, err := fixture.All(c.Registry)
	if err != nil {
		return err
	}
	_, findings, err := fixture.Compare(os.DirFS(c.Root), c.Registry, made)
	if err != nil {
		return err
	}
	plan, err := changeset.Open(c.Root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	report := fixtureReport{Leftover: []fixtureFinding{}, Missing: []fixtureMissing{}, Written: writes}
	content := map[string][]byte{}
	for _, m := range made {
		report.Files += len(m.Files)
		for _, file := range m.Files {
			content[file.Path] = file.Content
		}
		for _, missing := range m.Missing {
			report.Missing = append(report.Missing, fixtureMissing{string(m.Contract.Descriptor.FullName()), missing.Field, missing.Rule, missing.Reason})
		}
	}
	for _, found := range findings {
		switch {
		case !found.Leftover:
			stage(plan, found.Path, content[found.Path])
		case f.prune:
			plan.Delete(found.Path)
		default:
			report.Leftover = append(report.Leftover, fixtureFinding{found.Path, found.Problem})
		}
	}
	report.Changes = append([]changeset.Change{}, plan.Changes()...) // [] in JSON if there are none
	diff, err := plan.Diff()                                         // what is wrong with the plan is said by every run
	if err != nil {
		return err
	}
	if writes {
		if err := plan.Apply(cmd.Context()); err != nil {
			return err
		}
	}
	return a.fixturesDone(report, f, diff)
}

// stage writes a file, whether it is there or not.
func stage(plan *changeset.Plan, name string, content []byte) {
	if _, err := plan.Read(name); err == nil {
		plan.Replace(name, content)
		return
	}
	plan.Create(name, content)
}

// fixturesDone prints what changed, or would, and what is to be done by hand.
func (a *app) fixturesDone(r fixtureReport, f fixturesFlags, diff string) error {
	switch {
	case a.json:
		if err := terminal.JSON(a.stdout, r); err != nil {
			return err
		}
	case f.dryRun:
		if _, err := fmt.Fprint(a.stdout, diff); err != nil {
			return err
		}
	default:
		for _, c := range r.Changes {
			fmt.Fprintf(a.stdout, "%-7s %s\n", c.Action, terminal.Printable(c.Path))
		}
		if len(r.Changes) == 0 {
			fmt.Fprintf(a.stdout, "%s current\n", terminal.CountAre(r.Files, "fixture"))
		}
	}
	if !a.json {
		for _, m := range r.Missing {
			at := m.Event[strings.LastIndexByte(m.Event, '.')+1:]
			if m.Field != "" {
				at += "." + m.Field
			}
			fmt.Fprintf(a.stderr, "note: no fixture for %s of %s:\n      %s\n", terminal.Printable(m.Rule), at, terminal.Printable(m.Reason))
		}
		for _, l := range r.Leftover {
			fmt.Fprintf(a.stderr, "note: %s:\n      %s; --prune deletes it\n", terminal.Printable(l.Path), terminal.Printable(l.Problem))
		}
	}
	if n := len(r.Changes) + len(r.Leftover); f.check && n > 0 {
		fmt.Fprintf(a.stderr, "eventctl: %s not current: run eventctl fixtures\n", terminal.CountAre(n, "fixture"))
		return errSilent
	}
	return nil
}
