package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// checkCmd prints what is wrong as its result, and not as its error: a program that
// asked for JSON gets it on stdout, with exit code 1. It needs no broker, no
// buf and no generated code.
func (a *app) checkCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check contracts and services.yaml",
		Long: `Check compiles the contracts and prints every mistake, one a line, as
file:line: event: problem: fix. It exits with 1 if there is any.

A contracts.lock that is not current is a mistake too, and so is a rule that no
value can pass or that depends on the clock.`,
		Example: `  eventctl check
  eventctl check --contracts . --json | jq .problems`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := catalog.Examine(cmd.Context(), catalog.Options{Contracts: a.contracts, Dir: a.dir, Services: a.services})
			var problems catalog.Problems
			if err != nil && !errors.As(err, &problems) {
				return err // nothing could be checked
			}
			var c *catalog.Catalog
			if e != nil {
				problems = e.Problems
			}
			if len(problems) == 0 {
				c = e.Catalog
			}
			if a.json {
				out := struct {
					Problems catalog.Problems `json:"problems"`
					Events   int              `json:"events"`
					Topics   int              `json:"topics"`
					Services int              `json:"services"`
				}{Problems: catalog.Problems{}}
				// Contracts with problems have no counts: what is not sound is not counted,
				// and the rest would look like all of them.
				if c != nil {
					out.Events, out.Topics, out.Services = len(c.Contracts()), len(c.Topics()), len(c.Services)
				} else {
					out.Problems = problems
				}
				if err := terminal.JSON(a.stdout, out); err != nil {
					return err
				}
			} else if err := a.printCheck(c, problems); err != nil {
				return err
			}
			// A wrong --contracts would pass for contracts without mistakes.
			if c != nil && len(c.Contracts()) == 0 {
				a.note("these contracts have no event: an event is a message with the option (eventcontracts.v1.event)")
			}
			if len(problems) == 0 {
				return nil
			}
			fmt.Fprintf(a.stderr, "eventctl: %s\n", terminal.Count(len(problems), "problem"))
			return errSilent
		},
	}
}

// printCheck prints one problem a line, as compilers do, which editors can follow.
func (a *app) printCheck(c *catalog.Catalog, problems catalog.Problems) error {
	if c != nil {
		_, err := fmt.Fprintf(a.stdout, "%s on %s, %s: no problems\n", terminal.Count(len(c.Contracts()), "event"), terminal.Count(len(c.Topics()), "topic"), terminal.Count(len(c.Services), "service"))
		return err
	}
	for _, p := range problems {
		if _, err := fmt.Fprintln(a.stdout, a.fold(terminal.Printable(p.String()), 4)); err != nil {
			return err
		}
	}
	return nil
}
