package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// gateFormats are the values of gate --format: how each prints a report.
var gateFormats = map[string]func(*app, *gate.Report) error{
	"text":   (*app).gateText,
	"json":   (*app).gateJSON,
	"github": (*app).gateGitHub,
	"gitlab": (*app).gateGitLab,
	"sarif":  (*app).gateSARIF,
}

var gateFormatNames = []string{"text", "json", "github", "gitlab", "sarif"}

// againstUsage is about --against of gate and of diff, which take the same.
const againstUsage = "compare with this `STATE`: a commit, tag or branch, or a release"

// gateCmd prints findings as its result, as check does. That it cannot know is another
// exit code than a finding: a script must not take one for the other.
func (a *app) gateCmd() *cobra.Command {
	var against, format string
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Refuse what breaks deployed readers or retained records",
		Long: `Gate compares the contracts as they are on disk with an earlier state and with
the releases that may still run or whose records are retained. It prints what
the change would break: for readers that are deployed, and for records that are
retained. Where it can it shows a record that both states' readers were asked
about. Findings that compatibility.waivers.yaml accepts are printed apart.

The earlier state is --against, a commit or else the name of a release. Without
it, it is BREAKING_BASE, else the merge base with the main branch if HEAD is not
on it, else the commit before HEAD. The gate runs buf for names
that services compile against.

It exits with 0 if the change is compatible, with 1 if it is not, and with 2 if
it cannot know: a commit that is not here, contracts that do not compile, no
buf, no git and no release.`,
		Example: `  eventctl gate
  eventctl gate --against HEAD
  eventctl gate --against HEAD --json | jq '.findings[].rule'
  eventctl gate --format sarif | tee gate.sarif`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.json && format != "text" && format != "json" {
				return usagef("--json and --format %s: give one", format)
			}
			if a.json {
				format = "json"
			}
			print, ok := gateFormats[format]
			if !ok {
				return usagef("--format %q: give one of %s", format, strings.Join(gateFormatNames, ", "))
			}
			base, named := against, "--against"
			if base == "" {
				base, named = a.getenv("BREAKING_BASE"), "BREAKING_BASE"
			}
			report, err := gate.Run(cmd.Context(), gate.Options{Contracts: a.contracts, Dir: a.dir, Services: a.services, Against: base, Named: named, Now: time.Now()})
			var unknown *gate.Unknown
			if errors.As(err, &unknown) {
				return usageError{fmt.Errorf("gate: it cannot be known whether this change breaks anything: %w", err)}
			}
			if err != nil {
				return err
			}
			if err := print(a, report); err != nil {
				return err
			}
			if len(report.Findings) > 0 {
				return errSilent
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&against, "against", "", againstUsage)
	cmd.Flags().StringVar(&format, "format", "text", "print as `FORMAT`: "+strings.Join(gateFormatNames, ", "))
	_ = cmd.RegisterFlagCompletionFunc("format", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return slices.Clone(gateFormatNames), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func (a *app) gateJSON(r *gate.Report) error { return terminal.JSON(a.stdout, r) }
