package cli

import (
	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
)

// addFieldCmd is the compatible change of an event.
func (a *app) addFieldCmd() *cobra.Command {
	var (
		r authoring.AddField
		f writeFlags
	)
	cmd := &cobra.Command{
		Use:   "add-field TYPE SPEC",
		Short: "Give an event more fields",
		Long: `Add-field adds fields to an event, with the next free numbers, and raises its
revision. SPEC is the field spec, such as "note (str?)".

Readers and records that exist do without the fields: each must be optional, or
a list, set or dict that may be empty. What the gate would refuse is refused
here; the way to it is a new major (eventctl new-version).`,
		Example: `  eventctl add-field TodoCreated "note (str? <=500)"
  eventctl add-field TodoCreated "labels (set[str <=50] <=20), colour (str?)" \
    --dry-run`,
		Args: exactly("TYPE", "SPEC"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Type, r.Spec = args[0], args[1]
			return a.change(cmd.Context(), f, func(w *authoring.Workspace) (*authoring.Change, error) {
				return w.AddField(cmd.Context(), r)
			})
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&r.Major, "major", 0, "major version `N` (default: the highest)")
	flags.StringArrayVar(&r.Describe, "describe", nil, "`FIELD=TEXT`, the comment of a field; may be repeated")
	f.add(cmd)
	return cmd
}
