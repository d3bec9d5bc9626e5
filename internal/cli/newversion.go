package cli

import (
	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
)

// newVersionCmd is the way of a change that is not compatible.
func (a *app) newVersionCmd() *cobra.Command {
	var (
		r authoring.NewVersion
		f writeFlags
	)
	cmd := &cobra.Command{
		Use:   "new-version TYPE",
		Short: "Make the next major version of an event",
		Long: `New-version makes the next major of an event, in the next major's package: a
copy of its message with the messages of its own, or what --spec says, and how
records of the two convert. That is by name where every field has a
counterpart, and else by two Go functions in conversions, whose test fails
until you have written them.

The major before stays as it is. Release the contracts and conversions, then
upgrade the readers, then switch the producers.`,
		Example: `  eventctl new-version TodoCompleted
  eventctl new-version TodoCompleted \
    --spec "todo_id (UUID), user_id (UUID), done_at (datetime)"`,
		Args: exactly("TYPE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Type = args[0]
			return a.change(cmd.Context(), f, func(w *authoring.Workspace) (*authoring.Change, error) {
				return w.NewVersion(cmd.Context(), r)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.Spec, "spec", "", "the fields of the new major, as a field `SPEC` (default: those of the one before)")
	flags.StringArrayVar(&r.Describe, "describe", nil, "`TEXT` of the event's comment, or FIELD=TEXT; may be repeated, with --spec")
	f.add(cmd)
	return cmd
}
