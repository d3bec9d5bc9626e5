package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/manpage"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// manCmd writes the pages on the spot, so that those of a program which was installed
// by go install are its own.
func (a *app) manCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages",
		Long: `Man writes a manual page for eventctl and one for each command into DIR, which
is made if it does not exist. What they say is what --help says.

With a DIR that man looks into, such as ~/.local/share/man/man1, man eventctl
and man eventctl-tail then show them.`,
		Example: `  eventctl man ~/.local/share/man/man1`,
		Args:    exactly("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			info, _ := debug.ReadBuildInfo()
			pages := manpage.Pages(cmd.Root(), versionOf(info).Version)
			dir := args[0]
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(a.dir, dir)
			}
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return fmt.Errorf("write manual pages: %w", err)
			}
			for name, text := range pages {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
					return fmt.Errorf("write manual pages: %w", err)
				}
			}
			if a.json {
				return terminal.JSON(a.stdout, struct {
					Dir   string `json:"dir"`
					Pages int    `json:"pages"`
				}{args[0], len(pages)})
			}
			_, err := fmt.Fprintf(a.stdout, "%s in %s\n", terminal.Count(len(pages), "manual page"), terminal.Printable(args[0]))
			return err
		},
	}
}
