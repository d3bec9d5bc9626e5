package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
)

// newConsumerCmd writes a service once. What becomes of its files is its team's matter:
// no command changes them again.
func (a *app) newConsumerCmd() *cobra.Command {
	var (
		r authoring.NewConsumer
		f writeFlags
	)
	cmd := &cobra.Command{
		Use:   "new-consumer NAME",
		Short: "Make a service that handles events",
		Long: `New-consumer makes a service: a main function with its configuration from the
environment, probes and a stop in order, a typed handler for each event, a test
on the embedded broker that passes as it is, and a Dockerfile. It enters the
service and its consumer group in services.yaml.

Until you write more, the handlers log what came: metadata and key, and no
other field. A service handles the highest major of an event, and reads the
others where there are conversions. For another major give the message's full
name, such as events.todo.v1.TodoCreated.`,
		Example: `  eventctl new-consumer greeter --events TodoCreated
  eventctl new-consumer mailer --events TodoCreated,ReminderTriggered \
    --dir services/mailer
  eventctl new-consumer greeter --events TodoCreated --dry-run`,
		Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Name = args[0]
			if r.Dir != "" && !filepath.IsAbs(r.Dir) {
				dir, err := filepath.Abs(filepath.Join(a.dir, r.Dir))
				if err != nil {
					return err
				}
				r.Dir = dir
			}
			return a.change(cmd.Context(), f, func(w *authoring.Workspace) (*authoring.Change, error) {
				return w.NewConsumer(cmd.Context(), r)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&r.Events, "events", nil, "`TYPES` that the service handles, with commas between; required")
	flags.StringVar(&r.Group, "group", "", "`NAME` of the consumer group (default: the service's)")
	flags.StringVar(&r.Owner, "owner", "", "`TEAM` that answers for the service (default: that of the events)")
	flags.StringVar(&r.Dir, "dir", "", "`DIR` of the service (default: cmd/NAME beside buf.yaml)")
	f.add(cmd)
	return cmd
}
