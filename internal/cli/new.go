package cli

import (
	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// newCmd writes a contract of one line, and everything that belongs to it.
func (a *app) newCmd() *cobra.Command {
	var (
		r authoring.NewEvent
		f writeFlags
	)
	cmd := &cobra.Command{
		Use:   "new TYPE SPEC",
		Short: "Make an event of one line",
		Long: `New makes an event: its .proto with comments and rules, its topic if there is
none, fixtures, the Go types, and entries of services.yaml if asked.

` + terminal.Wrapped(`SPEC has the fields with their types in parentheses, such as "id (UUID), title (str)". Types are `+spec.Types()+` or a message's name. A ? behind a type says that the field may be absent. Bounds follow (<=500, >0, in[a|b], ~/regex/), and a default (= 3).`, helpWidth) + `

What is not given is inferred and printed. The domain is the longest existing
one that TYPE begins with, else its first word; the topic is the domain's, else
its plural; the key is <domain>_id, else id, else the only UUID; the owner is
that of the domain's other events.

Nothing is written unless everything can be: the contracts are compiled and
checked with the event in them first.`,
		Example: `  eventctl new TodoArchived "id (UUID), user_id (UUID), archived_at (datetime)"
  eventctl new TodoArchived "id (UUID), title (str? <=500)" --dry-run
  eventctl new InvoicePaid "invoice_id (UUID), cents (int >0)" \
    --owner team-billing --publisher billing`,
		Args: exactly("TYPE", "SPEC"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.Major == 0 {
				return usagef("--major 0: give the number of a major version, such as 1")
			}
			r.Type, r.Spec = args[0], args[1]
			r.Ask = a.ask(cmd.Context(), f.yes)
			return a.change(cmd.Context(), f, func(w *authoring.Workspace) (*authoring.Change, error) {
				return w.New(cmd.Context(), r)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.Domain, "domain", "", "`NAME` of the domain, such as todo")
	flags.StringVar(&r.Topic, "topic", "", "`TOPIC` that carries the event; one that is not there is declared")
	flags.StringVar(&r.Key, "key", "", "`FIELD` by which Kafka keeps events in order")
	flags.BoolVar(&r.Unkeyed, "unkeyed", false, "the event has no key, and no order")
	flags.StringVar(&r.Owner, "owner", "", "`TEAM` that answers for the event")
	// An array, because a slice would be split at the commas of a text.
	flags.StringArrayVar(&r.Describe, "describe", nil, "`TEXT` that says when the event is published, or FIELD=TEXT; may be repeated")
	flags.IntVar(&r.Major, "major", 1, "major version `N`")
	flags.StringVar(&r.Publisher, "publisher", "", "`SERVICE` that publishes the event")
	flags.StringArrayVar(&r.Groups, "group", nil, "`GROUP` that handles the event, or SERVICE/GROUP for a new one; may be repeated")
	f.add(cmd)
	return cmd
}
