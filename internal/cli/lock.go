package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/changeset"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractlock"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// lockCmd is for repositories whose Go buf generates: eventctl generate writes the lock
// together with it.
func (a *app) lockCmd() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "lock",
		Short: "Write contracts.lock alone, as generate does",
		Long: `Lock writes contracts.lock: a line for each event with its version, topic, key,
format and a digest of what its version means. It is for repositories whose Go
buf generates; eventctl generate writes it with the Go.`,
		Example: `  eventctl lock
  eventctl lock --check      # in CI: exit code 1 if it is not current`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if !check {
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
			plan, err := changeset.Open(c.Root)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, plan.Close()) }()
			if err := stageLock(plan, c); err != nil {
				return err
			}
			changes := append([]changeset.Change{}, plan.Changes()...)
			if !check {
				if err := plan.Apply(cmd.Context()); err != nil {
					return err
				}
			}
			switch {
			case a.json:
				err = terminal.JSON(a.stdout, struct {
					Changes []changeset.Change `json:"changes"`
					Written bool               `json:"written"`
				}{changes, !check})
			case len(changes) == 0:
				_, err = fmt.Fprintf(a.stdout, "%s is current\n", contractlock.File)
			default:
				_, err = fmt.Fprintf(a.stdout, "%-7s %s\n", changes[0].Action, changes[0].Path)
			}
			if err == nil && check && len(changes) > 0 {
				fmt.Fprintf(a.stderr, "eventctl: %s is not current: run eventctl lock\n", contractlock.File)
				err = errSilent
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; exit with 1 if it is not current")
	return cmd
}

// stageLock adds contracts.lock to what is written.
func stageLock(plan *changeset.Plan, c *catalog.Catalog) error {
	lock, err := lockOf(c)
	if err != nil {
		return err
	}
	stage(plan, contractlock.File, lock.Bytes())
	return nil
}

func lockOf(c *catalog.Catalog) (contractlock.Lock, error) {
	state, err := compat.NewState(c.Files)
	if err != nil {
		return nil, err
	}
	return contractlock.Of(state), nil
}
