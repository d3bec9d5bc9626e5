package manpage

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// section is where programs of users are, by man-pages(7).
const section = "1"

// Pages are the pages of a command and of all below it that help lists, by the names of
// their files, such as "eventctl-tail.1". They have no date, so that the same program
// gives the same bytes each time.
func Pages(root *cobra.Command, version string) map[string]string {
	out := map[string]string{}
	var add func(*cobra.Command)
	add = func(cmd *cobra.Command) {
		out[name(cmd)+"."+section] = page(cmd, version)
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				add(sub)
			}
		}
	}
	add(root)
	return out
}

// name is the one of a command's page, as git's are: eventctl-dlq-list.
func name(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func page(cmd *cobra.Command, version string) string {
	root := cmd.Root()
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s %s \"\" %s %s\n", quoted(strings.ToUpper(name(cmd))), section, quoted(root.Name()+" "+version), quoted(root.Name()))
	b.WriteString(".nh\n.ad l\n") // no hyphens in the middle of names of flags
	heading := func(title string) { fmt.Fprintf(&b, ".SH %s\n", title) }
	heading("NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", escaped(name(cmd)), escaped(cmd.Short))
	heading("SYNOPSIS")
	usage := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		usage = cmd.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(&b, ".B %s\n", escaped(usage))
	if cmd.Long != "" {
		heading("DESCRIPTION")
		text(&b, cmd.Long)
	}
	if cmd.HasAvailableSubCommands() {
		heading("COMMANDS")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n.BR %s (%s)\n%s\n", escaped(name(sub)), section, escaped(sub.Short))
			}
		}
	}
	options(&b, "OPTIONS", cmd.NonInheritedFlags())
	options(&b, "OPTIONS OF SEVERAL COMMANDS", cmd.InheritedFlags())
	if cmd.Example != "" {
		heading("EXAMPLES")
		literal(&b, cmd.Example)
	}
	if cmd.HasParent() {
		heading("SEE ALSO")
		fmt.Fprintf(&b, ".BR %s (%s)\n", escaped(name(cmd.Parent())), section)
	}
	return b.String()
}

func options(b *strings.Builder, title string, flags *pflag.FlagSet) {
	first := true
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		if first {
			fmt.Fprintf(b, ".SH %s\n", title)
			first = false
		}
		value, usage := pflag.UnquoteUsage(f)
		line := `\fB\-\-` + escaped(f.Name) + `\fP`
		if f.Shorthand != "" {
			line = `\fB\-` + f.Shorthand + `\fP, ` + line
		}
		if value != "" {
			line += ` \fI` + escaped(value) + `\fP`
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" && f.DefValue != "0s" && !strings.Contains(usage, "default") {
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		fmt.Fprintf(b, ".TP\n%s\n%s\n", line, escaped(usage))
	})
}
