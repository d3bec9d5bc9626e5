package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// gateCmd prints findings as its result, as check does. That it cannot know is another
// exit code than a finding: a script must not take one for the other.
func (a *app) gateCmd() *cobra.Command {
	var against string
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Refuse what breaks deployed readers or retained records",
		Long: `Gate compares the contracts as they are on disk with an earlier commit, and
prints what the change would break: for readers that are deployed, and for
records that are retained. Where it can it shows a record that both states'
readers were asked about.

The commit is --against, else BREAKING_BASE, else the merge base with
origin/main if HEAD is not on it, else the commit before HEAD. It runs buf for
names, numbers and types.

It exits with 0 if the change is compatible, with 1 if it is not, and with 2 if
it cannot know: a commit that is not here, contracts that do not compile, no
buf.`,
		Example: `  eventctl gate
  eventctl gate --against HEAD
  eventctl gate --against HEAD --json | jq '.findings[].rule'`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
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
			if a.json {
				err = a.gateJSON(report)
			} else {
				err = a.gateText(report)
			}
			if err == nil && len(report.Findings) > 0 {
				return errSilent
			}
			return err
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "commit, tag or branch to compare with")
	return cmd
}

func (a *app) gateJSON(r *gate.Report) error {
	out := struct {
		Baseline string         `json:"baseline,omitempty"`
		Why      string         `json:"baseline_from,omitempty"`
		Skipped  string         `json:"skipped,omitempty"`
		Findings []gate.Finding `json:"findings"`
	}{r.Baseline.Commit, r.Baseline.Why, r.Skipped, r.Findings}
	if out.Findings == nil {
		out.Findings = []gate.Finding{}
	}
	return terminal.JSON(a.stdout, out)
}

// gateText prints a finding as a paragraph whose first line editors and CI can follow.
func (a *app) gateText(r *gate.Report) error {
	var b strings.Builder
	for _, f := range r.Findings {
		at := f.New
		if at.File == "" {
			at = f.Old
		}
		if at.File != "" {
			fmt.Fprintf(&b, "%s:%d: ", at.File, at.Line)
		}
		if f.Event != "" {
			fmt.Fprintf(&b, "%s", f.Event)
			if f.Version != "" {
				fmt.Fprintf(&b, " %s", f.Version)
			}
			b.WriteString(": ")
		}
		fmt.Fprintf(&b, "%s (%s)\n", f.Rule, f.Promise)
		line := func(word, text string) {
			if text != "" {
				fmt.Fprintf(&b, "  %-8s %s\n", word, text)
			}
		}
		line("breaks", f.Breaks)
		line("record", f.Record)
		line("read as", f.Refused)
		if f.New.File != "" && f.Old.File != "" && f.Promise != compat.Itself {
			line("was", fmt.Sprintf("%s:%d in %.12s", f.Old.File, f.Old.Line, r.Baseline.Commit))
		}
		line("hits", strings.Join(f.Groups, ", "))
		line("to do", f.Fix)
	}
	switch {
	case len(r.Findings) > 0 && r.Baseline.Commit != "":
		fmt.Fprintf(&b, "%s since %s\n", terminal.Count(len(r.Findings), "finding"), r.Baseline)
	case len(r.Findings) > 0:
		fmt.Fprintf(&b, "%s\n", terminal.Count(len(r.Findings), "finding"))
	case r.Skipped == "":
		fmt.Fprintf(&b, "no breaking change since %s\n", r.Baseline)
	}
	if r.Skipped != "" {
		fmt.Fprintf(&b, "%s: nothing to compare with\n", r.Skipped)
	}
	_, err := fmt.Fprint(a.stdout, terminal.PrintableLines(b.String()))
	return err
}
