package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/changelog"
	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

var diffFormats = []string{"text", "markdown", "json"}

// diffCmd says what changed, and judges nothing: that is the gate's.
func (a *app) diffCmd() *cobra.Command {
	var against, format string
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Say in words what changed in the contracts",
		Long: `Diff compares the contracts as they are on disk with an earlier state, and says
in words what is different, event by event and constraint by constraint.

The earlier state is --against, a commit or else the name of a release. Without
it, it is the commit that gate takes or, without git, the last release.`,
		Example: `  eventctl diff
  eventctl diff --against HEAD
  eventctl diff --format markdown`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.json {
				format = "json"
			}
			if !slices.Contains(diffFormats, format) {
				return usagef("--format %q: give one of %s", format, strings.Join(diffFormats, ", "))
			}
			base, named := against, "--against"
			if base == "" {
				base, named = a.getenv("BREAKING_BASE"), "BREAKING_BASE"
			}
			pair, err := gate.Earlier(cmd.Context(), gate.Options{Contracts: a.contracts, Dir: a.dir, Services: a.services, Against: base, Named: named, Now: time.Now()})
			var unknown *gate.Unknown
			if errors.As(err, &unknown) {
				return usageError{fmt.Errorf("diff: %w", err)}
			}
			if err != nil {
				return fmt.Errorf("diff: %w", err)
			}
			changes := changelog.Compare(pair.Old, pair.New)
			switch {
			case format == "json":
				return terminal.JSON(a.stdout, struct {
					Since   string             `json:"since"`
					Changes []changelog.Change `json:"changes"`
				}{pair.Name, changes})
			case len(changes) == 0:
				_, err = fmt.Fprintf(a.stdout, "no contract changed since %s\n", pair.Name)
			case format == "markdown":
				_, err = fmt.Fprint(a.stdout, terminal.PrintableLines(changelog.Markdown(changes)))
			default:
				_, err = fmt.Fprint(a.stdout, a.fold(terminal.PrintableLines(changelog.Text(changes)), 4))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&against, "against", "", againstUsage)
	cmd.Flags().StringVar(&format, "format", "text", "print as `FORMAT`: "+strings.Join(diffFormats, ", "))
	_ = cmd.RegisterFlagCompletionFunc("format", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return slices.Clone(diffFormats), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}
