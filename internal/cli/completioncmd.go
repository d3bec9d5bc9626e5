package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// shells are those that eventctl can be completed in, with what writes their script.
var shells = []struct {
	name   string
	script func(root *cobra.Command, w io.Writer) error
}{
	{"bash", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"zsh", func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) }},
	{"fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
	{"powershell", func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) }},
}

func shellNames(query) []cobra.Completion {
	var out []cobra.Completion
	for _, s := range shells {
		out = append(out, s.name)
	}
	return out
}

// completionCmd stands in for cobra's own, which takes an unknown shell for a request
// for help.
func (a *app) completionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script with which a shell completes eventctl",
		Long: `Completion prints a script for bash, zsh, fish or powershell. With it the shell
completes commands, flags, types of events, topics, groups and contexts. They
come from the contracts and from your file of contexts: no cluster is asked.

For this shell alone:

  source <(eventctl completion bash)
  source <(eventctl completion zsh)
  eventctl completion fish | source
  eventctl completion powershell | Out-String | Invoke-Expression

For every new shell, put that line into its profile (~/.bashrc, ~/.zshrc,
~/.config/fish/config.fish, $PROFILE). bash needs the package bash-completion,
and zsh a line "autoload -U compinit; compinit" before it.`,
		Example: `  eventctl completion bash > eventctl.bash`,
		Args:    exactly("SHELL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			names := shellNames(query{})
			i := slices.Index(names, args[0])
			if i < 0 {
				return usagef("shell %q is not known: give one of %s", args[0], strings.Join(names, ", "))
			}
			if err := shells[i].script(cmd.Root(), a.stdout); err != nil {
				return fmt.Errorf("print the script: %w", err)
			}
			return nil
		},
	}
}
