package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is the narrowest terminal that help is written for, and all that could be
// wider and is not data.
const helpWidth = 80

// helpGroups are the headings under which --help lists commands, in the order in which
// a newcomer needs them.
var helpGroups = []struct {
	id, title string
	commands  []string
}{
	{"write", "Write contracts and services", []string{"init", "new", "add-field", "new-version", "new-consumer", "generate", "fixtures", "lock", "release"}},
	{"read", "Look at contracts", []string{"check", "gate", "diff", "list", "describe"}},
	{"cluster", "Work with a cluster", []string{"broker", "topics", "publish", "tail", "groups", "dlq", "context"}},
	{"itself", "About eventctl", []string{"completion", "man", "help"}},
}

// inGroups puts the commands below their headings, and gives all of them this help.
func inGroups(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, g := range helpGroups {
		for _, cmd := range root.Commands() {
			if slices.Contains(g.commands, cmd.Name()) {
				if !root.ContainsGroup(g.id) {
					root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
				}
				cmd.GroupID = g.id
			}
		}
	}
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := fmt.Fprint(cmd.OutOrStderr(), usage(cmd))
		return err
	})
}

// usage is what help says below a command's text: how it is called, examples, the
// commands below it, and its flags, those of the connection and of all commands last.
func usage(cmd *cobra.Command) string {
	var b strings.Builder
	section := func(title, text string) {
		if text = strings.TrimRight(text, "\n"); text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", title, text)
		}
	}
	line := "  " + cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = "  " + cmd.CommandPath() + " COMMAND"
	}
	section("Usage", line)
	section("Examples", cmd.Example)
	for _, g := range commandGroups(cmd) {
		section(g.title, g.text)
	}
	var own, connection, all []*pflag.Flag
	flags := func(set *pflag.FlagSet) {
		set.VisitAll(func(f *pflag.Flag) {
			switch {
			case cmd.Root().PersistentFlags().Lookup(f.Name) == f:
				all = append(all, f)
			case ofConnection(f):
				connection = append(connection, f)
			default:
				own = append(own, f)
			}
		})
	}
	flags(cmd.LocalFlags())
	flags(cmd.InheritedFlags())
	section("Flags", flagUsages(own))
	if !cmd.HasAvailableSubCommands() { // its commands have them
		section("Flags of the connection", flagUsages(connection))
	}
	section("Flags of all commands", flagUsages(all))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s COMMAND --help says more about a command.\n", cmd.CommandPath())
	}
	return strings.TrimPrefix(b.String(), "\n")
}

type commandGroup struct{ title, text string }

// commandGroups are the commands below one, in groups if they have them.
func commandGroups(cmd *cobra.Command) []commandGroup {
	list := func(id string) string {
		out := ""
		for _, sub := range cmd.Commands() {
			if sub.GroupID == id && (sub.IsAvailableCommand() || sub.Name() == "help") {
				out += fmt.Sprintf("  %-*s  %s\n", cmd.Commands()[0].NamePadding(), sub.Name(), sub.Short)
			}
		}
		return out
	}
	var out []commandGroup
	for _, g := range cmd.Groups() {
		out = append(out, commandGroup{g.Title, list(g.ID)})
	}
	return append(out, commandGroup{"Commands", list("")})
}

// ofConnection reports whether a flag is one of addKafkaFlags.
func ofConnection(f *pflag.Flag) bool { return len(f.Annotations[connectionFlag]) > 0 }

func flagUsages(all []*pflag.Flag) string {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, f := range all {
		set.AddFlag(f)
	}
	return set.FlagUsagesWrapped(helpWidth)
}
